"""Writing versions: the one way in which anything gets into the log (rule M2)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import repeat
from typing import Any, Final, NamedTuple

import asyncpg

from verwerkingenlog.domain.betrokkene import Betrokkene, identify
from verwerkingenlog.domain.vertrouwelijkheid import Klasse
from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.ledger.bladen import Vast, blad, vast_of
from verwerkingenlog.ledger.checker import NO_LEAF
from verwerkingenlog.storage import dictionaries
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing, Randomness
from verwerkingenlog.storage.rows import (
    KLASSE_NUMBER,
    NEW_COLUMNS,
    NEW_FIXED,
    OBJECT_COLUMNS,
    VERSIE_COLUMNS,
    Kenmerken,
    Nieuw,
    Numbers,
    Objectkenmerken,
    Record,
    columns,
    is_new_and_plain,
    kenmerken_of,
    new_row,
    object_rows,
    objectkenmerken_of,
    persons_of,
    shortened,
    versie_row,
)
from verwerkingenlog.storage.sql import query

_BLOCK: Final = 1000  # as the sequence of migration 0001 steps
_MARKER_COLUMNS: Final = 2
_KLASSE: Final = NEW_COLUMNS.index("klasse")
_NEW_FIXED: Final = tuple(NEW_FIXED.values())
_REMEMBERED: Final = 10_000
SEED_BYTES: Final = 16
"""The length of `zaad`, from which the salts of a record are made (rule T1)."""
_STALE: Final = "VL001"
_TRIES: Final = 3
"""After so many that came to nothing, because keys or persons changed meanwhile, they may change no more."""
_INSERT_NEW: Final = query("versies/insert_new")


class Copied(NamedTuple):
    """Rows of some records, by the columns that they are of."""

    nieuw: list[tuple[Any, ...]]
    """`NEW_COLUMNS` and then `NEW_FIXED`, of `versie`."""
    versies: list[tuple[Any, ...]]
    """`VERSIE_COLUMNS`."""
    objecten: list[tuple[Any, ...]]
    """`OBJECT_COLUMNS`, of `verwerkt_object`."""
    merken: list[tuple[int, bytes]]
    """As `markers` gives them."""


class Writer:
    """Writes records on a connection that it is given, remembering the dictionary numbers that it met."""

    def __init__(self, ring: KeyRing, random: Randomness) -> None:
        self.betrokkenen = dictionaries.Betrokkenen(ring)
        self._kenmerken = dictionaries.kenmerken()
        self._objectkenmerken = dictionaries.objectkenmerken()
        self._ring = ring
        self._random = random
        self._free: list[int] = []
        self._vast: dict[int, Vast] = {}

    async def new_records(self, connection: Connection, versies: Sequence[Versie]) -> list[Record]:
        """Give first versions their place in the log, with numbers that no other writer has or will have."""
        numbers = await self._take_numbers(connection, len(versies))
        seeds = self._random(SEED_BYTES * len(versies))
        return [
            Record(number, number, versie, seeds[at : at + SEED_BYTES])
            for number, versie, at in zip(numbers, versies, range(0, len(seeds), SEED_BYTES), strict=True)
        ]

    async def resolve(self, connection: Connection, records: Sequence[Record]) -> Numbers:
        """Give the dictionary numbers that these records need, adding what is new.

        Outside the transaction of the records, so that no two of them wait for each other's entries.
        Raises as `is_stale` tells where the keys changed meanwhile.
        """
        # Taken first: what is found from here on may only be newer than it.
        generatie = self._ring.generatie
        needed = _Needed()
        for record in records:
            needed.add(record)
        betrokkenen = await self.betrokkenen.numbers(connection, needed.betrokkenen, generatie)
        kenmerken = await self._kenmerken.numbers(connection, needed.kenmerken, generatie)
        objects = await self._objectkenmerken.numbers(connection, needed.objectkenmerken, generatie)
        nieuw = {
            volgnummer: Nieuw(betrokkenen[person], nullen or None, kenmerken[own], objects[about])
            for volgnummer, own, person, nullen, about in needed.nieuw
        }
        return Numbers(betrokkenen, kenmerken, objects, generatie, nieuw)

    async def insert(self, connection: Connection, records: Sequence[Record], numbers: Numbers) -> None:
        """Insert the records and the markers of their leaves: all of it or, where it raises, none.

        Raises as `is_stale` tells where what this writer remembers has become wrong.
        """
        nieuw = [numbers.nieuw.get(record.volgnummer) for record in records]
        marked = columns(markers(records, self._ring, map(self._vast_of, records, nieuw)), _MARKER_COLUMNS)
        if None not in nieuw:
            rows = [new_row(record, its) for record, its in zip(records, nieuw, strict=True) if its]
            await connection.execute(
                _INSERT_NEW, *shortened(columns(rows, len(NEW_COLUMNS))), *marked, numbers.generatie
            )
            return
        await connection.execute(
            query("versies/insert"),
            *columns((versie_row(record, numbers) for record in records), len(VERSIE_COLUMNS)),
            *columns(
                (row for record in records for row in object_rows(record, numbers)), len(OBJECT_COLUMNS)
            ),
            *marked,
            numbers.generatie,
        )

    def rows_to_copy(self, records: Sequence[Record], numbers: Numbers) -> Copied:
        """Give what `insert` would insert, as rows."""
        nieuw = [numbers.nieuw.get(record.volgnummer) for record in records]
        copied = Copied([], [], [], list(markers(records, self._ring, map(self._vast_of, records, nieuw))))
        for record, its in zip(records, nieuw, strict=True):
            if its is None:
                copied.versies.append(versie_row(record, numbers))
                copied.objecten.extend(object_rows(record, numbers))
            else:
                row = new_row(record, its)
                klasse = row[_KLASSE] or KLASSE_NUMBER[Klasse.NORMAAL]
                copied.nieuw.append((*row[:_KLASSE], klasse, *row[_KLASSE + 1 :], *_NEW_FIXED))
        return copied

    async def succeed(self, connection: Connection, changes: Sequence[tuple[Record, Versie]]) -> bool:
        """Write for each record the version that follows on it: all of them in one transaction, or none.

        False when another change came first for any of them; then nothing was written (rules W1, E5).
        """
        try:
            await self._write(connection, await self._following(connection, changes))
        except asyncpg.UniqueViolationError:
            return False
        return True

    async def write_histories(self, connection: Connection, histories: Sequence[Sequence[Versie]]) -> None:
        """Write acties that come from another log, each with all its versions: all in one transaction.

        The caller makes sure that none of them is here already. Each history is what `domain` would have
        written: versions from 1 on, without a gap.
        """
        numbers = await self._take_numbers(connection, sum(map(len, histories)))
        free = iter(numbers)
        await self._write(
            connection, [record for history in histories for record in self._history(history, free)]
        )

    async def refresh(self, connection: Connection) -> None:
        """Learn anew what `is_stale` told to be wrong: the keys, and with them every number remembered."""
        await self._ring.refresh(connection)

    async def until_current(self, connection: Connection, write: Callable[[], Awaitable[None]]) -> None:
        """Write, and again as long as what this writer remembers of keys and numbers proves to be wrong.

        `write` does all or nothing. Whatever it raises else is raised.
        """
        tries = 0
        async with AsyncExitStack() as held:
            while True:
                try:
                    await write()
                except asyncpg.PostgresError as error:
                    if not is_stale(error):
                        raise
                    tries += 1
                    if tries == _TRIES:
                        await held.enter_async_context(_unchanging(connection))
                    await self.refresh(connection)
                else:
                    return

    async def _write(self, connection: Connection, records: Sequence[Record]) -> None:
        """Write records of which some follow on others, in one transaction, as often as it takes."""
        later = [record for record in records if record.versie.nummer > 1]

        async def write() -> None:
            numbers = await self.resolve(connection, records)
            async with connection.transaction():
                await connection.execute(
                    query("versies/claim"),
                    [record.actie for record in later],
                    [record.versie.nummer for record in later],
                    [record.vorige for record in later],
                )
                await self.insert(connection, records, numbers)

        await self.until_current(connection, write)

    def _history(self, versies: Sequence[Versie], numbers: Iterator[int]) -> Iterator[Record]:
        record: Record | None = None
        for versie, number in zip(versies, numbers, strict=False):
            zaad = self._random(SEED_BYTES)
            if record is None:
                record = Record(number, number, versie, zaad)
            else:
                vorige = blad(record.versie, record.vorige, self._ring.salts(record.zaad))
                record = Record(number, record.actie, versie, zaad, vorige, record.versie)
            yield record

    def _vast_of(self, record: Record, nieuw: Nieuw | None) -> Vast:
        """Give what the leaf of a record shares with others, remembered by the number of its kenmerken."""
        if nieuw is None:
            return vast_of(record.versie)
        vast = self._vast.get(nieuw.kenmerken)
        if vast is None:
            if len(self._vast) >= _REMEMBERED:
                self._vast.clear()
            vast = self._vast[nieuw.kenmerken] = vast_of(record.versie)
        return vast

    async def _take_numbers(self, connection: Connection, count: int) -> list[int]:
        while len(self._free) < count:
            self._free.extend(await new_block(connection))
        taken, self._free = self._free[:count], self._free[count:]
        return taken

    async def _following(
        self, connection: Connection, changes: Sequence[tuple[Record, Versie]]
    ) -> list[Record]:
        # Fresh numbers: what is current goes by the highest, and another worker may have written the version
        # before from a block that it took after ours.
        volgnummers: list[int] = []
        while len(volgnummers) < len(changes):
            volgnummers.extend(await new_block(connection))
        vorige = await leaves_before(connection, [before for before, _ in changes])
        return [
            Record(
                volgnummer,
                before.actie,
                versie,
                self._random(SEED_BYTES),
                blad(before.versie, leaf_before, self._ring.salts(before.zaad)),
                before.versie,
            )
            for volgnummer, (before, versie), leaf_before in zip(volgnummers, changes, vorige, strict=False)
        ]


class _Needed:
    """What the rows of some records refer to: each person and each set of attributes is made out once."""

    def __init__(self) -> None:
        self.betrokkenen: set[Betrokkene] = set()
        self.kenmerken: set[Kenmerken] = set()
        self.objectkenmerken: set[Objectkenmerken] = set()
        self.nieuw: list[tuple[int, Kenmerken, Betrokkene, int, Objectkenmerken]] = []

    def add(self, record: Record) -> None:
        """Add what this record refers to."""
        versie = record.versie
        kenmerken = kenmerken_of(versie)
        self.kenmerken.add(kenmerken)
        if not is_new_and_plain(versie):
            self.betrokkenen.update(persons_of(record))
            self.objectkenmerken.update(map(objectkenmerken_of, versie.inhoud.verwerkte_objecten))
            return
        [object_] = versie.inhoud.verwerkte_objecten
        betrokkene, nullen = identify(object_.soort_object_id, object_.object_id, object_.objecttype)
        about = objectkenmerken_of(object_)
        self.betrokkenen.add(betrokkene)
        self.objectkenmerken.add(about)
        self.nieuw.append((record.volgnummer, kenmerken, betrokkene, nullen, about))


def markers(
    records: Iterable[Record], ring: KeyRing, vast: Iterable[Vast | None] = repeat(None)
) -> Iterator[tuple[int, bytes]]:
    """Give the leaves of the records, together where their numbers follow on each other (rule T1).

    `vast`: for each record what `vast_of` gives, where that is at hand.
    """
    first, expected, leaves = 0, -1, bytearray()
    for record, shared in zip(records, vast, strict=False):
        if record.volgnummer != expected:
            if leaves:
                yield first, bytes(leaves)
            first, leaves = record.volgnummer, bytearray()
        leaves += blad(record.versie, record.vorige, ring.salts(record.zaad), shared)
        expected = record.volgnummer + 1
    if leaves:
        yield first, bytes(leaves)


def is_stale(error: asyncpg.PostgresError) -> bool:
    """Tell whether a write was refused because keys, persons or attributes changed meanwhile."""
    return bool(error.sqlstate == _STALE)


@asynccontextmanager
async def _unchanging(connection: Connection) -> AsyncIterator[None]:
    """Let what a worker remembers of keys and persons stay right, for everybody, until the block ends.

    On this session: on another, whoever waits to change them would come between the two.
    """
    try:
        await connection.execute(query("generatie/hold"))
        yield
    finally:
        try:
            await connection.execute(query("generatie/let_go"))
        except BaseException as error:
            with suppress(asyncpg.InterfaceError):  # gone already, and from the pool too
                connection.terminate()  # and the lock with it: the pool would keep both
            # Of what was written, or not, a lock that could not be let go says nothing.
            if not isinstance(error, Exception):
                raise


async def leaves_before(connection: Connection, records: Sequence[Record]) -> list[bytes]:
    """Give for each record the leaf of the version before it, or `NO_LEAF`."""
    later = [record for record in records if record.versie.nummer > 1]
    if not later:
        return [NO_LEAF] * len(records)
    rows = await connection.fetch(
        query("opvolging/vorige"),
        [record.actie for record in later],
        [record.versie.nummer for record in later],
    )
    found = {(row["actie"], row["nummer"]): row["vorige"] for row in rows}
    return [found.get((record.actie, record.versie.nummer)) or NO_LEAF for record in records]


async def new_block(connection: Connection) -> range:
    """Take a thousand record numbers that nobody else has or will have."""
    first: int = await connection.fetchval(query("versies/numbers"))
    return range(first, first + _BLOCK)
