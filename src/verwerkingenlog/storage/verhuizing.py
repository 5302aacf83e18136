"""What moving house asks of the tables: the whole log in order, and what of an archive is here already."""

from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from typing import NamedTuple

from verwerkingenlog.domain.beheer import Gebeurtenis
from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.storage import beheer, boom, reading
from verwerkingenlog.storage.beheer import Beheerrecord
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.rows import Record
from verwerkingenlog.storage.sql import query
from verwerkingenlog.storage.writing import leaves_before


class Geplaatst(NamedTuple):
    """A record and the number of its leaf; `record.vorige` is known."""

    record: Record
    blad: int


class Daad(NamedTuple):
    """What an administrator did, the number of its leaf and, of a purge, which versions it named."""

    record: Beheerrecord
    blad: int
    versies: tuple[int, ...]
    bladen: tuple[int | None, ...]
    """Where the leaf of each of these is; None for one that stayed."""


async def prefer_indexes(connection: Connection) -> None:
    """Have every page found by index, for as long as the connection lives."""
    await connection.execute(query("verhuizing/indexen"))


async def public_keys(connection: Connection) -> list[bytes]:
    """Give the public keys of all keys that ever signed."""
    return [row["publiek"] for row in await connection.fetch(query("verhuizing/sleutels"))]


async def waiting(connection: Connection) -> int:
    """Count the records that have no place in the tree yet."""
    count: int = await connection.fetchval(query("verhuizing/wachtend"))
    return count


async def acties(connection: Connection, ring: KeyRing, size: int) -> AsyncIterator[list[list[Geplaatst]]]:
    """Give a page at a time every actie, with its versions that are in the tree of this size, oldest first.

    In a transaction that sees one moment.
    """
    last = 0
    while rows := await connection.fetch(query("verhuizing/acties"), last):
        last = rows[-1]["actie"]
        placed = await _placed(connection, await reading.whole(connection, ring, rows), size)
        yield [list(actie) for _, actie in groupby(placed, key=lambda one: one.record.actie)]


async def daden(connection: Connection, size: int) -> AsyncIterator[Daad]:
    """Give what administrators did, as far as it is in the tree of this size."""
    last = 0
    while rows := await connection.fetch(query("verhuizing/beheer"), last):
        last = rows[-1]["volgnummer"]
        named = [number for row in rows for number in row["versies"] or ()]
        there = {row["volgnummer"] for row in await connection.fetch(query("versies/present"), named)}
        places = await boom.leaf_index(connection, [*named, *(row["volgnummer"] for row in rows)])
        for row in rows:
            blad = places.get(row["volgnummer"], size)
            if blad < size:
                versies = tuple(row["versies"] or ())
                bladen = tuple(None if number in there else places[number] for number in versies)
                yield Daad(beheer.from_row(row), blad, versies, bladen)


async def purged(connection: Connection) -> int:
    """Count the versions that purges took away."""
    count: int = await connection.fetchval(query("verhuizing/opgeschoond"))
    return count


async def present(
    connection: Connection, ring: KeyRing, actie_ids: Sequence[str]
) -> dict[str, tuple[Versie, ...]]:
    """Give the versions of those of these acties that are here, by actieId."""
    rows = await connection.fetch(query("verhuizing/aanwezig"), actie_ids)
    records = await reading.whole(connection, ring, rows)
    return {
        actie_id: tuple(record.versie for record in history)
        for actie_id, history in groupby(records, key=lambda record: record.versie.actie_id)
    }


async def take_turn(connection: Connection) -> bool:
    """Become the one that imports, for as long as the connection lives; False where another does."""
    taken: bool = await connection.fetchval(query("verhuizing/beurt"))
    return taken


async def was_imported(connection: Connection, wortel: str) -> bool:
    """Tell whether an import of the log with this root was ever completed."""
    done: bool = await connection.fetchval(query("verhuizing/klaar"), Gebeurtenis.IMPORT_KLAAR, wortel)
    return done


async def _placed(connection: Connection, records: Sequence[Record], size: int) -> list[Geplaatst]:
    places = await boom.leaf_index(connection, [record.volgnummer for record in records])
    vorige = await leaves_before(connection, records)
    return [
        Geplaatst(record._replace(vorige=leaf_before), places[record.volgnummer])
        for record, leaf_before in zip(records, vorige, strict=True)
        if places.get(record.volgnummer, size) < size
    ]
