"""After the documented steps nothing of what was purged is in any file of the database (rules R2, M7)."""

import os
import re
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.postgres import Version, postgres_binaries, psql
from tests.support.purging import Opschoning
from tests.support.store import OTHER, a_version, log_on
from verwerkingenlog.domain.verwerkingsactie import VerwerktObject
from verwerkingenlog.operations.installation import check_installation, install
from verwerkingenlog.operations.log import Log
from verwerkingenlog.storage.database import SERVING, open_pool
from verwerkingenlog.storage.embedded import Cluster, running

MANUAL = Path(__file__).parents[2] / "docs" / "beheerder.md"
HEADING = "### Verwijderde gegevens ook van de schijf halen"
MARKERS = ("merkteken-gebruiker", "merkteken-actienaam", "merkteken-soort", "merkteken-gegeven")


def documented_steps() -> str:
    """Give the statements that the manual tells to run."""
    _, _, section = MANUAL.read_text("utf-8").partition(HEADING)
    found = re.search(r"```sql\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


def run_steps(cluster: Cluster) -> None:
    done = subprocess.run(  # noqa: S603 - our own psql
        [str(cluster.binaries / "psql"), "-Xqv", "ON_ERROR_STOP=1", cluster.url],
        input=documented_steps(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr


def files_with(directory: Path, needles: Mapping[str, bytes]) -> set[tuple[str, str]]:
    """Give for each needle the files that hold it, by the folder in which they lie."""
    found = set()
    for path in directory.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            folder = path.relative_to(directory).parts[0]
            found |= {(name, folder) for name, needle in needles.items() if needle in content}
    return found


@asynccontextmanager
async def installed(cluster: Cluster, sleutels: Path) -> AsyncIterator[Log]:
    """Have a log in the database of this server."""
    await install(cluster.url, cluster.url, sleutels, os.urandom)
    pool = await open_pool(cluster.url, SERVING, 4)
    try:
        async with pool.acquire() as connection:
            ring = await check_installation(connection, sleutels)
        yield log_on(pool, ring)
    finally:
        await pool.close()


async def needles_of(log: Log) -> dict[str, bytes]:
    """Give the bytes by which the one record of a log would be recognised."""
    row = await log.pool.fetchrow(
        "select v.zaad, v.actie_id, b.zoekindex, b.cijfertekst from versie v"
        " join voorkomen o on o.versie = v.volgnummer join betrokkene b on b.id = o.betrokkene"
    )
    return {marker: marker.encode() for marker in MARKERS} | {
        "zaad": row["zaad"].bytes,
        "actieId": row["actie_id"].bytes,
        "zoekindex": row["zoekindex"],
        "cijfertekst": row["cijfertekst"],
    }


@pytest.mark.parametrize("version", [18, 16])
async def test_R2_nothing_of_a_purged_record_is_left_in_any_file(tmp_path: Path, version: Version) -> None:
    with running(tmp_path, postgres_binaries(version)) as cluster:
        async with installed(cluster, tmp_path / "sleutels.json") as log:
            person = VerwerktObject(
                "BSN", "999993653", betrokkenheid=MARKERS[2], soorten_gegevens=(MARKERS[3],)
            )
            going = a_version(person, gebruiker=MARKERS[0], actie_naam=MARKERS[1], bewaartermijn="P1Y")
            await log.group_commit.register(going)
            needles = await needles_of(log)
            for _ in range(20):
                await log.group_commit.register(a_version(OTHER, gebruiker="medewerker-4"))
            # Everywhere where it could linger: in statistics too, and in files of WAL that are used again.
            psql(cluster, "analyze")
            psql(cluster, "checkpoint")
            before = files_with(cluster.directory, needles)
            assert {(name, folder) for name in needles for folder in ("base", "pg_wal")} <= before
            for _ in range(3):
                psql(cluster, "select pg_logical_emit_message(true, 'test', ''), pg_switch_wal()")
                psql(cluster, "checkpoint")

            assert (await Opschoning(log, cluster.url)()).betrokkenen == 1
            assert files_with(cluster.directory, needles)

            last = psql(cluster, "select pg_walfile_name(pg_current_wal_lsn())")
            run_steps(cluster)
            assert files_with(cluster.directory, needles) == set()
            assert psql(cluster, f"select name from pg_ls_waldir() where name <= '{last}'") == ""
            assert psql(cluster, "show wal_recycle") == "on"
    # Nor does the shutdown bring anything back.
    assert files_with(cluster.directory, needles) == set()
