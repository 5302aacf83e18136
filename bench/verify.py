"""Measure how fast a log is verified, beside hashing the same bytes and doing nothing else.

    python -m bench.verify --records 100000 --processen 1 2

Fills a log in a temporary directory and verifies it with the command itself. A record is a version; every
tenth actie has two. The limit is SHA-256 over what the leaves commit to, in one process, all of it in memory.
"""

import argparse
import asyncio
import hashlib
import sys
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import postgres
from bench.machine import describe
from bench.verhuizing import fill, histories, new_log, run
from verwerkingenlog.ledger.bladen import gemeenschappelijk_of, intern_of, personen_of
from verwerkingenlog.storage.embedded import running

_SAMPLE = 20_000
_SALT = bytes(32)


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(prog="python -m bench.verify", description=__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=[100_000], help="how many, each in turn")
    parser.add_argument("--processen", type=int, nargs="+", default=[1, 2], help="with how many processes")
    args = parser.parse_args()
    limit = _hashes_per_second()
    for records in args.records:
        with (
            TemporaryDirectory(prefix="verwerkingenlog-verify-") as directory,
            running(Path(directory) / "data") as cluster,
        ):
            sys.stdout.write(f"{describe(postgres.version(cluster))}\n")
            place = new_log(cluster, Path(directory), "log")
            asyncio.run(fill(place, records))
            for processes in args.processen:
                done = run(place, "verifieer", "--processen", str(processes))
                rate = records / done.seconds
                sys.stdout.write(
                    f"{records:,} records, {processes} process(es): {done.seconds:.1f} s,"
                    f" {rate:,.0f} records/s,"
                    f" {rate / limit:.3f} of hashing alone ({limit:,.0f} records/s),"
                    f" peak memory of the first process {done.memory:.0f} MiB\n"
                )


def _hashes_per_second() -> float:
    """Give of how many records a second the parts can be hashed, and nothing else."""
    versies = (versie for history in histories(_SAMPLE) for versie in history)
    records = [
        [deel.inhoud for deel in (gemeenschappelijk_of(versie), intern_of(versie), *personen_of(versie))]
        for versie in islice(versies, _SAMPLE)
    ]
    start = time.perf_counter()
    for parts in records:
        commitments = [hashlib.sha256(_SALT + part).digest() for part in parts]
        hashlib.sha256(b"".join(commitments)).digest()
    return len(records) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
