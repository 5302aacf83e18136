"""Rule M7: a key is replaced beside live traffic; nobody is lost, nobody comes twice, no look-up fails."""

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import asyncpg
import pytest

from tests.support.keys import (
    assert_once,
    assert_read,
    found,
    keeping,
    persons,
    replace,
    staten,
    working,
    write,
)
from verwerkingenlog.domain.verwerkingsactie import VerwerktObject, betrokkenen_of
from verwerkingenlog.errors import KeyRefused, StoreUnavailable
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.rotate import rotate
from verwerkingenlog.operations.sleutels import Keeper, destroy, make, show
from verwerkingenlog.storage import rotating
from verwerkingenlog.storage.database import PURGING, Connection, connect
from verwerkingenlog.storage.keyring import Doel
from verwerkingenlog.storage.ringfile import RingFile
from verwerkingenlog.storage.writing import is_stale

HIDING: tuple[Doel, ...] = ("onthullen", "zoeken")
WORKERS = 3
both_kinds = pytest.mark.parametrize("doel", HIDING)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotating, "PAGE", 7)


class Traffic:
    """Writers and readers on several workers, until told to stop; what was acknowledged is remembered."""

    def __init__(self, workers: list[Log], known: list[VerwerktObject]) -> None:
        self.written: dict[str, VerwerktObject] = {}
        self.known = known
        self._workers = workers
        self._new = (VerwerktObject("Zaaknummer", f"nieuw-{number}") for number in itertools.count())
        self._stopped = False

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(work(log, random.Random(seed)))  # noqa: S311 - no secret
            for seed, log in enumerate(self._workers)
            for work in (self._write, self._write, self._read)
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped = True
        await asyncio.gather(*self._tasks)

    async def _write(self, log: Log, chance: random.Random) -> None:
        while not self._stopped:
            who = [next(self._new), chance.choice(self.known), chance.choice(self.known)]
            self.written |= await write(log, who)
            self.known += who[:1]
            await asyncio.sleep(0)

    async def _read(self, log: Log, chance: random.Random) -> None:
        while not self._stopped:
            if self.written:
                actie_id = chance.choice(list(self.written))
                await assert_read(log, {actie_id: self.written[actie_id]})
            await asyncio.sleep(0)


@pytest.fixture
async def workers(log: Log, database: str, sleutels: Path) -> AsyncIterator[list[Log]]:
    """Have several workers, on an installed database."""
    async with AsyncExitStack() as stack:
        yield [log, *[await stack.enter_async_context(working(database, sleutels)) for _ in range(WORKERS)]]


@both_kinds
async def test_M7_a_key_is_replaced_beside_live_traffic(
    workers: list[Log], database: str, sleutels: Path, doel: Doel
) -> None:
    who = persons(60)
    written = await write(workers[0], who)
    async with keeping(database, sleutels) as keeper:
        async with Traffic(workers, list(who)) as traffic:
            await asyncio.sleep(0.2)
            old = await replace(keeper, doel)
            await asyncio.sleep(0.2)
            await destroy(keeper, old)
            again = await replace(keeper, doel)
            await asyncio.sleep(0.2)
        await assert_once(keeper, list(dict.fromkeys(traffic.known)))
        assert await staten(keeper, doel) == ["vernietigd", "oud", "actief"]
        await destroy(keeper, again)
    assert len(traffic.written) > 50
    for worker in workers:
        await assert_read(worker, written | traffic.written)


class Interrupted:
    """A connection that breaks before its n-th statement."""

    def __init__(self, connection: Connection, statements: int) -> None:
        self._connection = connection
        self._left = statements

    def __getattr__(self, name: str) -> object:
        whole = getattr(self._connection, name)
        if name not in {"execute", "fetch", "fetchrow", "fetchval"}:
            return whole

        async def counted(*arguments: object) -> object:
            self._left -= 1
            if self._left < 0:
                self._connection.terminate()
                raise ConnectionResetError
            return await whole(*arguments)

        return counted


async def attempt(
    database: str, sleutels: Path, work: Callable[[Keeper], Awaitable[object]], statements: int
) -> bool:
    """Do this work with a connection that breaks after so many statements; tell whether it got done."""
    async with keeping(database, sleutels) as keeper:
        broken: Any = Interrupted(keeper.connection, statements)
        try:
            await work(keeper._replace(connection=broken))
        except (StoreUnavailable, ConnectionResetError):
            return False
        except KeyRefused as refused:
            # The turn goes with the connection that broke, which takes a moment.
            if "al een sleutel vervangen" not in str(refused):
                raise
            await asyncio.sleep(0.02)
            return await attempt(database, sleutels, work, statements)
        return True


@pytest.mark.parametrize("doel", [*HIDING, "ondertekenen"])
async def test_M7_a_rotation_that_stops_anywhere_is_resumed(
    workers: list[Log], database: str, sleutels: Path, doel: Doel
) -> None:
    who = persons(20)
    written = await write(workers[0], who)
    new = iter(persons(1000, "onderweg"))

    async def to_the_end(keeper: Keeper) -> None:
        while await staten(keeper, doel) != ["oud", "actief"]:
            await rotate(keeper, doel)

    async def until_done(work: Callable[[Keeper], Awaitable[object]]) -> int:
        for statements in itertools.count():
            done = await attempt(database, sleutels, work, statements)
            person = next(new)
            who.append(person)
            for worker in workers[:2]:
                written.update(await write(worker, [person]))
            await assert_read(workers[-1], dict(list(written.items())[-5:]))
            if done:
                return statements
        raise AssertionError

    assert await until_done(lambda keeper: make(keeper, doel)) > 5
    assert await until_done(to_the_end) > 8
    async with keeping(database, sleutels) as keeper:
        assert await staten(keeper, doel) == ["oud", "actief"]
        await assert_once(keeper, who)
        (old,) = [one.sleutel.id for one in await show(keeper) if one.sleutel.staat == "oud"]
    assert await until_done(lambda keeper: destroy(keeper, old)) > 5
    assert old not in {key.id for key in RingFile(sleutels).read()}
    async with keeping(database, sleutels) as keeper:
        assert await staten(keeper, doel) == ["vernietigd", "actief"]
    for worker in workers:
        await assert_read(worker, written)


async def test_M7_a_statement_that_was_done_but_is_reported_lost_is_not_done_again(
    log: Log, database: str, sleutels: Path
) -> None:
    written = await write(log, persons(20))
    for doel in HIDING:
        async with keeping(database, sleutels) as keeper:
            await make(keeper, doel)
        while True:
            async with keeping(database, sleutels) as keeper:
                if await staten(keeper, doel) == ["oud", "actief"]:
                    break
                # Another process goes on from whatever the first one reached.
                first = asyncio.create_task(rotate(keeper, doel))
                await asyncio.sleep(0.02)
                keeper.connection.terminate()
                with contextlib.suppress(StoreUnavailable, KeyRefused):
                    await first
    await assert_read(log, written)


@both_kinds
async def test_M7_a_purge_beside_a_rotation_loses_nobody(
    workers: list[Log], database: str, sleutels: Path, doel: Doel
) -> None:
    who = persons(40)
    written: dict[str, VerwerktObject] = {}
    stopped = asyncio.Event()

    async def come_and_go(log: Log, mine: list[VerwerktObject]) -> None:
        """Have persons come, go and come again; those to whom a record refers stay."""
        purger = await connect(database, PURGING)
        try:
            while not stopped.is_set():
                for person in mine:
                    number = await found(log, person)
                    if number is not None:
                        await purger.fetchval("select vergeet_betrokkenen($1)", [number])
                    written.update(await write(log, [person]))
                    assert await found(log, person)
        finally:
            await purger.close()

    async def arrive(log: Log) -> None:
        """Add persons to whom nothing refers yet, as a writer whose record then fails."""
        while not stopped.is_set():
            async with log.pool.acquire() as connection:
                try:
                    await log.writer.betrokkenen.numbers(connection, betrokkenen_of(who), log.ring.generatie)
                except asyncpg.PostgresError as error:
                    if not is_stale(error):
                        raise
                    await log.writer.refresh(connection)
            await asyncio.sleep(0.01)

    async with keeping(database, sleutels) as keeper:
        coming = [
            asyncio.create_task(come_and_go(log, who[number::WORKERS]))
            for number, log in enumerate(workers[:WORKERS])
        ]
        coming.append(asyncio.create_task(arrive(workers[WORKERS])))
        try:
            old = await replace(keeper, doel)
        finally:
            stopped.set()
            await asyncio.gather(*coming)
        await assert_once(keeper, who)
        await destroy(keeper, old)
    for worker in workers:
        await assert_read(worker, written)
