"""The logs that the bench reads from hold what its figures say."""

from pathlib import Path

import pytest

from bench import postgres
from bench.filling import BASE, CROWDED, ENTRIES, PERSONS, fill
from bench.plans import explained
from bench.verhuizing import Place, new_log
from verwerkingenlog.domain.betrokkene import Betrokkene
from verwerkingenlog.domain.vertrouwelijkheid import Klasse
from verwerkingenlog.domain.verwerkingsactie import VerwerktObject, betrokkenen_of
from verwerkingenlog.operations.installation import check_installation
from verwerkingenlog.storage import reading
from verwerkingenlog.storage.database import SERVING, connect
from verwerkingenlog.storage.dictionaries import Betrokkenen
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.reading import AFTER_ALL, BEFORE_ALL, Selection

RECORDS = 2 * BASE


def person(bsn: str) -> Betrokkene:
    return betrokkenen_of([VerwerktObject("BSN", bsn)])[0]


@pytest.fixture
def place(cluster: Cluster, tmp_path: Path) -> Place:
    return new_log(cluster, tmp_path, "bench_filled")


async def test_G1_a_filled_log_holds_as_many_entries_of_a_person_as_the_figures_say(
    cluster: Cluster, place: Place
) -> None:
    await fill(place, cluster, RECORDS)
    connection = await connect(place.url, SERVING)
    betrokkenen = Betrokkenen(await check_installation(connection, place.ring))

    async def entries(bsn: str) -> int:
        number = await betrokkenen.find(connection, person(bsn)) or 0
        klassen = frozenset([Klasse.NORMAAL])
        selection = Selection(number, klassen, BEFORE_ALL, AFTER_ALL, None, each_occurrence=False)
        return await reading.count(connection, selection)

    assert postgres.count(cluster, url=place.url) == RECORDS
    assert {await entries(bsn) for bsn in PERSONS} == {ENTRIES}
    assert await entries(CROWDED) == ENTRIES + BASE // 2
    await connection.close()
    statements = {name.partition("`")[2].strip("`") for name, _ in await explained(place)}
    assert {"occurrences/count", "occurrences/older", "versies/of_person"} <= statements
