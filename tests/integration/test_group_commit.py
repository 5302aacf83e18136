"""Every record that is accepted is written, whenever it comes."""

import asyncio

from tests.support.store import a_version
from verwerkingenlog.operations.log import Log


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
