"""What lies in the tables of the evidence itself, for the verification of the whole log (rule T3)."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from verwerkingenlog.ledger.checker import HASH_BYTES
from verwerkingenlog.storage.database import Connection, moment_of
from verwerkingenlog.storage.keyring import Sleutel
from verwerkingenlog.storage.sql import query
from verwerkingenlog.storage.verificatie.reading import split

_PAGE: Final = 100
_CHUNK: Final = 500


class Kop(NamedTuple):
    """The head, where all is None when it is gone; and the leaf up to which the seals go.

    `uitgegeven`: as many records as there can be, by the numbers that were given out.
    """

    naam: str | None
    grootte: int | None
    wortel: bytes | None
    checkpoint: str | None
    verzegeld: datetime | None
    verzegeld_tot: int
    uitgegeven: int


class Los(NamedTuple):
    """A seal that begins at another leaf than `verwacht`, where the one before it ends."""

    blad: int
    eerste: int
    aantal: int
    verwacht: int


class Manifestrij(NamedTuple):
    """A purge: its record, whether its list is there, the hash of that, and what the record says.

    `inhoud` is None where the record is gone.
    """

    beheer: int
    lijst: bool
    versies_sha256: str
    inhoud: str | None


class Sleutelrij(NamedTuple):
    """What the database says of a key."""

    id: int
    doel: str
    controle: bytes
    staat: str
    publiek: bytes | None
    gemaakt: datetime | None

    def differs_from(self, held: Sleutel) -> bool:
        """Tell whether this is not what it must say of the key in the ring."""
        gemaakt = None if held.gemaakt is None else datetime.fromisoformat(held.gemaakt)
        own = (held.doel, held.controle, held.publiek, gemaakt)
        return own != (self.doel, self.controle, self.publiek, self.gemaakt)


async def read_kop(connection: Connection) -> Kop:
    """Give the head, and how far the seals go."""
    row = await connection.fetchrow(query("verifying/kop"))
    return Kop(**{**row, "verzegeld": _moment(row["verzegeld"])})


async def read_edges(connection: Connection) -> dict[int, bytes]:
    """Give the partial tile of each level."""
    rows = await connection.fetch(query("verifying/rand"))
    return {row["niveau"]: row["hashes"] or b"" for row in rows if row["niveau"] is not None}


async def surplus_tiles(connection: Connection, size: int) -> list[tuple[int, int]]:
    """Give the tiles, as (level, number), that a tree of this size does not have."""
    rows = await connection.fetch(query("verifying/tegels_te_veel"), size)
    return [(row["niveau"], row["nummer"]) for row in rows]


async def loose_seals(connection: Connection) -> list[Los]:
    """Give the seals that do not follow on the one before them."""
    return [Los(*row.values()) for row in await connection.fetch(query("verifying/zegels_los"))]


async def double_seals(connection: Connection) -> list[tuple[int, int | None]]:
    """Give the seals (first record, leaf) and markers (first record, None) of what is sealed already."""
    rows = await connection.fetch(query("verifying/zegels_dubbel"))
    return [(row["eerste"], row["blad"]) for row in rows]


async def unclaimed_records(connection: Connection) -> AsyncIterator[list[int]]:
    """Give the numbers of records that no seal or marker holds, some at a time. Within a `snapshot`."""
    found: list[int] = []
    async for row in connection.cursor(query("verifying/toegevoegd"), prefetch=_CHUNK):
        found.append(row["volgnummer"])
        if len(found) == _CHUNK:
            yield found
            found = []
    if found:
        yield found


async def loose_claims(connection: Connection) -> list[tuple[int, int, str | None]]:
    """Give the claims (actie, version, actieId) on versions that are not there."""
    rows = await connection.fetch(query("verifying/opvolging_los"))
    return [(row["actie"], row["nummer"], row["actie_id"]) for row in rows]


async def read_markers(connection: Connection) -> AsyncIterator[dict[int, bytes]]:
    """Give the records that wait for their seal, each with its leaf, some at a time. Within a `snapshot`."""
    last = -(2**63)
    while rows := await connection.fetch(query("verifying/merken"), last, _PAGE):
        yield {
            row["eerste"] + place: hash_
            for row in rows
            for place, hash_ in enumerate(split(row["bladeren"] or b""))
            if len(hash_) == HASH_BYTES
        }
        last = rows[-1]["eerste"]


async def read_manifest_rows(connection: Connection) -> list[Manifestrij]:
    """Give every purge."""
    return [Manifestrij(**row) for row in await connection.fetch(query("verifying/manifesten"))]


async def read_lapses(connection: Connection) -> list[str]:
    """Give what purges wrote of manifests that they let lapse."""
    return [row["inhoud"] for row in await connection.fetch(query("verifying/vervallen"))]


async def read_key_rows(connection: Connection) -> list[Sleutelrij]:
    """Give what the database says of every key."""
    return [
        Sleutelrij(**{**row, "gemaakt": _moment(row["gemaakt"])})
        for row in await connection.fetch(query("verifying/sleutels"))
    ]


async def referring_records(connection: Connection, betrokkene: int, most: int) -> set[int]:
    """Give records that refer to this row of a person, about as many as `most`."""
    rows = await connection.fetch(query("verifying/zelfde_persoon"), betrokkene, most)
    return {row["versie"] for row in rows}


async def person_rows(connection: Connection, most: int) -> list[int]:
    """Give the rows of persons, at most so many."""
    return [row["id"] for row in await connection.fetch(query("verifying/alle_betrokkenen"), most)]


async def acties_of_remains(connection: Connection, volgnummers: list[int]) -> Mapping[int, str]:
    """Give the actieId of records whose row is gone, where their persons are still there."""
    rows = await connection.fetch(query("verifying/actie_van"), volgnummers)
    return {row["versie"]: row["actie_id"] for row in rows}


def _moment(value: tuple[int] | None) -> datetime | None:
    try:
        return None if value is None else moment_of(value)
    except OverflowError:
        return None  # no moment that we would write
