copy bench_copy.versie from stdin (format binary)
