"""What a read costs: it grows with the entries of its person, not with their square or with the log."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from tests.support.postgres import psql
from tests.support.store import AUTEUR, OTHER, PERSON, a_version
from verwerkingenlog.domain.applicatie import Api
from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.toegang import Aanroeper, Scope
from verwerkingenlog.domain.vertrouwelijkheid import Klasse
from verwerkingenlog.domain.verwerkingsactie import (
    Versie,
    VerwerktObject,
    betrokkenen_of,
    next_version,
    verwerkt_object_id,
)
from verwerkingenlog.domain.zoekvraag import Zoekvraag
from verwerkingenlog.operations.find import find
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.read import read_occurrence
from verwerkingenlog.storage import reading
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.reading import Selection
from verwerkingenlog.storage.rows import Record
from verwerkingenlog.storage.sql import query

READER = Aanroeper("zaaksysteem", "medewerker-1", frozenset(Scope))
UNEXPLAINED = Leesgegevens()
REVISED = 1000
CROWD = 20_000
AFTER_ALL = "'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 2147483647"
BEFORE_ALL = "'-infinity', '00000000-0000-0000-0000-000000000000', 0"


async def write(log: Log, connection: Connection, versies: list[Versie]) -> list[Record]:
    records = await log.writer.new_records(connection, versies)
    await log.writer.insert(connection, records, await log.writer.resolve(connection, records))
    return records


async def revise(log: Log, connection: Connection, records: list[Record]) -> None:
    changes = [
        (record, next_version(record.versie, record.versie.inhoud, AUTEUR, datetime.now(UTC)))
        for record in records
    ]
    assert await log.writer.succeed(connection, changes)


async def work(connection: Connection, name: str, arguments: str) -> int:
    """Give how many rows the steps of a named query touch, by the plan that suits any person."""
    await connection.execute("set plan_cache_mode = force_generic_plan")
    await connection.execute(f"prepare counted as {query(name)}")
    plan = await connection.fetchval(f"explain (analyze, format json) execute counted({arguments})")
    await connection.execute("deallocate counted")
    return int(sum(_rows(json.loads(plan)[0]["Plan"])))


def _rows(step: dict[str, Any]) -> Iterator[float]:
    removed = sum(amount for label, amount in step.items() if label.startswith("Rows Removed"))
    yield (step["Actual Rows"] + removed) * step["Actual Loops"]
    for inner in step.get("Plans", ()):
        yield from _rows(inner)


def at_moments(versies: list[Versie]) -> list[Versie]:
    """Give each version a moment of its own."""
    return [
        replace(
            versie,
            inhoud=replace(
                versie.inhoud,
                tijdstip=replace(versie.inhoud.tijdstip, instant=versie.inhoud.tijdstip.instant + moment),
            ),
        )
        for moment, versie in enumerate(versies)
    ]


@pytest.mark.parametrize("cluster", [18, 16], indirect=True)
async def test_G5_many_changed_acties_of_one_person_cost_no_more_than_their_number(
    log: Log, cluster: Cluster, database: str
) -> None:
    others = [a_version(VerwerktObject("nummer", str(number))) for number in range(3000)]
    async with log.pool.acquire() as connection:
        await revise(log, connection, await write(log, connection, others))
        mine = at_moments([a_version() for _ in range(REVISED)])
        await revise(log, connection, await write(log, connection, mine))
        psql(cluster, "analyze", url=database)
        person = await log.writer.betrokkenen.find(connection, betrokkenen_of([PERSON])[0])
        of_person = f"{person}, '{{0,1,2}}', '-infinity', 'infinity', null, false"
        assert await work(connection, "occurrences/count", of_person) < 20 * REVISED
        for name, place in (("occurrences/older", AFTER_ALL), ("occurrences/newer", BEFORE_ALL)):
            assert await work(connection, name, f"{of_person}, {place}, 0, 101") < 20 * REVISED


@pytest.mark.parametrize("cluster", [18, 16], indirect=True)
@pytest.mark.parametrize("elsewhere", [0, 300], ids=["own-rows-alone", "rows-of-both-kinds"])
async def test_G5_a_page_costs_its_length_however_many_entries_the_person_has(
    log: Log, cluster: Cluster, database: str, elsewhere: int
) -> None:
    others = [a_version(VerwerktObject("nummer", str(number))) for number in range(2000)]
    mine = [a_version() for _ in range(2000)] + [a_version(PERSON, OTHER) for _ in range(elsewhere)]
    async with log.pool.acquire() as connection:
        await write(log, connection, others + at_moments(mine))
        psql(cluster, "analyze", url=database)
        person = await log.writer.betrokkenen.find(connection, betrokkenen_of([PERSON])[0])
        of_person = f"{person}, '{{0,1,2}}', '-infinity', 'infinity', null, false"
        for name, place in (("occurrences/older", AFTER_ALL), ("occurrences/newer", BEFORE_ALL)):
            async with connection.transaction():
                await connection.execute(query("occurrences/in_order"))
                assert await work(connection, name, f"{of_person}, {place}, 0, 101") < 20 * 101


async def test_G5_what_a_page_asks_of_the_planner_ends_with_its_query(log: Log) -> None:
    klassen = frozenset({Klasse.NORMAAL})
    nobody = Selection(0, klassen, reading.BEFORE_ALL, reading.AFTER_ALL, None, each_occurrence=False)
    async with log.pool.acquire() as connection, connection.transaction():
        await reading.page(connection, nobody, reading.Beyond(reading.FIRST, older=True, but=0), 101)
        assert await connection.fetchval("show enable_sort") == "on"


async def test_G2_the_others_of_an_actie_cost_a_person_nothing(
    log: Log, cluster: Cluster, database: str
) -> None:
    crowd = tuple(VerwerktObject("nummer", str(number)) for number in range(CROWD))
    async with log.pool.acquire() as connection:
        [record] = await write(log, connection, [a_version(*crowd, PERSON)])
        await write(log, connection, [a_version(PERSON)])
        psql(cluster, "analyze", url=database)
        person = await log.writer.betrokkenen.find(connection, betrokkenen_of([PERSON])[0])
        versies = f"'{{{record.volgnummer}}}', {person}"
        moment = record.versie.inhoud.tijdstip.text
        assert await work(connection, "occurrences/of_person", f"{versies}, '{{{moment}}}'") < 20
        assert await work(connection, "versies/of_person", versies) < 20


@pytest.mark.parametrize("api", ["bewerking", "inzage"])
async def test_G2_a_person_who_is_in_one_actie_very_often_can_be_read(log: Log, api: Api) -> None:
    # With the square of this number it would take hours, and end at the timeout of a statement.
    versie = a_version(*[PERSON] * (5 * CROWD))
    await log.group_commit.register(versie)
    vraag = Zoekvraag(gevraagd=PERSON, page_size=2)
    [vondst, *_] = (await find(log, READER, api, vraag, UNEXPLAINED)).results
    assert not vondst.onvolledig
    assert len(vondst.versie.nummers) == 5 * CROWD


async def test_I4_I5_one_occurrence_is_read_without_the_others(log: Log) -> None:
    versie = a_version(OTHER, PERSON, OTHER, PERSON)
    await log.group_commit.register(versie)
    found = await read_occurrence(log, READER, verwerkt_object_id(versie.actie_id, 4), UNEXPLAINED)
    assert found.nummer == 4
    assert found.onvolledig
    assert found.versie.nummers == (2, 4)
    assert set(found.versie.inhoud.verwerkte_objecten) == {PERSON}
