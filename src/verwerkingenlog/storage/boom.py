"""The tree of the log as it lies in the tables: its head, its tiles and where each record is (rule T1)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from verwerkingenlog.ledger.checker import root_hash
from verwerkingenlog.ledger.tree import ReadTile, hashes, tiles_of, whole
from verwerkingenlog.storage.database import Connection, moment_of
from verwerkingenlog.storage.sql import query


class Head(NamedTuple):
    """What the tree has become: the origin of its checkpoints, its number of leaves, its root, since when."""

    naam: str
    grootte: int
    wortel: bytes
    verzegeld: datetime
    checkpoint: str | None
    """The note that was last signed; it may be of a smaller tree, for as long as it takes to sign."""


async def head(connection: Connection) -> Head | None:
    """Give the head of the tree; None where nothing was ever sealed."""
    row = await connection.fetchrow(query("boom/head"))
    return None if row is None else head_from(row)


def head_from(row: Any) -> Head:  # noqa: ANN401 - a record of the driver
    """Give the head in a row of `kop`."""
    return Head(row["naam"], row["grootte"], row["wortel"], moment_of(row["verzegeld"]), row["checkpoint"])


async def checkpoint(connection: Connection) -> str | None:
    """Give the checkpoint that was last signed, as a note; None before the first."""
    found = await head(connection)
    return found and found.checkpoint


async def leaf_index(connection: Connection, volgnummers: Sequence[int]) -> dict[int, int]:
    """Give the leaf index of each of these records, by its number; one that is not sealed is left out."""
    rows = await connection.fetch(query("boom/leaf_index"), volgnummers)
    return {row["volgnummer"]: row["blad"] for row in rows}


async def tiles(connection: Connection, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """Give the hashes of these tiles (level, number), all as of one moment; one that is empty is left out.

    A tile that is not full holds what there is now: at least what was there at any earlier size.
    """
    places = list(wanted)
    rows = await connection.fetch(
        query("boom/tiles"), [level for level, _ in places], [number for _, number in places]
    )
    return {(row["niveau"], row["nummer"]): row["hashes"] for row in rows if row["hashes"]}


async def edges(connection: Connection) -> tuple[bytes, ...]:
    """Give the partial tile of each level, level 0 first."""
    return tuple(row["hashes"] for row in await connection.fetch(query("boom/edges")))


async def root_at(connection: Connection, size: int) -> bytes:
    """Compute from the tiles the root that the tree had at this size.

    Raises ValueError where the tree is smaller than that, or its tiles hold less than its size tells.
    """
    if size == 0:
        return root_hash(())
    ranges = whole(size)
    found = await tiles(connection, tiles_of(ranges))
    (root,) = hashes(ranges, reader(found))
    return root


def reader(found: dict[tuple[int, int], bytes]) -> ReadTile:
    """Give what `ledger.tree.hashes` reads with. It raises ValueError for a tile that is not there."""

    def read(level: int, number: int) -> bytes:
        try:
            return found[level, number]
        except KeyError:
            raise ValueError(level, number) from None

    return read
