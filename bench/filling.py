"""Logs to read from: some entries written by the log itself, each copied in the tables as often as it takes.

A copy has no leaf in the tree, and nobody can open its person: these logs are for reading the pages of the
others. Their entries lie spread over the whole log, as they would have come in.
"""

import os
from datetime import UTC, datetime
from itertools import count, islice
from typing import Final

from bench import postgres
from bench.messages import message
from bench.verhuizing import Place
from verwerkingenlog.api.bewerking.wire import read_quickly
from verwerkingenlog.domain.verwerkingsactie import (
    Auteur,
    Versie,
    VerwerktObject,
    actie_id_from,
    betrokkenen_of,
    first_version,
)
from verwerkingenlog.operations.installation import check_installation
from verwerkingenlog.storage.database import SERVING, connect
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.writing import Writer

ENTRIES: Final = 50
"""How many each of `PERSONS` has."""
PERSONS: Final = tuple(str(999_970_000 + number) for number in range(180))
CROWDED: Final = "999969999"
CROWD: Final = 100_000
"""About how many entries `CROWDED` has, in a log of a million records or more."""
BASE: Final = 10_000
"""What is written by the log itself; the least that a log can be filled with."""
_BATCH: Final = BASE // ENTRIES
_FIRST_OTHER: Final = 999_971_000
_AUTEUR: Final = Auteur("bench", "medewerker-0")


async def fill(place: Place, cluster: Cluster, records: int) -> None:
    """Fill an empty log with so many records, `BASE` or more. Raises `ValueError` where it was not empty."""
    await _fill(place, cluster, records)
    postgres.psql(cluster, postgres.statement("settle"), url=place.url)
    counted = postgres.count(cluster, url=place.url)
    if counted != records:
        raise ValueError(f"The log was to hold {records} records, and holds {counted}.")


async def _fill(place: Place, cluster: Cluster, records: int) -> None:
    copies = (records - BASE) // ENTRIES
    persons = copies or 1
    people = int(postgres.run_file(cluster, place.url, "people", persons=persons))
    connection = await connect(place.url, SERVING)
    try:
        writer = Writer(await check_installation(connection, place.ring), os.urandom)
        others = count(_FIRST_OTHER)
        for batch in range(ENTRIES):
            about = [*PERSONS, *(str(other) for other in islice(others, _BATCH - len(PERSONS) - 1)), CROWDED]
            versies = [_versie(batch * _BATCH + place_, person) for place_, person in enumerate(about)]
            new = await writer.new_records(connection, versies)
            await writer.insert(connection, new, await writer.resolve(connection, new))
            if copies:
                (crowded,) = betrokkenen_of([VerwerktObject("BSN", CROWDED)])
                postgres.run_file(
                    cluster,
                    place.url,
                    "multiply",
                    first=new[0].volgnummer,
                    length=_BATCH,
                    copies=copies,
                    every=max(round(copies * ENTRIES / CROWD), 2),
                    crowded=await writer.betrokkenen.find(connection, crowded) or 0,
                    people=people,
                    persons=persons,
                )
    finally:
        await connection.close()


def _versie(number: int, person: str) -> Versie:
    inhoud = read_quickly(message(number, person), whole=False)
    assert inhoud is not None  # noqa: S101 - a test proves it of all messages
    return first_version(actie_id_from(os.urandom(16)), inhoud, _AUTEUR, datetime.now(UTC))
