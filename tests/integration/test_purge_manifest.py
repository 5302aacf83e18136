"""Nothing goes that a sealed manifest does not name, and what changes meanwhile stays (rules M2, R2, R3)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import asyncpg
import pytest
from msgspec.structs import replace

from tests.support.purging import TABLES, Opschoning, change, connected, regels
from tests.support.store import AUTEUR, OTHER, PERSON, a_version
from verwerkingenlog.domain.opschoning import versies_sha256
from verwerkingenlog.domain.verwerkingsactie import Versie, next_version
from verwerkingenlog.errors import PurgeRefused
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.opschoning.purge import purge
from verwerkingenlog.storage import beheer, reading
from verwerkingenlog.storage.database import PURGING, SERVING

Seal = Callable[[Sequence[int]], Awaitable[None]]
both_versions = pytest.mark.parametrize("cluster", [18, 16], indirect=True)


class Interrupted(Exception):
    """The run ends here."""


async def expired_actie(log: Log, **changes: object) -> Versie:
    versie = a_version(PERSON, **{"bewaartermijn": "P1Y", **changes})
    await log.group_commit.register(versie)
    return versie


async def announce(opschonen: Opschoning, *, sealed: bool) -> int:
    """Have a run that ends before it removes anything; give the number of its manifest."""
    announced: list[int] = []
    async with opschonen.begun() as run:

        async def end(records: Sequence[int]) -> None:
            announced.extend(records)
            if sealed:
                await run.seal(records)
            raise Interrupted

        with pytest.raises(Interrupted):
            await purge(replace(run, seal=end))
    return announced[0]


async def refused(opschonen: Opschoning, statement: str, match: str, manifest: object = "") -> None:
    """See that even the owner of the tables may not do this, whatever the setting says."""
    async with connected(opschonen.database) as connection:
        await connection.execute(f"set verwerkingenlog.opschoning = '{manifest}'")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=match):
            await connection.execute(statement)


@both_versions
@pytest.mark.parametrize(
    "table",
    ["versie", "versie_normaal", "verwerkt_object", "verwerkt_object_normaal", "opvolging"],
)
async def test_M2_the_owner_removes_nothing_without_a_manifest(
    log: Log, opschonen: Opschoning, table: str
) -> None:
    await change(log, await expired_actie(log), actie_naam="Anders")
    await refused(opschonen, f"delete from {table}", "alleen aan te vullen")
    await refused(opschonen, f"delete from {table}", "verzegeld manifest", manifest=0)


@pytest.mark.parametrize("table", ["versie", "verwerkt_object", "opvolging", "zegel", "beheer", "opschoning"])
@pytest.mark.parametrize("statement", ["update {0} set {1} = {1}", "truncate {0}"])
async def test_M2_no_setting_lets_a_row_be_changed(
    log: Log, opschonen: Opschoning, table: str, statement: str
) -> None:
    await expired_actie(log)
    column = {"zegel": "blad", "beheer": "wie", "opschoning": "versies"}.get(table, "actie")
    await refused(opschonen, statement.format(table, column), "alleen aan te vullen", manifest=1)


@pytest.mark.parametrize("table", ["zegel", "tegel", "beheer", "opschoning", "sleutel"])
async def test_M2_no_setting_lets_evidence_be_removed(log: Log, opschonen: Opschoning, table: str) -> None:
    await expired_actie(log)
    await refused(opschonen, f"delete from {table}", "alleen aan te vullen", manifest=1)


async def test_M2_no_setting_lets_attributes_be_changed(log: Log, opschonen: Opschoning) -> None:
    await expired_actie(log)
    await refused(opschonen, "update kenmerken set systeem = 'x'", "alleen aan te vullen", manifest=0)
    statement = "update objectkenmerken set vingerafdruk = 'x'::bytea"
    await refused(opschonen, statement, "alleen aan te vullen", manifest=0)


async def test_R3_a_manifest_that_is_not_sealed_gives_no_right(log: Log, opschonen: Opschoning) -> None:
    await expired_actie(log)
    number = await announce(opschonen, sealed=False)
    await refused(opschonen, f"select voer_opschoning_uit({number})", "niet verzegeld", manifest=number)
    await refused(opschonen, "delete from versie", "verzegeld manifest", manifest=number)


async def test_R3_a_manifest_other_than_was_sealed_gives_no_right(log: Log, opschonen: Opschoning) -> None:
    await expired_actie(log)
    number = await announce(opschonen, sealed=True)
    kept = a_version(PERSON)
    kept_number = await log.group_commit.register(kept)
    async with connected(opschonen.database) as connection:
        opschonen.tampered = True
        await connection.execute("set session_replication_role = replica")
        await connection.execute("update opschoning set versies = versies || $1::bigint", kept_number)
    await refused(opschonen, f"select voer_opschoning_uit({number})", "veranderd", manifest=number)
    await refused(opschonen, "delete from versie", "verzegeld manifest", manifest=number)


async def test_R3_a_sealed_manifest_gives_no_right_to_what_it_does_not_name(
    log: Log, opschonen: Opschoning
) -> None:
    await expired_actie(log)
    number = await announce(opschonen, sealed=True)
    await log.group_commit.register(a_version(PERSON))
    await log.group_commit.register(a_version(PERSON, OTHER))
    for table in ("versie", "verwerkt_object"):
        await refused(opschonen, f"delete from {table}", "verzegeld manifest", manifest=number)


async def test_R3_a_manifest_is_carried_out_once(log: Log, opschonen: Opschoning) -> None:
    await expired_actie(log)
    verslag = await opschonen()
    await refused(opschonen, f"select voer_opschoning_uit({verslag.manifesten[0]})", "al uitgevoerd")


@pytest.mark.usefixtures("log")
async def test_M2_the_serving_role_can_not_purge(database: str) -> None:
    async with connected(database, SERVING) as connection:
        for call in (
            "voer_opschoning_uit(1)",
            "vergeet_betrokkenen('{1}')",
            "trek_kenmerken_terug('{}', '{}')",
            "verwijder_kenmerken()",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"select {call}")


async def test_R3_no_purge_sees_the_log_as_it_was_before_others_wrote(
    log: Log, opschonen: Opschoning
) -> None:
    await expired_actie(log)
    number = await announce(opschonen, sealed=True)
    async with connected(opschonen.database, PURGING) as connection:
        with pytest.raises(asyncpg.InvalidTransactionStateError):
            async with connection.transaction(isolation="repeatable_read"):
                await connection.fetchval("select voer_opschoning_uit($1)", number)


@both_versions
async def test_R3_a_purge_is_on_record_with_what_went_and_why(log: Log, opschonen: Opschoning) -> None:
    number = await log.group_commit.register(
        versie := a_version(PERSON, bewaartermijn="P1Y", systeem="Zaken")
    )
    await change(log, versie, gebruiker="medewerker-2")
    async with connected(opschonen.database) as connection:
        numbers = [row[0] for row in await connection.fetch("select volgnummer from versie order by 1")]
    verslag = await opschonen()
    async with connected(opschonen.database) as connection:
        found = [
            each async for each in beheer.records(connection) if each.daad.gebeurtenis.startswith("opschon")
        ]
        manifest = await connection.fetchval("select versies from opschoning")
    assert number in manifest
    assert manifest == numbers
    told, done = (each.daad for each in found)
    assert all(each.gezegeld for each in found)
    assert told.wie == verslag.wie
    assert told.inhoud["versies_sha256"] == versies_sha256(numbers)
    assert told.inhoud["groepen"] == verslag.groepen
    assert told.inhoud["opschoning"] == done.inhoud["opschoning"] == verslag.opschoning
    assert (done.inhoud["acties"], done.inhoud["versies"], done.inhoud["betrokkenen"]) == (1, 2, 1)


async def test_R2_an_actie_that_changes_after_the_announcement_stays(log: Log, opschonen: Opschoning) -> None:
    changing = await expired_actie(log)
    going = await expired_actie(log)
    async with opschonen.begun() as run:
        changed: list[Versie] = []

        async def seal(records: Sequence[int]) -> None:
            if not changed:
                changed.append(await change(log, changing, bewaartermijn="P100Y"))
            await run.seal(records)

        verslag = await purge(replace(run, seal=seal))
    assert (verslag.acties, verslag.overgeslagen) == (1, 1)
    assert (await opschonen.there(changing), await opschonen.there(going)) == (True, False)
    async with log.pool.acquire() as connection:
        record = await reading.current(connection, log.ring, changing.actie_id)
    assert record is not None
    assert record.versie == changed[0]
    assert (await opschonen()).acties == 0
    await opschonen.check()


async def test_R2_a_change_that_waits_for_the_purge_finds_the_actie_gone(
    log: Log, opschonen: Opschoning
) -> None:
    versie = await expired_actie(log)
    kept = await expired_actie(log, bewaartermijn=None)
    number = await announce(opschonen, sealed=True)
    async with log.pool.acquire() as connection:
        records = [await reading.current(connection, log.ring, each.actie_id) for each in (kept, versie)]
        after = [
            (record, next_version(record.versie, record.versie.inhoud, AUTEUR, datetime.now(UTC)))
            for record in records
            if record is not None
        ]
        async with connected(opschonen.database, PURGING) as purging:
            async with purging.transaction():
                assert await purging.fetchval("select voer_opschoning_uit($1)", number) == []
                changing = asyncio.create_task(log.writer.succeed(connection, after))
                done, _ = await asyncio.wait({changing}, timeout=0.5)
                assert not done
            assert not await changing
    assert not await opschonen.there(versie)
    assert (await opschonen.rows(["versie", "opvolging"])) == {"versie": 1, "opvolging": 0}


async def test_R2_a_purge_that_waits_for_a_change_leaves_the_actie(log: Log, opschonen: Opschoning) -> None:
    versie = await expired_actie(log)
    number = await announce(opschonen, sealed=True)
    async with connected(opschonen.database) as writer, connected(opschonen.database, PURGING) as purging:
        actie = await writer.fetchval("select volgnummer from versie")
        opschonen.tampered = True  # a claim of a version that never comes
        transaction = writer.transaction()
        await transaction.start()
        await writer.execute("insert into opvolging (actie, nummer) values ($1, 2)", actie)
        going = asyncio.create_task(purging.fetchval("select voer_opschoning_uit($1)", number))
        done, _ = await asyncio.wait({going}, timeout=0.5)
        assert not done
        await transaction.commit()
        assert await going == [actie]
    assert await opschonen.there(versie)


async def test_R2_one_purge_runs_at_a_time(opschonen: Opschoning) -> None:
    async with opschonen.begun() as first, opschonen.begun() as second:
        await purge(first)
        with pytest.raises(PurgeRefused, match="loopt al"):
            await purge(second)


async def test_R3_the_next_run_ends_what_was_announced(log: Log, opschonen: Opschoning) -> None:
    versie = await expired_actie(log)
    number = await announce(opschonen, sealed=False)
    verslag = await opschonen()
    assert (verslag.manifesten, verslag.acties, verslag.vervallen_manifesten) == ([number], 1, [])
    assert not await opschonen.there(versie)
    assert await opschonen.rows(["open_opschoning", *TABLES]) == dict.fromkeys(
        ["open_opschoning", *TABLES], 0
    )


async def test_R2_what_was_announced_stays_where_the_terms_are_others_by_now(
    log: Log, opschonen: Opschoning
) -> None:
    versie = await expired_actie(log, bewaartermijn=None)
    async with opschonen.begun(regels("P1Y")) as run:

        async def end(_: Sequence[int]) -> None:
            raise Interrupted

        with pytest.raises(Interrupted):
            await purge(replace(run, seal=end))
    verslag = await opschonen(regels("P100Y"))
    assert (verslag.acties, len(verslag.vervallen_manifesten)) == (0, 1)
    assert await opschonen.there(versie)
    [number] = verslag.vervallen_manifesten
    await refused(opschonen, f"select voer_opschoning_uit({number})", "niet verzegeld")
    assert (await opschonen(regels("P1Y"))).acties == 1
