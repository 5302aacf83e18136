"""Who changes keys, and what is left of a person, for tests of rotation."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.support.store import log_on
from verwerkingenlog.domain.verwerkingsactie import VerwerktObject, betrokkenen_of
from verwerkingenlog.operations.installation import check_installation
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.sleutels import Keeper
from verwerkingenlog.storage.database import KEYS, SERVING, connect, open_pool
from verwerkingenlog.storage.ringfile import RingFile


@asynccontextmanager
async def keeping(database: str, sleutels: Path) -> AsyncIterator[Keeper]:
    """Have what changes keys, as a process of its own would."""
    connection = await connect(database, KEYS)
    try:
        ring = await check_installation(connection, sleutels)
        yield Keeper(connection, ring, RingFile(sleutels), lambda: datetime.now(UTC), os.urandom)
    finally:
        await connection.close()


@asynccontextmanager
async def working(database: str, sleutels: Path, verbindingen: int = 4) -> AsyncIterator[Log]:
    """Have a worker of its own: it knows what it read when it started, and what it learned since."""
    pool = await open_pool(database, SERVING, verbindingen)
    try:
        async with pool.acquire() as connection:
            ring = await check_installation(connection, sleutels)
        log = log_on(pool, ring)
        yield log
        await log.group_commit.drain()
    finally:
        await pool.close()


async def found(log: Log, person: VerwerktObject) -> int | None:
    """Give the number under which this worker finds a person."""
    async with log.pool.acquire() as connection:
        return await log.writer.betrokkenen.find(connection, betrokkenen_of([person])[0])
