"""What a write came to is told as it is, also where the lock that it took cannot be let go."""

import asyncio

import asyncpg
import pytest

from verwerkingenlog.operations.log import Log

TRIES = 4
"""Before the last of these, keys and persons are kept from changing."""


class Stale(asyncpg.PostgresError):  # type: ignore[misc] # the driver has no types
    """Refused, as where keys or persons changed meanwhile."""

    sqlstate = "VL001"


async def write_and_break(log: Log, outcome: BaseException | None) -> int:
    """Write on a connection that is gone at the end of the last try; give how often it was tried."""
    tries = 0
    async with log.pool.acquire() as connection:

        async def write() -> None:
            nonlocal tries
            tries += 1
            if tries < TRIES:
                raise Stale
            connection.terminate()
            if outcome is not None:
                raise outcome

        await log.writer.until_current(connection, write)
    return tries


async def test_P2_what_was_written_is_no_error(log: Log) -> None:
    """A change that was committed would be answered with: nothing was written."""
    assert await write_and_break(log, None) == TRIES


@pytest.mark.parametrize("outcome", [asyncio.CancelledError(), ValueError()])
async def test_P2_what_ended_a_write_is_told(log: Log, outcome: BaseException) -> None:
    """One that was cancelled would be tried again as if its connection had broken."""
    with pytest.raises(type(outcome)):
        await write_and_break(log, outcome)
