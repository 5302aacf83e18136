"""What lies in the tables, as it lies there, for the verification of the whole log (rule T3).

The views of the log leave out what can't be joined; whoever looks for tampering must see that too. All that
belongs together is read in one snapshot, so that neither the growing log nor a purge gives a false alarm.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple, TypeAlias

import asyncpg

from verwerkingenlog.ledger.checker import HASH_BYTES
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.sql import query

Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Mapping[int, Sequence[Any]]
"""Rows by the number of their record; usually one each, but a tampered log may have more."""

IMPOSSIBLE: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    asyncpg.PostgresError,
)
"""What comes of rows that no constraint of ours lets in, and of a schema that is not ours."""
TAMPERED: Final = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What values raise that no record of ours has."""


class Batch(NamedTuple):
    """All rows of some records, and of the versions that these follow on."""

    versies: Rows
    objecten: Rows
    beheer: Rows
    before: Mapping[tuple[str, int], int]
    """The record of the version (actieId, number)."""


class Zegel(NamedTuple):
    """The records from number `eerste` on are the leaves from `blad` on."""

    blad: int
    eerste: int
    aantal: int


class Manifest(NamedTuple):
    """The record of a purge, and between which numbers its versions lie."""

    beheer: int
    eerste: int
    laatste: int


@asynccontextmanager
async def snapshot(connection: Connection) -> AsyncIterator[None]:
    """Have all statements see the log as it is at one moment, and none of them write."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        yield


async def read_batch(connection: Connection, volgnummers: Sequence[int]) -> Batch:
    """Read the rows of these records. Within a `snapshot`."""
    versies = await connection.fetch(query("verifying/versies"), volgnummers)
    follows = [(row["actie_id"], row["nummer"] - 1) for row in versies if (row["nummer"] or 0) > 1]
    before = await _befores(connection, follows)
    more = sorted(set(before.values()).difference(volgnummers))
    if more:
        versies += await connection.fetch(query("verifying/versies"), more)
    objecten = await connection.fetch(query("verifying/objecten"), [*volgnummers, *more])
    beheer = await connection.fetch(query("verifying/beheer"), volgnummers)
    return Batch(
        _grouped(versies, "volgnummer"), _grouped(objecten, "versie"), _grouped(beheer, "volgnummer"), before
    )


async def records_of(connection: Connection, actie_id: str, nummer: int) -> list[int]:
    """Give the records that say to be this version."""
    rows = await connection.fetch(query("verifying/before"), [actie_id], [nummer])
    return [row["volgnummer"] for row in rows]


async def read_leaves(
    connection: Connection, volgnummers: Sequence[int]
) -> dict[int, tuple[int | None, bytes | None]]:
    """Give where each record lies in the tree, and its leaf there or in its marker; None for what is not."""
    rows = await connection.fetch(query("verifying/bladeren"), volgnummers)
    return {row["volgnummer"]: (row["blad"], row["hash"]) for row in rows}


async def read_seals(connection: Connection, first: int, end: int) -> list[Zegel]:
    """Give the seals of the leaves from `first` up to `end`."""
    rows = await connection.fetch(query("verifying/zegels"), first, end)
    return [Zegel(*row.values()) for row in rows if None not in row.values()]


async def read_tiles(connection: Connection, level: int, first: int, end: int) -> dict[int, bytes]:
    """Give the full tiles of a level from number `first` up to `end`; one that is not there is left out."""
    rows = await connection.fetch(query("verifying/tegels"), level, first, end)
    return {row["nummer"]: row["hashes"] for row in rows}


async def read_manifests(connection: Connection) -> list[Manifest]:
    """Give the manifests of all purges, without what they list."""
    return [Manifest(*row.values()) for row in await connection.fetch(query("verifying/manifest_grenzen"))]


async def purged(
    connection: Connection, volgnummers: Sequence[int], manifests: Iterable[Manifest]
) -> set[int]:
    """Give those of these records that any of these manifests lists."""
    if not volgnummers:
        return set()
    low, high = min(volgnummers), max(volgnummers)
    near = [one.beheer for one in manifests if one.eerste <= high and one.laatste >= low]
    if not near:
        return set()
    rows = await connection.fetch(query("verifying/in_manifest"), volgnummers, near)
    return {row["versie"] for row in rows}


async def gone_by(connection: Connection, manifests: Iterable[int]) -> list[int]:
    """Give the records that these manifests list and that are not there."""
    rows = await connection.fetch(query("verifying/manifest_weg"), list(manifests))
    return [row["versie"] for row in rows]


async def acties_of(connection: Connection, volgnummers: Iterable[int]) -> set[int]:
    """Give the acties, by the number of their first version, that these records say to be of."""
    return {row["actie"] for row in await connection.fetch(query("verifying/acties"), list(volgnummers))}


def places(seals: Iterable[Zegel], first: int, end: int) -> list[int | None]:
    """Give the record of each leaf from `first` up to `end`; None where no seal tells."""
    found: list[int | None] = [None] * (end - first)
    for blad, eerste, aantal in seals:
        low, high = max(blad, first), min(blad + aantal, end)
        if low < high:
            found[low - first : high - first] = range(eerste + low - blad, eerste + high - blad)
    return found


def split(hashes: bytes) -> list[bytes]:
    """Cut a tile in hashes."""
    return [hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES)]


async def _befores(connection: Connection, versions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
    if not versions:
        return {}
    rows = await connection.fetch(
        query("verifying/before"), [actie for actie, _ in versions], [nummer for _, nummer in versions]
    )
    return {(row["actie_id"], row["nummer"]): row["volgnummer"] for row in rows}


def _grouped(rows: Iterable[Any], column: str) -> Rows:
    grouped: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row[column]].append(row)
    grouped.default_factory = None
    return grouped
