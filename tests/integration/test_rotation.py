"""Rule M7: how a key is replaced and destroyed, and when that is refused."""

import asyncio
from pathlib import Path

import pytest

from tests.support.keys import (
    assert_read,
    found,
    keeping,
    persons,
    replace,
    staten,
    working,
    write,
)
from tests.support.postgres import psql
from tests.support.store import PERSON
from verwerkingenlog.domain.verwerkingsactie import betrokkenen_of
from verwerkingenlog.errors import ConfigurationError, KeyRefused, StoreUnavailable
from verwerkingenlog.operations.installation import check_ready
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.rotate import rotate
from verwerkingenlog.operations.sleutels import destroy, make, show
from verwerkingenlog.storage import reading, rotating
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.keyring import Doel, KeyRing
from verwerkingenlog.storage.pseudonyms import search_index
from verwerkingenlog.storage.ringfile import RingFile
from verwerkingenlog.storage.sql import query

HIDING: tuple[Doel, ...] = ("onthullen", "zoeken")
both_kinds = pytest.mark.parametrize("doel", HIDING)


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
        for one in await show(keeper):
            with pytest.raises(KeyRefused, match="nog nodig: hij is in gebruik"):
                await destroy(keeper, one.sleutel.id)
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
