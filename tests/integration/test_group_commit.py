"""Every record that is accepted is written, whenever it comes."""

import asyncio
from uuid import uuid4

from tests.support.store import a_version
from verwerkingenlog.operations.log import Log, microseconds
from verwerkingenlog.storage.database import connect
from verwerkingenlog.storage.idempotency import Claim

WAITING = """
select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
"""


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
    hanging = a_version()
    claim = Claim(b"k", b"body", hanging.actie_id, microseconds(hanging.tijdstip_registratie))
    other = await connect(database)
    try:
        async with other.transaction():
            # Whoever claims the same key waits for this transaction.
            await other.execute(
                "insert into idempotentie values ($1, $1, $2, 'infinity')", claim.key, uuid4()
            )
            stuck = asyncio.create_task(log.group_commit.register(hanging, claim))
            async with asyncio.timeout(30):
                while not await other.fetchval(WAITING):  # noqa: ASYNC110 - PostgreSQL tells, when asked
                    await asyncio.sleep(0.01)
                await log.group_commit.register(a_version())
            assert not stuck.done()
            await other.execute("delete from idempotentie where sleutel = $1", claim.key)
        async with asyncio.timeout(30):
            await stuck
    finally:
        await other.close()
