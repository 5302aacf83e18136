"""Many new acties at once: all of them in one transaction, or none (rule P2).

They pass by the queue of the group commit, so that a record that comes alone never waits behind thousands.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, Final

import asyncpg

from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.errors import IdempotencyPending
from verwerkingenlog.storage.database import UNREACHABLE, Connection, Pool, reachable
from verwerkingenlog.storage.idempotency import Claim, remember
from verwerkingenlog.storage.rows import (
    NEW_COLUMNS,
    NEW_FIXED,
    OBJECT_COLUMNS,
    VERSIE_COLUMNS,
    Numbers,
    Record,
    columns,
)
from verwerkingenlog.storage.sql import query
from verwerkingenlog.storage.writing import Copied, Writer

_MOST_ROWS: Final = 100
"""For how many records and objects rows are made at a stretch, while all other work of the process waits."""


class BulkCommit:
    """Writes the bulks of one worker, one at a time.

    `observe` hears of each how many records it made durable.
    """

    def __init__(self, pool: Pool, writer: Writer, observe: Callable[[int], None]) -> None:
        self._pool = pool
        self._writer = writer
        self._observe = observe
        self._turn = asyncio.Lock()

    async def register(self, versies: Sequence[Versie], claim: Claim | None = None) -> None:
        """Write the first versions of new acties; returns once all of them are durable.

        Raises `StoreUnavailable` when the store fails and `IdempotencyPending` when another call holds the
        claim; then nothing was written, but where the connection broke at COMMIT and stays broken: then
        nobody knows, and nothing was acknowledged.
        """
        async with self._turn, reachable():
            records: list[Record] = []
            try:
                async with self._pool.acquire() as connection:
                    for first in range(0, len(versies), _MOST_ROWS):
                        some = versies[first : first + _MOST_ROWS]
                        records += await self._writer.new_records(connection, some)
                        await asyncio.sleep(0)
                    await self._commit_fresh(connection, records, claim)
            except (asyncpg.PostgresError, *UNREACHABLE):
                if len(records) < len(versies):
                    raise
                await self._settle(records, claim)
        self._observe(len(versies))

    async def _settle(self, records: Sequence[Record], claim: Claim | None) -> None:
        """Look whether a write of which no answer came was done, and do it where it was not."""
        try:
            async with self._pool.acquire() as connection:
                # One tells of all. Numbers are never reused.
                if not await connection.fetch(query("versies/present"), [records[0].volgnummer]):
                    await self._commit_fresh(connection, records, claim)
        except asyncpg.UniqueViolationError:
            # The first attempt was still at work when its connection broke, and has written them by now.
            return

    async def _commit_fresh(
        self, connection: Connection, records: Sequence[Record], claim: Claim | None
    ) -> None:
        await self._writer.until_current(connection, lambda: self._commit(connection, records, claim))

    async def _commit(self, connection: Connection, records: Sequence[Record], claim: Claim | None) -> None:
        slices = []
        for some in _slices(records):
            slices.append((some, await self._writer.resolve(connection, some)))
            await asyncio.sleep(0)
        async with connection.transaction():
            # First of all: of two with the same key one waits here, before it wrote anything.
            if claim is not None and not await remember(connection, [claim]):
                raise IdempotencyPending
            await self._copy(connection, slices)

    async def _copy(self, connection: Connection, slices: Sequence[tuple[Sequence[Record], Numbers]]) -> None:
        """Copy the records into their tables; rows are made while the database takes in those before."""
        copied = Copied([], [], [], [])

        async def new_rows() -> AsyncIterator[tuple[Any, ...]]:
            for records, numbers in slices:
                some = self._writer.rows_to_copy(records, numbers)
                copied.versies.extend(some.versies)
                copied.objecten.extend(some.objecten)
                copied.merken.extend(some.merken)
                for row in some.nieuw:
                    yield row
                await asyncio.sleep(0)

        copy = connection.copy_records_to_table
        await copy("versie", columns=(*NEW_COLUMNS, *NEW_FIXED), records=new_rows())
        if copied.versies:
            await copy("versie", columns=VERSIE_COLUMNS, records=_in_turns(copied.versies))
        if copied.objecten:
            await copy("verwerkt_object", columns=OBJECT_COLUMNS, records=_in_turns(copied.objecten))
        # The oldest decides: where they are not all the same, some are stale.
        generatie = min(numbers.generatie for _, numbers in slices)
        await connection.execute(query("zegel/mark_current"), *columns(copied.merken, 2), generatie)


async def _in_turns(rows: Sequence[tuple[Any, ...]]) -> AsyncIterator[tuple[Any, ...]]:
    for index, row in enumerate(rows, start=1):
        yield row
        if index % _MOST_ROWS == 0:
            await asyncio.sleep(0)


def _slices(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """Divide records by the rows that they need."""
    first = rows = 0
    for index, record in enumerate(records):
        rows += 1 + len(record.versie.inhoud.verwerkte_objecten)
        if rows >= _MOST_ROWS:
            yield records[first : index + 1]
            first, rows = index + 1, 0
    if first < len(records):
        yield records[first:]
