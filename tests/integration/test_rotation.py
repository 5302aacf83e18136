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

from tests.support.keys import found, keeping, working
from tests.support.postgres import psql
from tests.support.store import PERSON, a_version
from verwerkingenlog.domain.betrokkene import Betrokkene
from verwerkingenlog.domain.verwerkingsactie import VerwerktObject, betrokkenen_of
from verwerkingenlog.errors import ConfigurationError, KeyRefused, StoreUnavailable
from verwerkingenlog.operations.installation import check_ready
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.rotate import rotate
from verwerkingenlog.operations.sleutels import Keeper, destroy, make, show
from verwerkingenlog.storage import reading, rotating
from verwerkingenlog.storage.database import PURGING, Connection, connect
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.keyring import Doel, KeyRing
from verwerkingenlog.storage.pseudonyms import search_index
from verwerkingenlog.storage.ringfile import RingFile
from verwerkingenlog.storage.sql import query
from verwerkingenlog.storage.writing import is_stale

HIDING: tuple[Doel, ...] = ("onthullen", "zoeken")
WORKERS = 3
both_kinds = pytest.mark.parametrize("doel", HIDING)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotating, "PAGE", 7)


def persons(count: int, prefix: str = "persoon") -> list[VerwerktObject]:
    return [VerwerktObject("Zaaknummer", f"{prefix}-{number}") for number in range(count)]


async def write(log: Log, who: list[VerwerktObject]) -> dict[str, VerwerktObject]:
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
async def test_M7_one_rotation_at_a_time(log: Log, database: str, sleutels: Path, doel: Doel) -> None:
    written = await write(log, persons(50))
    async with keeping(database, sleutels) as one, keeping(database, sleutels) as other:
        await make(one, doel)
        outcomes = await asyncio.gather(rotate(one, doel), rotate(other, doel), return_exceptions=True)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["KeyRefused", "str"]
        assert await staten(one, doel) == ["oud", "actief"]
        with pytest.raises(KeyRefused, match="sleutel nieuw"):
            await rotate(other, doel)
    await assert_read(log, written)


async def test_M7_keys_that_are_made_at_once_are_one(log: Log, database: str, sleutels: Path) -> None:
    async with keeping(database, sleutels) as one, keeping(database, sleutels) as other:
        outcomes = await asyncio.gather(make(one, "zoeken"), make(other, "zoeken"), return_exceptions=True)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["KeyRefused", "int"]
        assert await staten(one, "zoeken") == ["actief", "voorbereid"]
    assert len(log.ring.sleutels) + 1 == len(RingFile(sleutels).read())


@pytest.mark.parametrize("doel", ["dienst", "bewijs"])
async def test_M7_a_key_that_lasts_is_not_replaced(
    log: Log, database: str, sleutels: Path, doel: Doel
) -> None:
    async with keeping(database, sleutels) as keeper:
        for refused in (make, rotate):
            with pytest.raises(KeyRefused, match="niet te vervangen"):
                await refused(keeper, doel)
        assert await staten(keeper, doel) == ["actief"]
    assert {key.id for key in log.ring.sleutels} == {key.id for key in RingFile(sleutels).read()}


@both_kinds
async def test_M7_a_worker_without_the_new_key_serves_again_once_it_has_the_file(
    log: Log, database: str, sleutels: Path, tmp_path: Path, doel: Doel, caplog: pytest.LogCaptureFixture
) -> None:
    written = await write(log, persons(10))
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_bytes(sleutels.read_bytes())
    elsewhere.chmod(0o600)
    async with working(database, elsewhere) as far, keeping(database, sleutels) as keeper:
        await assert_read(far, written)
        new = await make(keeper, doel)
        await assert_read(far, written)
        await rotate(keeper, doel)
        for refused in (write(far, persons(1)), found(far, persons(1)[0])):
            with pytest.raises(StoreUnavailable, match=f"Sleutel {new} "):
                await refused
        assert {vars(record)["sleutel"] for record in caplog.records if record.message == "key_missing"} == {
            new
        }
        async with far.pool.acquire() as connection:
            with pytest.raises(StoreUnavailable, match=f"Sleutel {new} "):
                await check_ready(connection, far.ring)
        with pytest.raises(ConfigurationError, match=f"Sleutel {new} "):
            async with working(database, elsewhere):
                pass
        elsewhere.write_bytes(sleutels.read_bytes())
        written |= await write(far, persons(3, "later"))
        await assert_read(far, written)
        await assert_read(log, written)


async def test_M7_a_row_under_a_key_that_came_into_use_a_moment_ago_is_revealed(
    log: Log, database: str, sleutels: Path
) -> None:
    async with working(database, sleutels) as other, keeping(database, sleutels) as keeper:
        await replace(keeper, "onthullen")
        written = await write(other, persons(3))
        async with log.pool.acquire() as connection:
            for actie_id, person in written.items():
                record = await reading.current(connection, log.ring, actie_id)
                assert record is not None
                assert record.versie.inhoud.verwerkte_objecten == (person,)


async def test_M7_a_rotation_without_the_key_on_its_own_server_is_refused(
    log: Log, database: str, sleutels: Path
) -> None:
    before = sleutels.read_bytes()
    async with keeping(database, sleutels) as keeper:
        await make(keeper, "zoeken")
        sleutels.write_bytes(before)
        with pytest.raises(KeyRefused, match="sleutelbos van deze server"):
            await rotate(keeper, "zoeken")
        assert await staten(keeper, "zoeken") == ["actief", "voorbereid"]
    assert await found(log, PERSON) is None


@both_kinds
async def test_M7_a_key_that_is_needed_is_not_destroyed(
    log: Log, cluster: Cluster, database: str, sleutels: Path, doel: Doel
) -> None:
    await write(log, persons(5))
    async with keeping(database, sleutels) as keeper:
        for sleutel, staat in [(one.sleutel.id, one.sleutel.staat) for one in await show(keeper)]:
            with pytest.raises(KeyRefused, match=f"hij is {staat}"):
                await destroy(keeper, sleutel)
        with pytest.raises(KeyRefused, match="bestaat niet"):
            await destroy(keeper, 99)
        row = "select sleutel, zoekindex, cijfertekst from verwerkingenlog.betrokkene limit 1"
        psql(cluster, f"create table public.eerder as {row}", url=database)
        old = await replace(keeper, doel)
        # As a server of an earlier release would, which knows of no generation.
        psql(
            cluster,
            "update verwerkingenlog.betrokkene b set sleutel = e.sleutel, zoekindex = e.zoekindex,"
            " cijfertekst = e.cijfertekst from public.eerder e"
            " where b.id = (select min(id) from verwerkingenlog.betrokkene)",
            url=database,
        )
        with pytest.raises(KeyRefused, match="nodig voor 1 personen"):
            await destroy(keeper, old)
        assert old in {key.id for key in RingFile(sleutels).read()}
        assert await staten(keeper, doel) == ["oud", "actief"]


async def test_M7_with_the_old_ring_a_new_dump_reveals_and_finds_nobody(
    log: Log, database: str, sleutels: Path
) -> None:
    who = persons(30)
    await write(log, who)
    before = RingFile(sleutels).read()
    async with keeping(database, sleutels) as keeper:
        for doel in HIDING:
            await destroy(keeper, await replace(keeper, doel))
        stolen = KeyRing(before)
        rows = [row async for page in rotating.pages(keeper.connection) for row in page]
        assert len(rows) == len(who)
        assert not {row.zoekindex for row in rows} & {
            search_index(stolen, one) for one in betrokkenen_of(who)
        }
        for row in rows:
            with pytest.raises((ConfigurationError, StoreUnavailable)):
                stolen.reveal(row.sleutel, row.cijfertekst, row.zoekindex)
    gone = {key.sleutel for key in before} - {key.sleutel for key in RingFile(sleutels).read()}
    assert len(gone) == len(HIDING)
    assert not any(key in sleutels.read_text() for key in gone)
    assert await found(log, who[0])
    # The worker has learned of it by now, and forgot the keys too.
    assert not gone & {key.sleutel for key in log.ring.sleutels}


async def test_M7_a_person_who_was_shredded_and_came_again_is_found(
    log: Log, cluster: Cluster, database: str, sleutels: Path
) -> None:
    who = persons(3)
    await write(log, who)
    before = await found(log, who[0])
    async with working(database, sleutels) as other:
        assert await found(other, who[0]) == before
        psql(
            cluster,
            "begin; select verwerkingenlog.volgende_generatie();"
            " alter table verwerkingenlog.betrokkene disable trigger user;"
            f" delete from verwerkingenlog.betrokkene where id = {before}; commit",
            url=database,
        )
        assert await found(other, who[0]) is None
        written = await write(log, who[:1])
        after = await found(log, who[0])
        assert after not in {None, before}
        assert await found(other, who[0]) == after
        # A number that was remembered of before is not written again.
        await assert_read(other, written | await write(other, who[:1]))
        assert await found(other, who[0]) == after


async def test_M7_the_old_signing_key_signs_along_until_the_next_step(
    log: Log, database: str, sleutels: Path
) -> None:
    async with keeping(database, sleutels) as keeper:
        new = await make(keeper, "ondertekenen")
        assert await rotate(keeper, "ondertekenen") == "samen"
        assert await staten(keeper, "ondertekenen") == ["gaand", "actief"]
        assert await rotate(keeper, "ondertekenen") == "klaar"
        assert await staten(keeper, "ondertekenen") == ["oud", "actief"]
        assert [one.sleutel.id for one in await show(keeper) if one.sleutel.publiek][-1] == new
    assert await found(log, PERSON) is None


@pytest.mark.parametrize("name", ["find", "find_one"])
async def test_M7_a_look_up_in_two_columns_reads_no_other_person(
    log: Log, cluster: Cluster, database: str, name: str
) -> None:
    psql(
        cluster,
        "insert into verwerkingenlog.betrokkene (zoekindex, zoekindex_nieuw, sleutel, cijfertekst)"
        " select sha256(int4send(n)), case when n % 2 = 0 then sha256(int4send(-n)) end, 2, 'x'"
        " from generate_series(1, 20000) n; analyze verwerkingenlog.betrokkene",
        url=database,
    )
    async with log.pool.acquire() as connection:
        await connection.execute("set plan_cache_mode = force_generic_plan")
        await connection.execute(f"prepare asked as {query(f'betrokkenen/{name}')}")
        argument = "array['x'::bytea]" if name == "find" else "'x'::bytea"
        plan = await connection.fetch(f"explain execute asked({argument})")
        await connection.execute("deallocate asked")
    assert not [line for (line,) in plan if "Seq Scan on betrokkene" in line], plan


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
