"""Reading versions and occurrences, current and past (rules G1-G5, H1, I1-I5).

Rows are never changed, so once a statement has told which versions count, reading them needs no transaction.
But a purge may take an actie away between two statements, always as a whole: then it is left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from verwerkingenlog.domain.vertrouwelijkheid import Klasse
from verwerkingenlog.domain.verwerkingsactie import Versie, VerwerktObject
from verwerkingenlog.storage.database import INFINITY, Connection, instant_of, instant_parameter
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.rows import KLASSE_NUMBER, Record, object_from, record_from
from verwerkingenlog.storage.sql import query

BEFORE_ALL: Final = -INFINITY - 1
AFTER_ALL: Final = INFINITY


class Selection(NamedTuple):
    """Which of a person's entries are asked; `begin` and `eind` are instants, the second exclusive."""

    betrokkene: int
    klassen: frozenset[Klasse]
    begin: int
    eind: int
    verwerkingsactiviteit_id: str | None
    each_occurrence: bool
    """Every occurrence (Inzage) or every actie once (Bewerking)."""

    def parameters(self) -> tuple[Any, ...]:
        """Give the first six parameters of the queries on occurrences."""
        return (
            self.betrokkene,
            [KLASSE_NUMBER[klasse] for klasse in self.klassen],
            instant_parameter(self.begin),
            instant_parameter(self.eind),
            self.verwerkingsactiviteit_id,
            self.each_occurrence,
        )


class Place(NamedTuple):
    """A place in the order of entries: tijdstip (instant), actieId, number of the occurrence (rule G5)."""

    tijdstip: int
    actie_id: str
    nummer: int


LOWEST: Final = 0
HIGHEST: Final = 2**31 - 1
"""Before and after every number of an occurrence."""

FIRST: Final = Place(INFINITY, "ffffffff-ffff-ffff-ffff-ffffffffffff", HIGHEST)


class Beyond(NamedTuple):
    """From where to read on, in which direction, and the number of an actie to leave out.

    What stands at the place itself is newer, so that both directions together miss nothing.
    """

    place: Place
    older: bool
    but: int


class Occurrence(NamedTuple):
    """One entry of a page: where it is in the order, and the number of the version that holds it."""

    place: Place
    versie: int


class PersonRecord(NamedTuple):
    """A version with only one person's occurrences in it, and whether others were left out (rule G2)."""

    versie: Versie
    onvolledig: bool


async def count(connection: Connection, selection: Selection) -> int:
    """Count the entries of a selection."""
    number: int = await connection.fetchval(query("occurrences/count"), *selection.parameters())
    return number


async def page(connection: Connection, selection: Selection, beyond: Beyond, length: int) -> list[Occurrence]:
    """Give at most `length` entries beyond a place, the nearest first."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(query("occurrences/in_order"))
        rows = await connection.fetch(
            query("occurrences/older" if beyond.older else "occurrences/newer"),
            *selection.parameters(),
            instant_parameter(beyond.place.tijdstip),
            beyond.place.actie_id,
            beyond.place.nummer,
            beyond.but,
            length,
        )
    finally:
        # Back, and not done: what was set would last as long as a transaction of the caller, whose next query
        # would then rather walk through an index on the whole log than sort its few rows.
        await transaction.rollback()
    return [
        Occurrence(Place(instant_of(row["tijdstip"]), str(row["actie_id"]), row["nummer"]), row["versie"])
        for row in rows
    ]


async def of_person(
    connection: Connection, ring: KeyRing, occurrences: Iterable[Occurrence], betrokkene: int
) -> dict[int, PersonRecord]:
    """Give the versions of these occurrences by number, each with only this person in it (rules G2, I4).

    One that was purged meanwhile is left out.
    """
    wanted = {occurrence.versie: occurrence.place.tijdstip for occurrence in occurrences}
    rows = await connection.fetch(query("versies/of_person"), list(wanted), betrokkene)
    moments = [instant_parameter(tijdstip) for tijdstip in set(wanted.values())]
    objects = _by_versie(
        await connection.fetch(query("occurrences/of_person"), list(wanted), betrokkene, moments)
    )
    return {
        row["volgnummer"]: PersonRecord(
            record_from(row, objects[row["volgnummer"]], ring).versie, row["onvolledig"]
        )
        for row in rows
        if row["volgnummer"] in objects
    }


async def current_of_person(
    connection: Connection, ring: KeyRing, actie_id: str, nummer: int
) -> PersonRecord | None:
    """Give the current version of an actie with only the person whose occurrence has this number (rule I5).

    None where there is no such occurrence, or the actie is vervallen.
    """
    row = await connection.fetchrow(query("occurrences/current"), actie_id, nummer)
    if row is None:
        return None
    occurrence = Occurrence(Place(instant_of(row["tijdstip"]), actie_id, nummer), row["versie"])
    return (await of_person(connection, ring, [occurrence], row["betrokkene"])).get(row["versie"])


async def current(connection: Connection, ring: KeyRing, actie_id: str) -> Record | None:
    """Give the newest version of an actie, vervallen or not; None where there is no such actie."""
    return await _one(connection, ring, query("versies/current"), actie_id)


async def first(connection: Connection, ring: KeyRing, actie_id: str) -> Record | None:
    """Give the version with which an actie began (rule P6)."""
    return await _one(connection, ring, query("versies/first"), actie_id)


async def by_number(connection: Connection, ring: KeyRing, volgnummers: Sequence[int]) -> list[Record]:
    """Give the versions with these numbers in the log, in the order of their numbers."""
    return await whole(connection, ring, await connection.fetch(query("versies/by_number"), volgnummers))


async def version(connection: Connection, ring: KeyRing, actie_id: str, nummer: int) -> Record | None:
    """Give the version of an actie with this number, vervallen or not."""
    rows = await connection.fetch(query("bewijs/versie"), actie_id, nummer)
    return next(iter(await whole(connection, ring, rows)), None)


async def of_verwerking(
    connection: Connection, ring: KeyRing, verwerking_id: str, *, afnemer: bool
) -> list[Record]:
    """Give the current versions of the acties of a verwerking, or of those of an afnemer's (rules W1, W4)."""
    name = "versies/of_verwerking_afnemer" if afnemer else "versies/of_verwerking"
    return await whole(connection, ring, await connection.fetch(query(name), verwerking_id))


async def history_count(connection: Connection, actie_id: str) -> int:
    """Count the versions of an actie."""
    number: int = await connection.fetchval(query("versies/history_count"), actie_id)
    return number


async def history(
    connection: Connection, ring: KeyRing, actie_id: str, newest: int, length: int
) -> list[Versie]:
    """Give at most `length` versions of an actie, from the version with number `newest` on back (rule H1)."""
    rows = await connection.fetch(query("versies/history"), actie_id, newest, newest - length)
    return [record.versie for record in await whole(connection, ring, rows)]


async def history_persons(connection: Connection, ring: KeyRing, actie_id: str) -> list[VerwerktObject]:
    """Give every person of any version of an actie, once (rule L1)."""
    return [
        object_from(row, ring) for row in await connection.fetch(query("versies/history_persons"), actie_id)
    ]


async def _one(connection: Connection, ring: KeyRing, sql: str, actie_id: str) -> Record | None:
    return next(iter(await whole(connection, ring, await connection.fetch(sql, actie_id))), None)


async def whole(connection: Connection, ring: KeyRing, rows: Sequence[asyncpg.Record]) -> list[Record]:
    """Give the records of these rows of `versie_volledig`, in the same order, with their persons.

    One that was purged meanwhile is left out.
    """
    wanted = [row["volgnummer"] for row in rows]
    objects = _by_versie(await connection.fetch(query("occurrences/of_versies"), wanted))
    gone = await _gone(connection, [number for number in wanted if number not in objects])
    return [
        record_from(row, objects[row["volgnummer"]], ring) for row in rows if row["volgnummer"] not in gone
    ]


async def _gone(connection: Connection, without_persons: Sequence[int]) -> set[int]:
    """Tell which of these versions are no more; a version may also have no persons."""
    if not without_persons:
        return set()
    rows = await connection.fetch(query("versies/present"), without_persons)
    return set(without_persons) - {row["volgnummer"] for row in rows}


def _by_versie(rows: Iterable[asyncpg.Record]) -> Mapping[int, list[asyncpg.Record]]:
    grouped: defaultdict[int, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        grouped[row["versie"]].append(row)
    return grouped
