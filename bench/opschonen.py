"""Measure how fast a purge removes acties: alone, and beside a server at full write load.

    python -m bench.opschonen --records 100000 --seconds 20

Fills a log in a temporary directory with records past their term, and purges it with the command itself. Then
the same beside `serve` while 64 clients log acties as fast as they can; what those reach is measured without
and with the purge. A record is a version; every tenth actie has two.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
from msgspec.structs import replace

from bench import postgres
from bench.machine import describe
from bench.server import serving
from bench.stage import Stage
from bench.verhuizing import Place, histories, new_log
from verwerkingenlog.domain.opschoning import Opschoonverslag
from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.operations.installation import check_installation
from verwerkingenlog.storage.database import SERVING, connect
from verwerkingenlog.storage.embedded import running
from verwerkingenlog.storage.writing import Writer

_BATCH: Final = 1000


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(prog="python -m bench.opschonen", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, help="how many there are to remove (100000)")
    parser.add_argument("--seconds", type=int, default=20, help="how long the write load lasts (20)")
    args = parser.parse_args()
    with TemporaryDirectory(prefix="verwerkingenlog-opschonen-") as directory:
        alone(Path(directory), args.records)
    with TemporaryDirectory(prefix="verwerkingenlog-opschonen-") as directory:
        beside_load(Path(directory), args.records, args.seconds)


def alone(directory: Path, records: int) -> None:
    """Purge a log that nobody uses."""
    with running(directory / "data") as cluster:
        _say(describe(postgres.version(cluster)))
        place = new_log(cluster, directory, "log")
        asyncio.run(fill(place, records))
        _purged("trial run, alone", *_purge(place, directory, "--proef"))
        _purged("purge, alone", *_purge(place, directory))


def beside_load(directory: Path, records: int, seconds: int) -> None:
    """Purge while a server is at full write load."""
    with serving(directory, 1) as server, running(server.data_dir) as cluster:
        place = Place(cluster.url, server.data_dir / "sleutels.json")
        asyncio.run(fill(place, records))
        stage = Stage(server, seconds)
        _say(f"write load without a purge: {stage.post().per_second:,.0f} records/s")
        with ThreadPoolExecutor() as beside:
            load = beside.submit(stage.post)
            time.sleep(1)
            verslag, took = _purge(place, directory)
            during = not load.done()
            outcome = load.result()
        _purged("purge, beside write load" if during else "purge, longer than the load", verslag, took)
        _say(f"write load with it: {outcome.per_second:,.0f} records/s, p99 {outcome.created.p99_ms:.0f} ms")


async def fill(place: Place, records: int) -> None:
    """Write so many records that are past their term."""
    connection = await connect(place.url, SERVING)
    try:
        writer = Writer(await check_installation(connection, place.ring), os.urandom)
        expired = (_expired(history) for history in histories(records))
        while batch := list(islice(expired, _BATCH)):
            await writer.write_histories(connection, batch)
    finally:
        await connection.close()


def _expired(history: Iterable[Versie]) -> list[Versie]:
    return [replace(versie, inhoud=replace(versie.inhoud, bewaartermijn="P1Y")) for versie in history]


def _purge(place: Place, directory: Path, *arguments: str) -> tuple[Opschoonverslag, float]:
    environment = {
        **os.environ,
        "VERWERKINGENLOG_DATABASE_URL": place.url,
        "VERWERKINGENLOG_SLEUTELS": str(place.ring),
    }
    command = [sys.executable, "-m", "verwerkingenlog", "opschonen", "--json", "--rapport", str(directory)]
    start = time.monotonic()
    told = subprocess.check_output([*command, *arguments], env=environment)  # noqa: S603 - our own command
    return msgspec.json.decode(told, type=Opschoonverslag), time.monotonic() - start


def _purged(what: str, verslag: Opschoonverslag, took: float) -> None:
    _say(
        f"{what}: {verslag.acties:,} acties ({verslag.versies:,} versions, {verslag.betrokkenen:,} persons)"
        f" in {took:.1f} s, {verslag.acties / took:,.0f} acties/s"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
