"""What the sealer writes: markers become leaves, the tree grows, its head gets a signature (rule T1)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from verwerkingenlog.ledger.checker import HASH_BYTES, root_hash
from verwerkingenlog.ledger.tiles import Growth
from verwerkingenlog.storage.boom import Head, head_from
from verwerkingenlog.storage.database import Connection, moment_parameter
from verwerkingenlog.storage.rows import columns
from verwerkingenlog.storage.sql import query

_ZEGEL_COLUMNS: Final = 3
_TEGEL_COLUMNS: Final = 3


class State(NamedTuple):
    """What a sealer has to know before it does anything."""

    head: Head | None
    generatie: int
    """Of the keys: when it changes, others may have to sign."""
    wacht: float | None
    """How many seconds the oldest record waits for its seal; None where none waits."""


class Marker(NamedTuple):
    """The leaf hashes of the records from number `eerste` on."""

    eerste: int
    bladeren: tuple[bytes, ...]


async def state(connection: Connection) -> State:
    """Look at the head and at what waits."""
    row = await connection.fetchrow(query("zegel/state"))
    assert row is not None  # noqa: S101 - that table has one row
    head = None if row["naam"] is None else head_from(row)
    return State(head, row["generatie"], row["wacht"])


async def take_turn(connection: Connection) -> bool:
    """Become the only sealer, for as long as this connection lasts; False where another one is."""
    mine: bool = await connection.fetchval(query("zegel/turn"))
    return mine


async def was_sealed(connection: Connection) -> bool:
    """Tell whether anything of a tree is there."""
    found: bool = await connection.fetchval(query("zegel/exists"))
    return found


async def begin(connection: Connection, naam: str, now: datetime) -> None:
    """Make the head of an empty tree, unless there is a head."""
    await connection.execute(query("zegel/begin"), naam, root_hash(()), moment_parameter(now))


async def lock_head(connection: Connection) -> Head | None:
    """Give the head as the last sealer left it; nobody else moves it while this transaction lasts."""
    row = await connection.fetchrow(query("zegel/lock_head"))
    return None if row is None else head_from(row)


async def take(connection: Connection, most: int) -> list[Marker]:
    """Take the oldest markers away, by number: as many as hold so many leaves, the last one whole."""
    rows = await connection.fetch(query("zegel/take"), most * HASH_BYTES)
    return sorted(_marker(row) for row in rows)


async def grow(
    connection: Connection, before: Head, growth: Growth, markers: Sequence[Marker], now: datetime
) -> bool:
    """Write what the tree became, and where the records of these markers lie; False where the head moved."""
    moved: int = await connection.fetchval(
        query("zegel/grow"),
        before.grootte,
        before.wortel,
        growth.size,
        growth.root,
        moment_parameter(now),
        *columns(growth.tiles, _TEGEL_COLUMNS),
        growth.edge,
        *columns(ranges(before.grootte, markers), _ZEGEL_COLUMNS),
    )
    return moved == 1


async def keep(connection: Connection, signed: Head, note: str) -> bool:
    """Keep the signed checkpoint of this head; False where the head moved on meanwhile."""
    kept = await connection.fetchval(query("zegel/keep"), signed.grootte, signed.wortel, note)
    return kept is not None


async def forget_checkpoint(connection: Connection) -> None:
    """Let the next checkpoint follow on none."""
    await connection.execute(query("zegel/forget"))


def ranges(first_leaf: int, markers: Iterable[Marker]) -> list[tuple[int, int, int]]:
    """Give the rows of `zegel`: leaf, first record, count; one row where numbers follow on each other."""
    rows: list[tuple[int, int, int]] = []
    leaf = first_leaf
    for eerste, bladeren in markers:
        count = len(bladeren)
        if rows and rows[-1][1] + rows[-1][2] == eerste:
            blad, begin_, aantal = rows.pop()
            rows.append((blad, begin_, aantal + count))
        else:
            rows.append((leaf, eerste, count))
        leaf += count
    return rows


def _marker(row: Any) -> Marker:  # noqa: ANN401 - a record of the driver
    hashes = row["bladeren"]
    return Marker(row["eerste"], tuple(hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES)))
