"""Measure what moving house takes: records per second and the peak memory of export and import.

    python -m bench.verhuizing --records 100000 1000000

Fills a log in a temporary directory, exports it with the command itself, imports the archive into an empty
log of the same PostgreSQL, and shows what it took. A record is a version; every tenth actie has two.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench import postgres
from bench.machine import describe
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import (
    Auteur,
    Versie,
    Verwerkingsactie,
    VerwerktObject,
    actie_id_from,
    first_version,
    lapsed_version,
)
from verwerkingenlog.operations.installation import check_installation, install
from verwerkingenlog.operations.verzegeling.seal import seal_all
from verwerkingenlog.storage.database import SEALING, SERVING, connect
from verwerkingenlog.storage.embedded import Cluster, running
from verwerkingenlog.storage.writing import Writer

_COMMAND = Path(sys.executable).with_name("verwerkingenlog")
_PERSONS = 20_000
_FIRST_PERSON = 999_900_000
_BATCH = 1000
_AUTEUR = Auteur("zaaksysteem", "medewerker-1")


class Done(NamedTuple):
    """What a command took: seconds, those of its own processor time among them, and peak memory in MiB."""

    seconds: float
    processor: float
    memory: float


class Place(NamedTuple):
    """A log: the address of its database, and its key ring."""

    url: str
    ring: Path


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(prog="python -m bench.verhuizing", description=__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=[100_000], help="how many, each in turn")
    args = parser.parse_args()
    for records in args.records:
        with (
            TemporaryDirectory(prefix="verwerkingenlog-verhuizing-") as directory,
            running(Path(directory) / "data") as cluster,
        ):
            sys.stdout.write(f"{describe(postgres.version(cluster))}\n")
            measure(cluster, Path(directory), records)


def measure(cluster: Cluster, directory: Path, records: int) -> None:
    """Fill, export, import; show the figures."""
    source, target = (new_log(cluster, directory, name) for name in ("bron", "doel"))
    asyncio.run(fill(source, records))
    identity, archive = directory / "identiteit.txt", directory / "log.age"
    recipient = subprocess.check_output([_COMMAND, "importeer", "--maak-identiteit", identity], text=True)  # noqa: S603 - our own command
    exported = run(source, "exporteer", str(archive), "--ontvanger", recipient.strip())
    imported = run(target, "importeer", str(archive), "--identiteit", str(identity), "--vertrouw")
    per_record = archive.stat().st_size / records
    for name, done in (("export", exported), ("import", imported)):
        sys.stdout.write(
            f"{name}: {records:,} records in {done.seconds:.1f} s, {records / done.seconds:,.0f} records/s,"
            f" {done.processor / records * 1e6:.0f} µs of its own processor time each,"
            f" peak memory {done.memory:.0f} MiB\n"
        )
    sys.stdout.write(f"archive: {per_record:.0f} bytes per record\n")


def run(place: Place, *arguments: str) -> Done:
    """Run a command on a log. Raises `CalledProcessError` where it fails."""
    environment = {
        **os.environ,
        "VERWERKINGENLOG_DATABASE_URL": place.url,
        "VERWERKINGENLOG_SLEUTELS": str(place.ring),
    }
    start = time.monotonic()
    process = subprocess.Popen([_COMMAND, *arguments], env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments[0])
    return Done(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def new_log(cluster: Cluster, directory: Path, name: str) -> Place:
    """Make an empty log in a database of its own."""
    postgres.psql(cluster, f"create database {name}")
    place = Place(cluster.url_of(name), directory / f"{name}.json")
    asyncio.run(install(place.url, place.url, place.ring, os.urandom))
    return place


async def fill(place: Place, records: int) -> None:
    """Write so many records in a log, and seal them."""
    serving, sealing = [await connect(place.url, role) for role in (SERVING, SEALING)]
    ring = await check_installation(serving, place.ring)
    writer = Writer(ring, os.urandom)
    batch: list[tuple[Versie, ...]] = []
    for one in histories(records):
        batch.append(one)
        if len(batch) == _BATCH:
            await writer.write_histories(serving, batch)
            batch.clear()
    if batch:
        await writer.write_histories(serving, batch)
    await seal_all(sealing, ring, lambda: datetime.now(UTC))
    await serving.close()
    await sealing.close()


def histories(records: int) -> Iterator[tuple[Versie, ...]]:
    """Give acties that have so many versions together."""
    now = datetime.now(UTC)
    left = records
    while left > 0:
        inhoud = Verwerkingsactie(
            tijdstip=parse_tijdstip("2024-04-05T14:35:42+01:00"),
            vertrouwelijkheid=Vertrouwelijkheid.NORMAAL,
            verwerkte_objecten=(
                VerwerktObject(
                    "BSN",
                    str(_FIRST_PERSON + left % _PERSONS),
                    betrokkenheid="Aanvrager",
                    soorten_gegevens=("BSN", "Adres"),
                ),
            ),
            actie_naam="Zoeken personen",
            handeling_naam="Intake",
            verwerking_naam="Huwelijk",
            systeem="Burgerzaken 2.1",
            gebruiker=f"medewerker-{left % 300}",
            bewaartermijn="P10Y",
        )
        first = first_version(actie_id_from(os.urandom(16)), inhoud, _AUTEUR, now)
        changed = left > 1 and left % 11 == 0
        history = (first, lapsed_version(first, _AUTEUR, now)) if changed else (first,)
        left -= len(history)
        yield history


if __name__ == "__main__":
    main()
