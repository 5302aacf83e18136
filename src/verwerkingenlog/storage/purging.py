"""What the purge reads and takes away (rules R2, R3); the functions of the schema guard every deletion."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

import asyncpg

from verwerkingenlog.domain.bewaartermijn import Duur
from verwerkingenlog.storage.database import Connection, instant_of, instant_parameter
from verwerkingenlog.storage.rows import columns
from verwerkingenlog.storage.sql import query

_HOUR: Final = 3_600_000_000
_SECOND: Final = 1_000_000
_TERM_COLUMNS: Final = 5
_PERSONS: Final = 2000


class Venster(NamedTuple):
    """A stretch of record numbers, and which kenmerken the versions in it have."""

    na: int
    tot_en_met: int
    kenmerken: Sequence[int]


class Kenmerk(NamedTuple):
    """What decides on the term of a version, and what it is counted under."""

    bewaartermijn: str | None
    verwerkingsactiviteit_id: str | None
    systeem: str


class Verlopen(NamedTuple):
    """An actie past its term: `tijdstip` is the instant and `kenmerken` the number of its current version."""

    actie: int
    versies: tuple[int, ...]
    rijen: int
    tijdstip: int
    kenmerken: int


class OpenManifest(NamedTuple):
    """A manifest that was not carried out, its acties that are still there, and where they lie."""

    beheer: int
    acties: frozenset[int]
    eerste: int
    laatste: int


async def take_turn(connection: Connection) -> bool:
    """Become the only purge, for as long as this connection lasts, with the clock of the Netherlands.

    False where another one runs.
    """
    row = await connection.fetchrow(query("opschoning/turn"))
    return row is not None and row["mine"]


async def last_number(connection: Connection) -> int:
    """Give the highest number of a version."""
    number: int = await connection.fetchval(query("opschoning/last"))
    return number


async def window(connection: Connection, after: int, length: int) -> Venster | None:
    """Give the stretch with the next `length` versions; None where there are no more."""
    row = await connection.fetchrow(query("opschoning/window"), after, length)
    if row is None or row["laatste"] is None:
        return None
    return Venster(after, row["laatste"], row["kenmerken"])


async def kenmerken(connection: Connection, numbers: Collection[int]) -> dict[int, Kenmerk]:
    """Give what these numbers stand for."""
    return {
        row["id"]: Kenmerk(row["bewaartermijn"], _text(row["verwerkingsactiviteit_id"]), row["systeem"])
        for row in await connection.fetch(query("opschoning/kenmerken"), list(numbers))
    }


async def expired(
    connection: Connection, after: int, until: int, terms: Mapping[int, Duur], now: int
) -> list[Verlopen]:
    """Give the acties whose current version lies after one number and up to another, past its term.

    `terms` gives the term by the number of the kenmerken; versions with others are kept. `now` is an instant.
    """
    rows = await connection.fetch(
        query("opschoning/expired"),
        *columns((_term(number, duur) for number, duur in terms.items()), _TERM_COLUMNS),
        after,
        until,
        instant_parameter(now),
    )
    versies = await _versies(connection, rows)
    sizes = await _sizes(connection, [number for numbers in versies.values() for number in numbers])
    return [
        Verlopen(
            row["actie"],
            versies[row["actie"]],
            sum(1 + sizes.get(number, 0) for number in versies[row["actie"]]),
            instant_of(row["tijdstip"]),
            row["kenmerken"],
        )
        for row in rows
    ]


async def write_manifest(connection: Connection, beheer: int, versies: Sequence[int]) -> None:
    """Write which versions go with this record, in the transaction of that record."""
    await connection.execute(query("opschoning/manifest"), beheer, versies)


async def open_manifests(connection: Connection) -> list[OpenManifest]:
    """Give the manifests that an earlier run made and did not carry out."""
    return [
        OpenManifest(row["beheer"], frozenset(row["acties"]), row["eerste"] or 0, row["laatste"] or 0)
        for row in await connection.fetch(query("opschoning/open"))
    ]


async def drop_manifest(connection: Connection, beheer: int) -> None:
    """Let a manifest lapse: nothing goes by it any more."""
    await connection.execute(query("opschoning/drop"), beheer)


async def are_sealed(connection: Connection, records: Sequence[int]) -> bool:
    """Tell whether all these records are in the tree."""
    sealed: bool = await connection.fetchval(query("opschoning/sealed"), records)
    return sealed


async def carry_out(connection: Connection, beheer: int) -> frozenset[int]:
    """Remove what a manifest names, in one transaction. Gives the acties that stay: they changed meanwhile.

    The database refuses it unless the manifest is sealed, open, and the one that its record tells of.
    """
    return frozenset(await connection.fetchval(query("opschoning/carry_out"), beheer))


async def forget_persons(connection: Connection, after: int) -> tuple[int | None, int]:
    """Remove of the next persons that a purge may have left alone those that nothing refers to.

    Gives the last number that was looked at, or None where there are no more, and how many went.
    """
    rows = await connection.fetch(query("opschoning/persons"), after, _PERSONS)
    if not rows:
        return None, 0
    free = [row["id"] for row in rows if row["vrij"]]
    await connection.execute(query("opschoning/keep_persons"), [row["id"] for row in rows if not row["vrij"]])
    gone = await connection.fetchval(query("opschoning/forget_persons"), free) if free else 0
    return rows[-1]["id"], gone


async def remove_attributes(connection: Connection) -> int:
    """Remove the kenmerken and objectkenmerken that a purge left alone; give how many.

    First nothing new may come to refer to them; only then it is sure that nothing does.
    """
    free = defaultdict(list)
    for row in await connection.fetch(query("opschoning/attributes")):
        free[row["tabel"]].append(row["id"])
    if free:
        await connection.execute(
            query("opschoning/retire_attributes"), free["kenmerken"], free["objectkenmerken"]
        )
    gone: int = await connection.fetchval(query("opschoning/remove_attributes"))
    return gone


async def _versies(connection: Connection, rows: Sequence[asyncpg.Record]) -> Mapping[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {row["actie"]: (row["volgnummer"],) for row in rows}
    changed = [row["actie_id"] for row in rows if row["nummer"] > 1]
    if changed:
        numbers = defaultdict(list)
        for row in await connection.fetch(query("opschoning/versies"), changed):
            numbers[row["actie"]].append(row["volgnummer"])
        found |= {actie: tuple(its) for actie, its in numbers.items()}
    return found


async def _sizes(connection: Connection, versies: Sequence[int]) -> dict[int, int]:
    return dict(await connection.fetch(query("opschoning/sizes"), versies)) if versies else {}


def _term(number: int, duur: Duur) -> tuple[int, int, int, int, float]:
    hours, rest = divmod(duur.microseconds, _HOUR)
    return number, duur.months, duur.days, hours, rest / _SECOND


def _text(value: object) -> str | None:
    return None if value is None else str(value)
