"""Measure how fast a log is verified, beside the hashing that this takes and nothing else.

    python -m bench.verify --records 300000 --processen 1 2

Fills a log in a temporary directory and verifies it with the command itself. A record is a version; every
tenth actie has two. What limits it is told in two ways, both in Python, with all bytes in memory, in as many
processes as verify:

- *the same hashing*: every SHA-256 and HMAC that the verification of these records needs, by the same
  functions. Of each record the salts, the commitments, the leaves of its persons and its own, and of the tree
  the nodes above it. This is the figure that has a target: all that a verification does beside it is reading,
  deciphering, writing the bytes that are hashed, comparing.
- *the content once*: SHA-256 over each part with a salt that is at hand, and over these hashes. No
  verification can do with that: salts are made of a key and a seed, and a leaf is tied to the signed root.
"""

import argparse
import asyncio
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from bench import postgres
from bench.machine import describe
from bench.verhuizing import Place, fill, histories, new_log, run
from verwerkingenlog.ledger.bladen import Deel, gemeenschappelijk_of, intern_of, personen_of
from verwerkingenlog.ledger.checker import NO_LEAF, leaf_hash, root_hash
from verwerkingenlog.ledger.tiles import WIDTH, full_root
from verwerkingenlog.storage.embedded import running
from verwerkingenlog.storage.keyring import KEY_BYTES, Mac
from verwerkingenlog.storage.verificatie.quick import entry_leaf
from verwerkingenlog.storage.writing import SEED_BYTES

TARGET: Final = (0.3, 0.5)
"""Of the records that can be hashed in the same time: at least, and to reach for."""
_SAMPLE: Final = 20 * WIDTH
_SECONDS: Final = 2.0
_SALT: Final = bytes(32)


class Limit(NamedTuple):
    """Of how many records a second so many processes do the hashing, in the two ways of the module."""

    same: float
    once: float


class Verified(NamedTuple):
    """What verifying a log took, beside its limit in the same run."""

    records: int
    processes: int
    seconds: float
    processor: float
    """Seconds of processor time of the command and the processes that it started."""
    memory: float
    """MiB at the peak, of the process that took most."""
    limit: Limit

    @property
    def per_second(self) -> float:
        """Records verified a second."""
        return self.records / self.seconds

    @property
    def ratio(self) -> float:
        """The part of the records that could be hashed in that time: the figure with a target."""
        return self.per_second / self.limit.same


class _Record(NamedTuple):
    """The bytes of a record that are hashed: each part with the label of its salt."""

    zaad: bytes
    gemeenschappelijk: Deel
    intern: Deel
    personen: tuple[Deel, ...]


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(prog="python -m bench.verify", description=__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=[300_000], help="how many, each in turn")
    parser.add_argument("--processen", type=int, nargs="+", default=[1, 2], help="with how many processes")
    args = parser.parse_args()
    for records in args.records:
        with (
            TemporaryDirectory(prefix="verwerkingenlog-verify-") as directory,
            running(Path(directory) / "data") as cluster,
        ):
            sys.stdout.write(f"{describe(postgres.version(cluster))}\n")
            place = new_log(cluster, Path(directory), "log")
            asyncio.run(fill(place, records))
            for processes in args.processen:
                _tell(measure(place, records, processes))


def measure(place: Place, records: int, processes: int) -> Verified:
    """Verify a log of so many records, and hash before and after it. Fails where something is found."""
    before = limit(processes)
    done = run(place, "verifieer", "--processen", str(processes))
    after = limit(processes)
    mean = Limit((before.same + after.same) / 2, (before.once + after.once) / 2)
    return Verified(records, processes, done.seconds, done.processor, done.memory, mean)


def limit(processes: int) -> Limit:
    """Measure how many records a second so many processes hash together."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context) as pool:
        ways = [sum(pool.map(way, [_SECONDS] * processes)) for way in (_same, _once)]
    return Limit(*ways)


def _same(seconds: float) -> float:
    mac = Mac(os.urandom(KEY_BYTES))

    def work(records: Sequence[_Record]) -> None:
        full_root(b"".join([_leaf(mac, record) for record in records]))

    return _rate(work, seconds)


def _leaf(mac: Mac, record: _Record) -> bytes:
    zaad, (label, gemeenschappelijk), (other, intern), personen = record
    return entry_leaf(
        sha256(mac(zaad + label) + gemeenschappelijk).digest(),
        sha256(mac(zaad + other) + intern).digest(),
        root_hash([leaf_hash(sha256(mac(zaad + label) + person).digest()) for label, person in personen]),
        NO_LEAF,
    )


def _once(seconds: float) -> float:
    def work(records: Sequence[_Record]) -> None:
        for _, (_, gemeenschappelijk), (_, intern), personen in records:
            parts = gemeenschappelijk, intern, *(person for _, person in personen)
            sha256(b"".join([sha256(_SALT + part).digest() for part in parts])).digest()

    return _rate(work, seconds)


def _rate(work: Callable[[Sequence[_Record]], None], seconds: float) -> float:
    """Give of how many records a second this does the hashing, a tile of them at a time."""
    records = list(islice(_records(), _SAMPLE))
    tiles = cycle([records[first : first + WIDTH] for first in range(0, _SAMPLE, WIDTH)])
    done = 0
    start = time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        work(next(tiles))
        done += WIDTH
    return done / passed


def _records() -> Iterator[_Record]:
    for history in histories(_SAMPLE):
        for versie in history:
            yield _Record(
                os.urandom(SEED_BYTES),
                gemeenschappelijk_of(versie),
                intern_of(versie),
                tuple(personen_of(versie)),
            )


def _tell(done: Verified) -> None:
    least, reach = TARGET
    sys.stdout.write(
        f"{done.records:,} records, {done.processes} process(es): {done.seconds:.1f} s,"
        f" {done.per_second:,.0f} records/s, {done.processor / done.records * 1e6:.1f} µs of processor time"
        f" each beside PostgreSQL's, peak memory {done.memory:.0f} MiB\n"
        f"  of the same hashing in as many processes ({done.limit.same:,.0f} records/s): {done.ratio:.2f}"
        f" (at least {least}, reach for {reach})\n"
        f"  of hashing the content once ({done.limit.once:,.0f} records/s):"
        f" {done.per_second / done.limit.once:.2f}\n"
    )


if __name__ == "__main__":
    main()
