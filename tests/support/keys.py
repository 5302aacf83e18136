"""Who changes keys, and what is left of a person, for tests of rotation."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.support.store import a_version, log_on
from verwerkingenlog.domain.betrokkene import Betrokkene
from verwerkingenlog.domain.verwerkingsactie import VerwerktObject, betrokkenen_of
from verwerkingenlog.operations.installation import check_installation
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.rotate import rotate
from verwerkingenlog.operations.sleutels import Keeper, make, show
from verwerkingenlog.storage import reading, rotating
from verwerkingenlog.storage.database import KEYS, SERVING, connect, open_pool
from verwerkingenlog.storage.keyring import Doel
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


def persons(count: int, prefix: str = "persoon") -> list[VerwerktObject]:
    """Give so many persons who are known by something else than a BSN."""
    return [VerwerktObject("Zaaknummer", f"{prefix}-{number}") for number in range(count)]


async def write(log: Log, who: list[VerwerktObject]) -> dict[str, VerwerktObject]:
    """Log an actie about each of these persons, all at once, and give who each actie is about."""
    versies = [a_version(person) for person in who]
    await asyncio.gather(*(log.group_commit.register(versie) for versie in versies))
    return {versie.actie_id: person for versie, person in zip(versies, who, strict=True)}


async def assert_read(log: Log, written: dict[str, VerwerktObject]) -> None:
    """Check that each person is found, and that each actie gives back its person."""
    for actie_id, person in written.items():
        assert await found(log, person), person
        async with log.pool.acquire() as connection:
            record = await reading.current(connection, log.ring, actie_id)
        assert record is not None
        assert record.versie.inhoud.verwerkte_objecten == (person,)


async def revealed(keeper: Keeper) -> list[Betrokkene]:
    """Give the person of every row."""
    return [
        Betrokkene(*keeper.ring.reveal(row.sleutel, row.cijfertekst, row.zoekindex).decode().split("\0"))
        async for page in rotating.pages(keeper.connection)
        for row in page
    ]


async def assert_once(keeper: Keeper, who: list[VerwerktObject]) -> None:
    """Check that these persons, and no others, have a row, and only one."""
    assert sorted(await revealed(keeper)) == sorted(betrokkenen_of(who))


async def staten(keeper: Keeper, doel: Doel) -> list[str]:
    """Give the states of the keys of this purpose, by id."""
    return [one.sleutel.staat for one in await show(keeper) if one.sleutel.doel == doel]


async def replace(keeper: Keeper, doel: Doel) -> int:
    """Replace the key of this purpose, and give the id of the old one."""
    (old,) = [
        one.sleutel.id
        for one in await show(keeper)
        if (one.sleutel.doel, one.sleutel.staat) == (doel, "actief")
    ]
    await make(keeper, doel)
    await rotate(keeper, doel)
    return old
