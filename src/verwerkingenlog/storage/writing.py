"""Writing versions: the one way in which anything gets into the log (rule M2)."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.storage import dictionaries
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.rows import (
    Numbers,
    Record,
    columns,
    kenmerken_of,
    object_rows,
    objectkenmerken_of,
    persons_of,
    versie_row,
)
from verwerkingenlog.storage.sql import query

_BLOCK: Final = 1000  # as the sequence of migration 0001 steps
_VERSIE_COLUMNS: Final = 19
_OBJECT_COLUMNS: Final = 11


class Writer:
    """Writes records on a connection that it is given, remembering the dictionary numbers that it met."""

    def __init__(self, ring: KeyRing) -> None:
        self.betrokkenen = dictionaries.betrokkenen(ring)
        self._kenmerken = dictionaries.kenmerken()
        self._objectkenmerken = dictionaries.objectkenmerken()
        self._free: list[int] = []

    async def take_numbers(self, connection: Connection, count: int) -> list[int]:
        """Give this many record numbers that no other writer has or will have."""
        while len(self._free) < count:
            self._free.extend(await _new_block(connection))
        taken, self._free = self._free[:count], self._free[count:]
        return taken

    async def resolve(self, connection: Connection, records: Sequence[Record]) -> Numbers:
        """Give the dictionary numbers that these records need, adding what is new.

        Outside the transaction of the records, so that no two of them wait for each other's entries.
        """
        objects = {
            objectkenmerken_of(object_)
            for record in records
            for object_ in record.versie.inhoud.verwerkte_objecten
        }
        persons = {person for record in records for person in persons_of(record)}
        return Numbers(
            await self.betrokkenen.numbers(connection, persons),
            await self._kenmerken.numbers(connection, {kenmerken_of(record.versie) for record in records}),
            await self._objectkenmerken.numbers(connection, objects),
        )

    async def insert(self, connection: Connection, records: Sequence[Record], numbers: Numbers) -> None:
        """Insert the records with one statement: all of them or, where it raises, none."""
        await connection.execute(
            query("versies/insert"),
            *columns((versie_row(record, numbers) for record in records), _VERSIE_COLUMNS),
            *columns((row for record in records for row in object_rows(record, numbers)), _OBJECT_COLUMNS),
        )

    async def succeed(self, connection: Connection, changes: Sequence[tuple[Record, Versie]]) -> bool:
        """Write for each record the version that follows on it: all of them in one transaction, or none.

        False when another change came first for any of them; then nothing was written (rules W1, E5).
        """
        # Fresh ones: what is current goes by the highest number, and another worker may have written the
        # version before from a block that it took after ours.
        volgnummers: list[int] = []
        while len(volgnummers) < len(changes):
            volgnummers.extend(await _new_block(connection))
        records = [
            Record(volgnummer, before.actie, versie, before.versie)
            for volgnummer, (before, versie) in zip(volgnummers, changes, strict=False)
        ]
        numbers = await self.resolve(connection, records)
        try:
            async with connection.transaction():
                await connection.execute(
                    query("versies/claim"),
                    [record.actie for record in records],
                    [record.versie.nummer for record in records],
                )
                await self.insert(connection, records, numbers)
        except asyncpg.UniqueViolationError:
            return False
        return True


async def _new_block(connection: Connection) -> range:
    first: int = await connection.fetchval(query("versies/numbers"))
    return range(first, first + _BLOCK)
