"""What repeats is stored once and known by a number: persons and sets of attributes.

Each worker remembers the numbers that it met. A new entry is committed before a record refers to it, so what
is remembered exists; an entry whose record then fails is an orphan that says nothing of anyone's processing.
"""

import hashlib
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Any, Generic, TypeVar

import msgspec

from verwerkingenlog.domain.betrokkene import Betrokkene
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.pseudonyms import Pseudonym, pseudonymise, search_index
from verwerkingenlog.storage.sql import query

Entry = TypeVar("Entry", bound=Hashable)
_REMEMBERED_PERSONS = 100_000
_REMEMBERED_SETS = 10_000
_FIND_ONE = query("betrokkenen/find_one")


class Dictionary(Generic[Entry]):
    """One table of entries: `find` and `insert` name its queries, `fingerprint` gives an entry's unique key.

    `columns` gives the parameters of the insert, the unique key first; where the entries hang on the keys
    (`keyed`), the generation of these is the last. An entry is remembered under what `known_by` gives for it.
    """

    def __init__(
        self,
        name: str,
        fingerprint: Callable[[Entry], bytes],
        columns: Callable[[Entry], Sequence[Any]],
        known_by: Callable[[Entry], Hashable],
        most: int,
        *,
        keyed: bool = False,
    ) -> None:
        self._find = query(f"{name}/find")
        self._insert = query(f"{name}/insert")
        self._fingerprint = fingerprint
        self._columns = columns
        self._known_by = known_by
        self._most = most
        self._keyed = keyed
        self._known: dict[Hashable, int] = {}
        self._generatie = 0

    async def numbers(
        self, connection: Connection, entries: Iterable[Entry], generatie: int
    ) -> dict[Entry, int]:
        """Give the number of each entry, adding those that are new as of this generation of the database."""
        if generatie != self._generatie:
            # Rows may have gone, or have other fingerprints. Another dictionary, not an empty one: a look-up
            # under way must not add to it what it saw before.
            self._generatie, self._known = generatie, {}
        known, known_by = self._known, self._known_by
        numbers: dict[Entry, int] = {}
        unknown: list[Entry] = []
        for entry in entries:
            number = known.get(known_by(entry))
            if number is None:
                unknown.append(entry)
            else:
                numbers[entry] = number
        if unknown:
            found = await self._look_up_or_add(connection, unknown, generatie)
            self._remember(known, found)
            numbers |= found
        return numbers

    async def _look_up_or_add(
        self, connection: Connection, entries: Iterable[Entry], generatie: int
    ) -> dict[Entry, int]:
        by_key = {self._fingerprint(entry): entry for entry in entries}
        numbers = await self._look_up(connection, by_key.keys())
        if new := by_key.keys() - numbers.keys():
            # In sorted order, or two workers that add the same entries could wait for each other.
            rows = [self._columns(by_key[key]) for key in sorted(new)]
            arguments = [*zip(*rows, strict=True), *([generatie] if self._keyed else [])]
            await connection.execute(self._insert, *arguments)
            numbers |= await self._look_up(connection, new)
        return {by_key[key]: number for key, number in numbers.items()}

    async def _look_up(self, connection: Connection, keys: Collection[bytes]) -> dict[bytes, int]:
        return dict(await connection.fetch(self._find, list(keys)))

    def _remember(self, known: dict[Hashable, int], found: dict[Entry, int]) -> None:
        excess = len(known) + len(found) - self._most
        if excess > 0:
            # The older half at once: each that is taken from the front alone walks past all that were there.
            for key in list(islice(known, max(excess, len(known) // 2))):
                del known[key]
        known.update((self._known_by(entry), number) for entry, number in found.items())


class Betrokkenen(Dictionary[Betrokkene]):
    """The dictionary of persons; it remembers search indexes, not persons (rule M7)."""

    def __init__(self, ring: KeyRing) -> None:
        super().__init__(
            "betrokkenen",
            partial(search_index, ring),
            lambda betrokkene: _columns_of(pseudonymise(ring, betrokkene)),
            partial(search_index, ring),
            _REMEMBERED_PERSONS,
            keyed=True,
        )
        self._ring = ring

    async def find(self, connection: Connection, betrokkene: Betrokkene) -> int | None:
        """Give the number of a person, or None; nothing is added, and what is remembered is not asked.

        Raises as `KeyRing.refresh` does.
        """
        while True:
            generatie = self._ring.generatie
            row = await connection.fetchrow(_FIND_ONE, self._fingerprint(betrokkene))
            if row["generatie"] == generatie:
                number: int | None = row["id"]
                return number
            # The index is under a key that may no longer be in use: a person could be there unseen.
            await self._ring.refresh(connection)


def kenmerken() -> Dictionary[tuple[str | None, ...]]:
    """Give the dictionary of the attributes of a version that repeat together."""
    return Dictionary(
        "kenmerken", fingerprint, lambda entry: (fingerprint(entry), *entry), _itself, _REMEMBERED_SETS
    )


def objectkenmerken() -> Dictionary[tuple[str, str, tuple[str, ...]]]:
    """Give the dictionary of what is said of an occurrence: soort, betrokkenheid, soorten gegevens."""
    return Dictionary(
        "objectkenmerken",
        fingerprint,
        # PostgreSQL has no ragged arrays of arrays, so the list travels as one JSON text.
        lambda entry: (fingerprint(entry), *entry[:2], msgspec.json.encode(entry[2]).decode()),
        _itself,
        _REMEMBERED_SETS,
    )


def _itself(entry: Entry) -> Entry:
    return entry


def _columns_of(pseudonym: Pseudonym) -> tuple[Any, ...]:
    return pseudonym.zoekindex, pseudonym.zoekindex_nieuw, pseudonym.sleutel, pseudonym.cijfertekst


def fingerprint(entry: tuple[Any, ...]) -> bytes:
    """Give the key by which a set of attributes is found."""
    return hashlib.sha256(msgspec.json.encode(entry)).digest()
