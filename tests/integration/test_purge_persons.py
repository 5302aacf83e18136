"""Whom something refers to stays, others are shredded; who reads or writes meanwhile never stumbles (R2)."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest
from msgspec.structs import replace

from tests.support.purging import TABLES, Opschoning, change, connected
from tests.support.store import OTHER, PERSON, a_version
from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.toegang import Aanroeper, Scope
from verwerkingenlog.domain.verwerkingsactie import Versie, verwerkt_object_id
from verwerkingenlog.domain.zoekvraag import Zoekvraag
from verwerkingenlog.errors import InvalidInput, NotFound
from verwerkingenlog.operations import change as changing
from verwerkingenlog.operations.find import find, find_more
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.opschoning.purge import purge
from verwerkingenlog.operations.read import history, history_more, read, read_occurrence
from verwerkingenlog.operations.register import IdempotencyKey, register
from verwerkingenlog.storage import reading
from verwerkingenlog.storage.sql import query
from verwerkingenlog.storage.writing import is_stale

READER = Aanroeper("zaaksysteem", "medewerker-1", frozenset(Scope))
UNEXPLAINED = Leesgegevens()


async def registered(log: Log, versie: Versie) -> Versie:
    await log.group_commit.register(versie)
    return versie


async def found(log: Log, api: str = "bewerking") -> list[str]:
    vraag = Zoekvraag(gevraagd=PERSON, page_size=100)
    pagina = await find(log, READER, api, vraag, UNEXPLAINED)  # type: ignore[arg-type]
    return [
        vondst.versie.actie_id
        for vondst in pagina.results
        if vondst.versie.inhoud.actie_naam == "Zoeken personen"
    ]


async def test_R2_a_person_goes_with_the_last_that_refers_to_them(log: Log, opschonen: Opschoning) -> None:
    await registered(log, a_version(PERSON, OTHER, bewaartermijn="P1Y"))
    kept = await registered(log, a_version(PERSON))
    verslag = await opschonen()
    assert verslag.betrokkenen == 1
    assert (await opschonen.rows(["betrokkene"])) == {"betrokkene": 1}
    assert await found(log) == [kept.actie_id]


@pytest.mark.parametrize("as_", ["afnemer", "former"])
async def test_R2_a_person_stays_whom_anything_refers_to(log: Log, opschonen: Opschoning, as_: str) -> None:
    await registered(log, a_version(PERSON, bewaartermijn="P1Y"))
    if as_ == "afnemer":
        await registered(log, a_version(OTHER, soort_afnemer_id="BSN", afnemer_id=PERSON.object_id))
    else:
        await change(log, await registered(log, a_version(PERSON)), verwerkte_objecten=(OTHER,))
    assert (await opschonen()).betrokkenen == 0
    assert (await opschonen.rows(["betrokkene"])) == {"betrokkene": 2}


async def test_R2_an_afnemer_is_shredded_as_any_person(log: Log, opschonen: Opschoning) -> None:
    await registered(log, a_version(soort_afnemer_id="BSN", afnemer_id=OTHER.object_id, bewaartermijn="P1Y"))
    assert (await opschonen()).betrokkenen == 2
    assert await opschonen.rows() == dict.fromkeys(TABLES, 0)


async def test_R2_a_worker_that_remembers_a_shredded_person_logs_them_anew(
    log: Log, opschonen: Opschoning
) -> None:
    await registered(log, a_version(PERSON, bewaartermijn="P1Y"))
    await opschonen()
    again = await registered(log, a_version(PERSON, bewaartermijn="P1Y"))
    assert (await opschonen.rows(["betrokkene", "kenmerken", "objectkenmerken"])) == {
        "betrokkene": 1,
        "kenmerken": 1,
        "objectkenmerken": 1,
    }
    assert await found(log) == [again.actie_id]


async def test_R2_a_change_by_a_worker_that_remembers_a_shredded_person_works(
    log: Log, opschonen: Opschoning
) -> None:
    await registered(log, a_version(PERSON, bewaartermijn="P1Y"))
    kept = await registered(log, a_version(OTHER))
    await opschonen()
    after = await change(log, kept, verwerkte_objecten=(PERSON,))
    assert await found(log) == [after.actie_id]


async def test_R2_numbers_from_before_the_purge_are_refused(log: Log, opschonen: Opschoning) -> None:
    await registered(log, a_version(PERSON, bewaartermijn="P1Y"))
    async with log.pool.acquire() as connection:
        records = await log.writer.new_records(connection, [a_version(PERSON, bewaartermijn="P1Y")])
        numbers = await log.writer.resolve(connection, records)
        await opschonen()
        with pytest.raises(asyncpg.PostgresError) as refusal:
            await log.writer.insert(connection, records, numbers)
    assert is_stale(refusal.value)
    assert await opschonen.rows() == dict.fromkeys(TABLES, 0)


async def test_R2_attributes_go_with_the_last_version_that_has_them(log: Log, opschonen: Opschoning) -> None:
    await registered(log, a_version(bewaartermijn="P1Y", systeem="Weg"))
    await registered(log, a_version(bewaartermijn="P1Y", systeem="Blijft"))
    await registered(log, a_version(bewaartermijn="P100Y", systeem="Blijft"))
    verslag = await opschonen()
    assert verslag.kenmerken == 2
    assert (await opschonen.rows(["kenmerken", "objectkenmerken", "mogelijk_wees"])) == {
        "kenmerken": 1,
        "objectkenmerken": 1,
        "mogelijk_wees": 0,
    }


async def test_R2_attributes_on_their_way_out_stay_for_who_was_just_in_time(
    log: Log, opschonen: Opschoning
) -> None:
    await registered(log, a_version(bewaartermijn="P1Y"))
    await opschonen()
    kept = await registered(log, a_version())
    async with connected(opschonen.database) as connection:
        numbers = await connection.fetchrow(
            "select (select array_agg(id) from kenmerken), (select array_agg(id) from objectkenmerken)"
        )
        await connection.execute("select trek_kenmerken_terug($1, $2)", *numbers)
        await connection.execute(
            "insert into mogelijk_wees select 'kenmerken', unnest($1::int[])", numbers[0]
        )
    assert (await opschonen()).kenmerken == 0
    assert await found(log) == [kept.actie_id]
    # Nobody finds the old row any more; the same attributes get a row of their own.
    await registered(log, a_version())
    assert (await opschonen.rows(["kenmerken"])) == {"kenmerken": 3}  # those of the entry of the read, too


@pytest.mark.parametrize("api", ["bewerking", "inzage"])
async def test_G5_a_page_under_way_leaves_out_what_was_purged(
    log: Log, opschonen: Opschoning, api: str
) -> None:
    for _ in range(2):
        await registered(log, a_version(bewaartermijn="P1Y"))
    kept = await registered(log, a_version())
    vraag = Zoekvraag(gevraagd=PERSON, page_size=1)
    pagina = await find(log, READER, api, vraag, UNEXPLAINED)  # type: ignore[arg-type]
    await opschonen()
    seen = [vondst.versie.actie_id for vondst in pagina.results]
    while pagina.next is not None:
        pagina = await find_more(log, READER, api, pagina.next)  # type: ignore[arg-type]
        seen += [vondst.versie.actie_id for vondst in pagina.results]
    assert kept.actie_id in seen
    assert len(seen) <= 2


async def test_G5_what_goes_between_two_statements_of_a_read_is_left_out(
    log: Log, opschonen: Opschoning
) -> None:
    gone = await registered(log, a_version(bewaartermijn="P1Y"))
    empty = await registered(
        log,
        replace(
            a_version(), nummers=(), inhoud=replace(gone.inhoud, verwerkte_objecten=(), bewaartermijn=None)
        ),
    )
    async with log.pool.acquire() as connection:
        rows = [await connection.fetchrow(query("versies/current"), each.actie_id) for each in (gone, empty)]
        place = reading.Place(gone.inhoud.tijdstip.instant, gone.actie_id, 1)
        occurrence = reading.Occurrence(place, rows[0]["volgnummer"])
        person = await connection.fetchval("select betrokkene from versie where betrokkene is not null")
        await opschonen()
        records = await reading.whole(connection, log.ring, rows)
        assert [record.versie for record in records] == [empty]
        assert await reading.of_person(connection, log.ring, [occurrence], person) == {}


async def test_A1_H1_I5_what_was_purged_is_not_found(log: Log, opschonen: Opschoning) -> None:
    versie = await registered(log, a_version(bewaartermijn="P1Y"))
    versie = await change(log, versie, actie_naam="Anders")
    pagina = await history(log, READER, versie.actie_id, 1, UNEXPLAINED)
    await opschonen()
    with pytest.raises(NotFound):
        await read(log, READER, versie.actie_id, UNEXPLAINED)
    with pytest.raises(NotFound):
        await read_occurrence(log, READER, verwerkt_object_id(versie.actie_id, 1), UNEXPLAINED)
    with pytest.raises(NotFound):
        await history(log, READER, versie.actie_id, 1, UNEXPLAINED)
    assert pagina.next is not None
    assert (await history_more(log, READER, pagina.next)).results == []
    with pytest.raises(InvalidInput):
        await changing.remove(log, READER, versie.actie_id)


async def test_P6_a_key_whose_actie_was_purged_is_new_again(log: Log, opschonen: Opschoning) -> None:
    key = IdempotencyKey("sleutel", b"{}")
    inhoud = a_version(bewaartermijn="P1Y").inhoud
    first = await register(log, READER, inhoud, key)
    assert await register(log, READER, inhoud, key) == first
    await opschonen()
    assert (await opschonen.rows(["idempotentie"])) == {"idempotentie": 0}
    assert (await register(log, READER, inhoud, key)).actie_id != first.actie_id


async def slowly(opschonen: Opschoning) -> int:
    """Purge with some time between what is said and what is done; give how many acties went."""
    async with opschonen.begun() as run:

        async def seal(records: Sequence[int]) -> None:
            await asyncio.sleep(0.05)
            await run.seal(records)

        return (await purge(replace(run, seal=seal))).acties


async def test_R2_a_purge_runs_beside_who_reads_writes_and_changes(log: Log, opschonen: Opschoning) -> None:
    expired = [a_version(PERSON, OTHER, bewaartermijn="P1Y") for _ in range(300)]
    await asyncio.gather(*(log.group_commit.register(versie) for versie in expired))
    kept: list[Versie] = []
    refusals = 0
    busy = True

    async def write() -> None:
        while busy:
            versie = await registered(log, a_version(PERSON))
            kept.append(await change(log, versie, gebruiker="medewerker-9"))

    async def alter() -> None:
        nonlocal refusals
        for versie in expired[::7]:
            try:
                inhoud = replace(versie.inhoud, bewaartermijn="P100Y")
                kept.append(await changing.replace(log, READER, versie.actie_id, inhoud))
            except InvalidInput:
                refusals += 1

    async def look() -> None:
        while busy:
            await found(log)

    others = [asyncio.create_task(work()) for work in (write, look)]
    _, removed = await asyncio.gather(alter(), slowly(opschonen))
    busy = False
    await asyncio.gather(*others)
    removed += (await opschonen()).acties
    altered = len(expired[::7]) - refusals
    assert removed == len(expired) - altered
    assert set(await found(log)) <= {versie.actie_id for versie in kept}
    for versie in kept:
        async with log.pool.acquire() as connection:
            record = await reading.current(connection, log.ring, versie.actie_id)
        assert record is not None
        assert record.versie == versie
    await opschonen.check()
