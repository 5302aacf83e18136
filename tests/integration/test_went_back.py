"""A log that went back in time or became another is refused, until somebody says what happened."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.support.postgres import create_database, psql
from tests.support.sealing import assert_sealed, clock
from tests.support.store import a_version
from verwerkingenlog.domain.beheer import Gebeurtenis
from verwerkingenlog.errors import ConfigurationError, LogWentBack, NotFound
from verwerkingenlog.operations.beheer import note
from verwerkingenlog.operations.installation import install
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.verzegeling.seal import seal_all
from verwerkingenlog.operations.verzegeling.went_back import acknowledge, require_published
from verwerkingenlog.storage import beheer, boom
from verwerkingenlog.storage.checkpoints import Checkpoints
from verwerkingenlog.storage.database import SEALING, Connection, connect
from verwerkingenlog.storage.embedded import Cluster

REASON = "De schijf was stuk; de kopie van vannacht is teruggezet."


@pytest.fixture
async def sealer(log: Log, database: str) -> AsyncIterator[Connection]:
    """Give a connection in the role that seals, to a log of a few records."""
    connection = await connect(database, SEALING)
    await write(log, 5)
    await seal_all(connection, log.ring, clock)
    yield connection
    connection.terminate()


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    """Give a directory of checkpoints that is not there yet."""
    return Checkpoints(tmp_path / "checkpoints")


async def write(log: Log, count: int) -> None:
    await asyncio.gather(*(log.group_commit.register(a_version()) for _ in range(count)))


async def publish(connection: Connection, checkpoints: Checkpoints) -> str:
    """Publish the present checkpoint, as the sealer does, and give it."""
    signed = await boom.checkpoint(connection)
    assert signed is not None
    checkpoints.publish(signed, clock().date())
    return signed


def backup(cluster: Cluster, url: str) -> str:
    """Give the address of a copy of a database as it is now."""
    copy = create_database(cluster)
    dump = subprocess.run(  # noqa: S603 - our own pg_dump
        [str(cluster.binaries / "pg_dump"), url], capture_output=True, check=True
    )
    subprocess.run(  # noqa: S603 - our own psql
        [str(cluster.binaries / "psql"), "-Xqv", "ON_ERROR_STOP=1", copy],
        input=dump.stdout,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return copy


async def add_record(connection: Connection, log: Log) -> None:
    """Write a record in a database that is not that of the log's pool."""
    await note(connection, log.ring, clock, os.urandom, Gebeurtenis.EXPORT, {})


async def test_T2_a_machine_that_never_saw_the_log_accepts_it(
    log: Log, sealer: Connection, checkpoints: Checkpoints
) -> None:
    assert await require_published(sealer, log.ring, checkpoints) is None


async def test_T2_a_log_that_grew_is_accepted(log: Log, sealer: Connection, checkpoints: Checkpoints) -> None:
    await publish(sealer, checkpoints)
    await write(log, 300)
    await seal_all(sealer, log.ring, clock)
    published = await require_published(sealer, log.ring, checkpoints)
    head = await boom.head(sealer)
    assert published is not None
    assert head is not None
    assert published.size == head.grootte - 300


async def test_T2_an_old_backup_is_refused_with_what_to_do(
    log: Log, sealer: Connection, checkpoints: Checkpoints, cluster: Cluster, database: str
) -> None:
    old = await connect(backup(cluster, database), SEALING)
    await write(log, 3)
    await seal_all(sealer, log.ring, clock)
    await publish(sealer, checkpoints)
    with pytest.raises(LogWentBack, match=r"teruggegaan.*--erken-terugval"):
        await require_published(old, log.ring, checkpoints)
    old.terminate()


async def test_T2_a_backup_that_grew_into_another_log_is_refused(
    log: Log, sealer: Connection, checkpoints: Checkpoints, cluster: Cluster, database: str
) -> None:
    old = await connect(backup(cluster, database), SEALING)
    await write(log, 3)
    await seal_all(sealer, log.ring, clock)
    await publish(sealer, checkpoints)
    for _ in range(4):
        await add_record(old, log)
    await seal_all(old, log.ring, clock)
    with pytest.raises(LogWentBack, match="ander log"):
        await require_published(old, log.ring, checkpoints)
    old.terminate()


async def test_T2_an_empty_database_is_refused(
    log: Log, sealer: Connection, checkpoints: Checkpoints, cluster: Cluster, sleutels: Path
) -> None:
    await publish(sealer, checkpoints)
    url = create_database(cluster)
    await install(url, url, sleutels, os.urandom)
    empty = await connect(url, SEALING)
    with pytest.raises(LogWentBack, match="niets verzegeld"):
        await require_published(empty, log.ring, checkpoints)
    empty.terminate()


@pytest.mark.parametrize("spoil", [lambda text: "x" + text, lambda text: text[:-8], lambda _: ""])
async def test_T2_a_checkpoint_that_no_key_of_the_ring_signed_is_refused(
    log: Log, sealer: Connection, checkpoints: Checkpoints, spoil: Callable[[str], str]
) -> None:
    text = spoil(await publish(sealer, checkpoints))
    checkpoints.publish(text, clock().date())
    with pytest.raises(LogWentBack, match="niet van dit log"):
        await require_published(sealer, log.ring, checkpoints)


async def test_T1_T2_who_says_what_happened_may_go_on(
    log: Log, sealer: Connection, checkpoints: Checkpoints, cluster: Cluster, database: str
) -> None:
    old = await connect(backup(cluster, database), SEALING)
    await write(log, 3)
    await seal_all(sealer, log.ring, clock)
    lost = await publish(sealer, checkpoints)
    head = await boom.head(sealer)
    assert head is not None
    await acknowledge(old, log.ring, clock, os.urandom, checkpoints, REASON)
    assert await require_published(old, log.ring, checkpoints) is None
    assert [path.read_text() for path in checkpoints.directory.glob("checkpoint-terzijde-*")] == [lost]
    await seal_all(old, log.ring, clock)
    await assert_sealed(old)
    record = [record async for record in beheer.records(old)][-1]
    assert record.gezegeld
    assert record.daad.gebeurtenis == Gebeurtenis.TERUGVAL_ERKEND
    assert record.daad.inhoud == {
        "gevonden_grootte": head.grootte - 3,
        "gevonden_wortel": (await boom.root_at(old, head.grootte - 3)).hex(),
        "reden": REASON,
        "verloren_grootte": head.grootte,
        "verloren_naam": head.naam,
        "verloren_ondertekend": "ja",
        "verloren_wortel": head.wortel.hex(),
    }
    old.terminate()


async def test_T2_what_is_well_needs_no_words(log: Log, sealer: Connection, checkpoints: Checkpoints) -> None:
    await publish(sealer, checkpoints)
    with pytest.raises(NotFound, match="niets te erkennen"):
        await acknowledge(sealer, log.ring, clock, os.urandom, checkpoints, REASON)


async def test_T2_a_checkpoint_in_the_database_that_was_changed_can_be_left_behind(
    log: Log, sealer: Connection, checkpoints: Checkpoints, cluster: Cluster, database: str
) -> None:
    psql(cluster, "update verwerkingenlog.kop set checkpoint = 'iets anders'", url=database)
    await write(log, 1)
    with pytest.raises(LogWentBack):
        await seal_all(sealer, log.ring, clock)
    await acknowledge(sealer, log.ring, clock, os.urandom, checkpoints, REASON)
    await seal_all(sealer, log.ring, clock)
    await assert_sealed(sealer)


def test_T2_there_is_a_last_checkpoint_and_one_for_each_day(checkpoints: Checkpoints) -> None:
    assert checkpoints.last() is None
    for text, day in (("een", 23), ("twee", 23), ("drie", 24)):
        checkpoints.publish(text, clock().date().replace(month=1, day=day))
    assert checkpoints.last() == "drie"
    year = clock().year
    assert {path.name: path.read_text() for path in checkpoints.directory.iterdir()} == {
        "checkpoint": "drie",
        f"{year}-01-23.checkpoint": "twee",
        f"{year}-01-24.checkpoint": "drie",
    }


def test_T2_a_checkpoint_that_can_not_be_read_is_no_missing_one(checkpoints: Checkpoints) -> None:
    (checkpoints.directory / "checkpoint").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="VERWERKINGENLOG_CHECKPOINTS"):
        checkpoints.last()
