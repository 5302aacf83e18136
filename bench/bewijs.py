"""Measure proofs: their size, and the time to make and to check one, in a log of many records.

    python -m bench.bewijs --records 120000

A proof that opens persons writes the entry of its read first (rule L1), which waits for the disk; one without
persons does not. Checking needs no log.
"""

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from msgspec.structs import replace

from bench import postgres
from bench.machine import describe
from bench.verhuizing import Place, fill, histories, new_log
from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.toegang import Aanroeper, Scope
from verwerkingenlog.domain.verwerkingsactie import (
    Versie,
    VerwerktObject,
    actie_id_from,
    first_version,
    verwerkt_object_id,
)
from verwerkingenlog.ledger.checker import VerifierKey, verify_proof
from verwerkingenlog.operations.bewijs import prove_occurrence, prove_versie
from verwerkingenlog.operations.installation import check_installation
from verwerkingenlog.operations.log import Eigenaar, Log
from verwerkingenlog.operations.verzegeling.seal import seal_all
from verwerkingenlog.storage import boom
from verwerkingenlog.storage.bulk_commit import BulkCommit
from verwerkingenlog.storage.database import SEALING, SERVING, Connection, connect, open_pool
from verwerkingenlog.storage.embedded import running
from verwerkingenlog.storage.group_commit import GroupCommit
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.writing import Writer

_READER: Final = Aanroeper("bench", "", frozenset(Scope))
_HOUSEHOLDS: Final = (1, 4, 1000)
_ROUNDS: Final = 200

Make = Callable[[], Awaitable[bytes]]


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(prog="python -m bench.bewijs", description=__doc__)
    parser.add_argument("--records", type=int, default=120_000, help="how many the log has")
    args = parser.parse_args()
    with (
        TemporaryDirectory(prefix="verwerkingenlog-bewijs-") as directory,
        running(Path(directory) / "data") as cluster,
    ):
        sys.stdout.write(f"{describe(postgres.version(cluster))}\n")
        asyncio.run(measure(new_log(cluster, Path(directory), "bewijs"), args.records))


async def measure(place: Place, records: int) -> None:
    """Fill the log, make and check proofs, show the figures."""
    await fill(place, records)
    pool = await open_pool(place.url, SERVING, 4)
    sealing = await connect(place.url, SEALING)
    ring = await check_installation(sealing, place.ring)
    writer = Writer(ring, os.urandom)
    log = Log(
        pool=pool,
        ring=ring,
        writer=writer,
        group_commit=GroupCommit(pool, writer, 1000, lambda *_: None),
        bulk_commit=BulkCommit(pool, writer, lambda _: None),
        clock=lambda: datetime.now(UTC),
        random=os.urandom,
        eigenaar=Eigenaar(),
        observe_read=lambda: None,
    )
    acties = [_about(count) for count in _HOUSEHOLDS]
    for actie in acties:
        await log.group_commit.register(actie)
    await seal_all(sealing, ring, lambda: datetime.now(UTC))
    key, size = await _key(sealing, ring)
    sys.stdout.write(f"a tree of {size:,} leaves\n")
    for persons, actie in zip(_HOUSEHOLDS, acties, strict=True):
        for what, make in _proofs(log, actie):
            await _show(
                f"{what}, of {persons} persons", make, key, _ROUNDS if persons < max(_HOUSEHOLDS) else 5
            )
    await sealing.close()
    await pool.close()


def _about(count: int) -> Versie:
    """Give an actie like the others in the log, about so many persons."""
    (versie, *_) = next(iter(histories(1)))
    objecten = tuple(
        VerwerktObject(
            "BSN", str(999_900_000 + number), betrokkenheid="Aanvrager", soorten_gegevens=("BSN", "Adres")
        )
        for number in range(count)
    )
    inhoud = replace(versie.inhoud, verwerkte_objecten=objecten)
    return first_version(actie_id_from(os.urandom(16)), inhoud, versie.auteur, datetime.now(UTC))


async def _key(connection: Connection, ring: KeyRing) -> tuple[VerifierKey, int]:
    head = await boom.head(connection)
    assert head is not None  # noqa: S101 - it was sealed a moment ago
    public = next(key.publiek for key in ring.sleutels if key.publiek is not None)
    return VerifierKey(head.naam, public), head.grootte


def _proofs(log: Log, actie: Versie) -> list[tuple[str, Make]]:
    def versie(*, personen: bool) -> Make:
        return lambda: prove_versie(log, _READER, actie.actie_id, 1, Leesgegevens(), personen=personen)

    object_id = verwerkt_object_id(actie.actie_id, 1)
    return [
        ("without persons", versie(personen=False)),
        ("one person", lambda: prove_occurrence(log, _READER, object_id, Leesgegevens())),
        ("all persons", versie(personen=True)),
    ]


async def _show(what: str, make: Make, key: VerifierKey, rounds: int) -> None:
    made, checked = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        proof = await make()
        made.append(time.perf_counter() - start)
        start = time.perf_counter()
        verify_proof(proof, [key])
        checked.append(time.perf_counter() - start)
    sys.stdout.write(
        f"{what}: {len(proof):,} bytes, made in {statistics.median(made) * 1000:.1f} ms,"
        f" checked in {statistics.median(checked) * 1000:.2f} ms\n"
    )


if __name__ == "__main__":
    main()
