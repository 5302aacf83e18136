"""Persons, page by page, while the keys of their pseudonyms are replaced (rule M7)."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.sql import query

PAGE: Final = 1000


class Persoonsrij(NamedTuple):
    """A person as the database holds them."""

    id: int
    zoekindex: bytes
    zoekindex_nieuw: bytes | None
    sleutel: int
    cijfertekst: bytes


Change = Callable[[KeyRing, Persoonsrij], Persoonsrij]
"""Gives the row as it has to become; the same one where nothing has to be done."""


class Nodig(NamedTuple):
    """How many persons need which key: by reveal key; all; those without a second index; those under two."""

    onthullen: dict[int, int]
    personen: int
    zonder_tweede: int
    onder_twee: int


async def pages(connection: Connection) -> AsyncIterator[list[Persoonsrij]]:
    """Give all persons in the order of their numbers, a page at a time."""
    last = 0
    while rows := await connection.fetch(query("rotatie/page"), last, PAGE):
        yield [Persoonsrij(*row) for row in rows]
        last = rows[-1]["id"]


async def newest(connection: Connection) -> int:
    """Give the number of the last person; 0 where there is none."""
    number: int = await connection.fetchval(query("rotatie/newest"))
    return number


async def change(connection: Connection, ring: KeyRing, rows: Sequence[Persoonsrij], change: Change) -> int:
    """Change those of these rows that need it, all in one transaction, and give how many those are.

    A row that another transaction is removing is left as it is.
    """
    changed = [(row, new) for row in rows if (new := change(ring, row)) is not row]
    if changed:
        await connection.execute(
            query("rotatie/update"),
            [row.id for row, _ in changed],
            [row.cijfertekst for row, _ in changed],
            [new.zoekindex for _, new in changed],
            [new.zoekindex_nieuw for _, new in changed],
            [new.sleutel for _, new in changed],
            [new.cijfertekst for _, new in changed],
        )
    return len(changed)


def rehidden(ring: KeyRing, row: Persoonsrij) -> Persoonsrij:
    """Give the row under the reveal key in use."""
    if row.sleutel == ring.reveal_id:
        return row
    return _hidden(ring, row, row.zoekindex, row.zoekindex_nieuw)


def filled(ring: KeyRing, row: Persoonsrij) -> Persoonsrij:
    """Give the row with the index under the search key to come."""
    if row.zoekindex_nieuw is not None:
        return row
    return row._replace(zoekindex_nieuw=ring.second_search_index(_plaintext(ring, row)))


def moved(ring: KeyRing, row: Persoonsrij) -> Persoonsrij:
    """Give the row under the new search key alone, its ciphertext bound to that index."""
    if row.zoekindex_nieuw is None:
        return row
    if row.zoekindex_nieuw == row.zoekindex:
        return row._replace(zoekindex_nieuw=None)
    return _hidden(ring, row, row.zoekindex_nieuw, None)


def is_findable(ring: KeyRing, row: Persoonsrij) -> bool:
    """Tell whether this person is found by the search key in use, and that alone."""
    return row.zoekindex_nieuw is None and row.zoekindex == ring.search_index(_plaintext(ring, row))


async def need(connection: Connection) -> Nodig:
    """Count how many persons need which key."""
    row = await connection.fetchrow(query("rotatie/need"))
    by_key = msgspec.json.decode(row["onthullen"], type=dict[int, int], strict=False)
    return Nodig(by_key, row["personen"], row["zonder_tweede"], row["onder_twee"])


async def count_under(connection: Connection, reveal_key: int) -> int:
    """Count the persons whose ciphertext is under this reveal key."""
    number: int = await connection.fetchval(query("rotatie/of_key"), reveal_key)
    return number


async def some_unfilled(connection: Connection) -> bool:
    """Tell whether a person lacks the second index."""
    found: bool = await connection.fetchval(query("rotatie/unfilled"))
    return found


async def some_under_two(connection: Connection) -> bool:
    """Tell whether a person is still found by the search key that goes."""
    found: bool = await connection.fetchval(query("rotatie/moving"))
    return found


async def unsettled(connection: Connection, most: int) -> int:
    """Count the persons with a second index, up to this number."""
    number: int = await connection.fetchval(query("rotatie/unsettled"), most)
    return number


async def settle(connection: Connection) -> None:
    """Take the second index from the persons who were written under the new search key alone."""
    await connection.execute(query("rotatie/settle"))


async def take_turn(connection: Connection) -> bool:
    """Be the only rotation until `leave_turn` or the end of the connection; False where one is under way."""
    mine: bool = await connection.fetchval(query("rotatie/turn"))
    return mine


async def leave_turn(connection: Connection) -> None:
    """Let another rotation come."""
    await connection.execute(query("rotatie/leave"))


def _plaintext(ring: KeyRing, row: Persoonsrij) -> bytes:
    return ring.reveal(row.sleutel, row.cijfertekst, row.zoekindex)


def _hidden(ring: KeyRing, row: Persoonsrij, zoekindex: bytes, second: bytes | None) -> Persoonsrij:
    cijfertekst = ring.hide(_plaintext(ring, row), zoekindex)
    return Persoonsrij(row.id, zoekindex, second, ring.reveal_id, cijfertekst)
