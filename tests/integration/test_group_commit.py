"""Every record that is accepted is written, whenever it comes; a small batch waits for another, not long."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from tests.support.store import a_version
from verwerkingenlog.operations.log import Log, microseconds
from verwerkingenlog.storage.database import connect
from verwerkingenlog.storage.group_commit import GroupCommit
from verwerkingenlog.storage.idempotency import Claim

PATIENCE = 120.0
"""In seconds; they pass when a test says so: no machine is so slow that they pass by themselves."""
WAITING = """
select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
"""

Batches = list[tuple[int, ...]]
"""Of each batch that was written: how many records it held, and how many waited by then."""


@pytest.fixture
def batches() -> Batches:
    return []


@pytest.fixture
def patient(log: Log, batches: Batches, monkeypatch: pytest.MonkeyPatch) -> GroupCommit:
    """Give a group commit whose patience ends only when a test lets time pass."""
    monkeypatch.setattr("verwerkingenlog.storage.group_commit._PATIENCE", PATIENCE)
    return GroupCommit(log.pool, log.writer, 100, lambda *batch: batches.append(batch))


def let_patience_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    time = loop.time
    monkeypatch.setattr(loop, "time", lambda: time() + PATIENCE)


@asynccontextmanager
async def hanging(group_commit: GroupCommit, database: str, records: int) -> AsyncIterator[None]:
    """Have a batch of so many records under way that waits for a lock as long as the block lasts."""
    held = a_version()
    claim = Claim(os.urandom(8), b"body", held.actie_id, microseconds(held.tijdstip_registratie))
    other = await connect(database)
    try:
        async with other.transaction():
            # Whoever claims the same key waits for this transaction.
            await other.execute(
                "insert into idempotentie values ($1, $1, $2, 'infinity')", claim.key, uuid4()
            )
            others = [group_commit.register(a_version()) for _ in range(records - 1)]
            batch = asyncio.gather(group_commit.register(held, claim), *others)
            async with asyncio.timeout(30):
                while not await other.fetchval(WAITING):  # noqa: ASYNC110 - PostgreSQL tells, when asked
                    await asyncio.sleep(0.01)
            yield
            assert not batch.done()
            await other.execute("delete from idempotentie where sleutel = $1", claim.key)
        async with asyncio.timeout(30):
            await batch
    finally:
        await other.close()


def writers() -> list[str]:
    """Give the tasks that write batches and are not done."""
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    return [name for name in names if name.startswith("GroupCommit.") and name.endswith("write_queue")]


async def register_while_the_last_writer_ends(log: Log) -> None:
    while writers():  # noqa: ASYNC110 - to be there in the very turn of the loop in which it ends
        await asyncio.sleep(0)
    await log.group_commit.register(a_version())


async def test_P2_a_record_that_comes_while_the_last_writer_ends_is_written(log: Log) -> None:
    async with asyncio.timeout(60):
        for _ in range(50):
            first = asyncio.create_task(log.group_commit.register(a_version()))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            second = asyncio.create_task(log.group_commit.register(a_version()))
            await asyncio.sleep(0)
            await asyncio.gather(register_while_the_last_writer_ends(log), first, second)


async def test_P2_a_write_that_hangs_holds_up_no_other(log: Log, database: str) -> None:
    async with hanging(log.group_commit, database, records=1), asyncio.timeout(30):
        await log.group_commit.register(a_version())


async def assert_a_small_batch_waits(patient: GroupCommit, batches: Batches, database: str) -> None:
    batches.clear()
    written: list[int | Exception] = []
    async with hanging(patient, database, records=3):
        for _ in range(5):
            patient.enqueue(a_version(), written.append)
    async with asyncio.timeout(30):
        await patient.drain()
    assert batches == [(3, 5), (5, 0)]
    assert [type(outcome) for outcome in written] == [int] * 5


async def test_P2_a_small_batch_waits_for_the_one_under_way(
    patient: GroupCommit, batches: Batches, database: str
) -> None:
    await assert_a_small_batch_waits(patient, batches, database)


async def test_P2_a_batch_twice_as_large_leaves_beside_the_one_under_way(
    patient: GroupCommit, batches: Batches, database: str
) -> None:
    async with hanging(patient, database, records=3), asyncio.timeout(30):
        await asyncio.gather(*(patient.register(a_version()) for _ in range(6)))
        assert batches == [(6, 0)]


async def test_P2_a_small_batch_leaves_once_its_patience_is_over(
    patient: GroupCommit, batches: Batches, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hanging(patient, database, records=3):
        small = asyncio.create_task(patient.register(a_version()))
        await asyncio.sleep(0)
        let_patience_pass(monkeypatch)
        async with asyncio.timeout(30):
            await small
        assert batches == [(1, 0)]


async def test_P2_a_batch_that_was_late_is_left_out_once(
    patient: GroupCommit, batches: Batches, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hanging(patient, database, records=3):
        let_patience_pass(monkeypatch)
        async with asyncio.timeout(30):
            await patient.register(a_version())
    await assert_a_small_batch_waits(patient, batches, database)


async def test_P2_a_batch_that_was_in_time_is_not_late_afterwards(
    patient: GroupCommit, batches: Batches, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await patient.register(a_version())
    await patient.drain()  # the caller hears before the batch has ended
    let_patience_pass(monkeypatch)
    await assert_a_small_batch_waits(patient, batches, database)
