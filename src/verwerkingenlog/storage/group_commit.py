"""Group commit: new acties that arrive together share one transaction (rule P2).

Each is acknowledged only after the COMMIT that holds it. Nothing waits for a timer: while the database is
idle a record is written at once, and while it is busy the next batch fills.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import asyncpg

from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.errors import IdempotencyPending, Overloaded, StoreUnavailable
from verwerkingenlog.storage.database import UNREACHABLE, Connection, Pool
from verwerkingenlog.storage.idempotency import Claim, remember
from verwerkingenlog.storage.rows import Record
from verwerkingenlog.storage.sql import query
from verwerkingenlog.storage.writing import Writer

_IN_FLIGHT: Final = 2
_WORTH: Final = 2
"""A batch leaves beside one that is under way only once it is so many times as large: small ones cost more
than they save."""
_PATIENCE: Final = 0.1
"""Seconds after which a batch holds up no other: it may wait for a lock, or for a connection that is dead."""
_LARGEST_BATCH: Final = 512
_MOST_OBJECTS: Final = 20_000


Settle = Callable[[int | Exception], None]
"""Hears once what became of a record: its number in the log when it is durable, or why it was not written.

It must not raise: it is called amid a batch of others."""


class _Waiting:
    """A record in the queue, and who waits for it."""

    __slots__ = ("_settle", "claim", "versie")

    def __init__(self, versie: Versie, claim: Claim | None, settle: Settle) -> None:
        self.versie = versie
        self.claim = claim
        self._settle: Settle | None = settle

    def settle(self, outcome: int | Exception) -> None:
        """Tell the first outcome: a connection that breaks as it is given back changes nothing any more."""
        settle, self._settle = self._settle, None
        if settle is not None:
            settle(outcome)


class _UnderWay:
    """How many records of a batch count as under way: none any more once it is late."""

    __slots__ = ("records",)

    def __init__(self, records: int) -> None:
        self.records = records


class GroupCommit:
    """The queue of new acties of one worker, bounded by `capacity`.

    `observe` hears of each transaction how many records it made durable, and how many still wait.
    """

    def __init__(
        self, pool: Pool, writer: Writer, capacity: int, observe: Callable[[int, int], None]
    ) -> None:
        self._pool = pool
        self._writer = writer
        self._capacity = capacity
        self._observe = observe
        self._queue: deque[_Waiting] = deque()
        self._under_way = 0
        self._writers = 0
        self._running: set[asyncio.Task[None]] = set()

    async def register(self, versie: Versie, claim: Claim | None = None) -> int:
        """Write the first version of an actie and give its number in the log, once it is durable.

        Raises `Overloaded` when the queue is full, `StoreUnavailable` when the store fails, and
        `IdempotencyPending` when another call holds the claim; then nothing was written, but where the
        connection broke at COMMIT and stays broken: then nobody knows, and nothing was acknowledged.
        """
        written: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.enqueue(versie, lambda outcome: _resolve(written, outcome), claim)
        return await written

    def enqueue(self, versie: Versie, settle: Settle, claim: Claim | None = None) -> None:
        """Do as `register` does, for a caller who can't wait: `settle` hears what that returns or raises.

        Raises `Overloaded` at once when the queue is full.
        """
        if len(self._queue) >= self._capacity:
            raise Overloaded
        self._queue.append(_Waiting(versie, claim, settle))
        self._start_writer()

    async def drain(self) -> None:
        """Wait until all that was accepted is written."""
        while self._running:
            await asyncio.wait(self._running)

    def _start_writer(self) -> None:
        if self._queue and self._writers < _IN_FLIGHT and self._is_worth_a_batch():
            self._writers += 1
            task = asyncio.create_task(self._write_queue())
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _write_queue(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue and self._is_worth_a_batch():
            batch = self._next_batch()
            under_way = _UnderWay(len(batch))
            self._under_way += under_way.records
            late = loop.call_later(_PATIENCE, self._pass_by, under_way)
            await self._write_or_refuse(batch)
            late.cancel()
            self._under_way -= under_way.records
        # In the same breath as that last look, and not when the task is done: what came in between would
        # find every place taken by a writer that no longer looks.
        self._writers -= 1

    def _pass_by(self, late: _UnderWay) -> None:
        self._under_way -= late.records
        late.records = 0
        self._start_writer()

    def _is_worth_a_batch(self) -> bool:
        # With nothing under way all that waits is: so the writer that ends last leaves nobody waiting.
        return len(self._queue) >= _WORTH * self._under_way

    async def _write_or_refuse(self, batch: Sequence[_Waiting]) -> None:
        try:
            await self._write(batch)
        except UNREACHABLE as error:
            for waiting in batch:
                waiting.settle(_unavailable(error))
        except Exception as error:  # noqa: BLE001 - whatever went wrong, each caller must hear of it
            for waiting in batch:
                waiting.settle(error)

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        objects = 0
        while self._queue and len(batch) < _LARGEST_BATCH and objects < _MOST_OBJECTS:
            batch.append(self._queue.popleft())
            objects += len(batch[-1].versie.inhoud.verwerkte_objecten)
        return batch

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        async with self._pool.acquire() as connection:
            records = await self._writer.new_records(connection, [waiting.versie for waiting in batch])
            with suppress(asyncpg.PostgresError, *UNREACHABLE):
                await self._commit_fresh(connection, batch, records)
                return
        # One by one, so that one bad record harms no other.
        for waiting, record in zip(batch, records, strict=True):
            await self._retry(waiting, record)

    async def _commit_fresh(
        self, connection: Connection, batch: Sequence[_Waiting], records: Sequence[Record]
    ) -> None:
        await self._writer.until_current(connection, lambda: self._commit(connection, batch, records))

    async def _commit(
        self, connection: Connection, batch: Sequence[_Waiting], records: Sequence[Record]
    ) -> None:
        numbers = await self._writer.resolve(connection, records)
        claims = [waiting.claim for waiting in batch if waiting.claim is not None]
        if not claims:
            await self._writer.insert(connection, records, numbers)
            refused: set[str] = set()
        else:
            async with connection.transaction():
                refused = {claim.actie_id for claim in claims} - await remember(connection, claims)
                held = [record for record in records if record.versie.actie_id not in refused]
                await self._writer.insert(connection, held, numbers)
        self._observe(len(batch) - len(refused), len(self._queue))
        for waiting, record in zip(batch, records, strict=True):
            waiting.settle(IdempotencyPending() if waiting.versie.actie_id in refused else record.volgnummer)

    async def _retry(self, waiting: _Waiting, record: Record) -> None:
        try:
            async with self._pool.acquire() as connection:
                # The batch may have been committed although its answer was lost; numbers are never reused.
                if await connection.fetch(query("versies/present"), [record.volgnummer]):
                    waiting.settle(record.volgnummer)
                else:
                    await self._commit_fresh(connection, [waiting], [record])
        except asyncpg.UniqueViolationError:
            # The first attempt was still at work when its connection broke, and has written it by now.
            waiting.settle(record.volgnummer)
        except UNREACHABLE as error:
            waiting.settle(_unavailable(error))
        except asyncpg.PostgresError as error:
            waiting.settle(error)


def _resolve(written: "asyncio.Future[int]", outcome: int | Exception) -> None:
    if written.done():  # a caller that went away cancelled it
        return
    if isinstance(outcome, Exception):
        written.set_exception(outcome)
    else:
        written.set_result(outcome)


def _unavailable(cause: Exception) -> StoreUnavailable:
    error = StoreUnavailable()
    error.__cause__ = cause
    return error
