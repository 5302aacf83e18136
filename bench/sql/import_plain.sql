copy bench_plain.bericht (inhoud) from stdin
