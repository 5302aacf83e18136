"""The sealer at work: looks ten times a second, seals what it finds, publishes what it signed (T1, T2).

Of all that are started on a database one seals; the others look, tell how far it is behind, and take over
when its connection ends.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from verwerkingenlog.errors import ConfigurationError, LogWentBack, StoreUnavailable
from verwerkingenlog.ledger.checker import Checkpoint
from verwerkingenlog.operations.beheer import Clock
from verwerkingenlog.operations.verzegeling.publish import Publisher
from verwerkingenlog.operations.verzegeling.seal import MOST, Verzegeld, begin, check_name, seal_from
from verwerkingenlog.operations.verzegeling.went_back import require_published
from verwerkingenlog.storage import boom, sealing
from verwerkingenlog.storage.checkpoints import Checkpoints
from verwerkingenlog.storage.database import SEALING, Connection, connect, reachable
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.sealing import State

_BUSY: Final = 0.1
_IDLE: Final = 0.25
_AWAY: Final = 1.0
"""Seconds before the next look: while records come, while none come, and while the store is away."""
_LONGEST_STEP: Final = 60.0
_LONGEST_FINISH: Final = 10.0
_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Sealer:
    """What seals one database; `observe` hears of each look what was found and, if it sealed, what it did."""

    url: str
    open_ring: Callable[[Connection], Awaitable[KeyRing]]
    checkpoints: Checkpoints
    publisher: Publisher
    clock: Clock
    lognaam: str | None
    observe: Callable[[State, Verzegeld | None], None]
    _turn: bool = field(default=False, init=False)
    _signed: Checkpoint | None = field(default=None, init=False)
    """The last checkpoint that was published here or signed by this process: the next must extend it."""

    async def run(self, stop: asyncio.Event, on_ready: Callable[[], None]) -> None:
        """Seal until `stop`; wait for a store that is away, once it was there.

        Raises `VerwerkingenlogError` where it can't begin, and `LogWentBack` at any time.
        """
        ready = away = False
        while not stop.is_set():
            try:
                async with reachable(), self._connected() as (connection, ring):
                    if not ready:
                        on_ready()
                    ready, away = True, False
                    await self._work(connection, ring, stop)
            except LogWentBack:
                raise
            except (StoreUnavailable, ConfigurationError) as error:
                if not ready:
                    raise
                if not away:
                    _log.warning("sealer_waits", exc_info=error)
                away = True
                await _pause(stop, _AWAY)

    async def once(self) -> int:
        """Seal until nothing waits, by this process or the one whose turn it is; give how many it sealed."""
        total = 0
        async with reachable(), self._connected() as (connection, ring):
            while True:
                state, done = await self._look(connection, ring)
                total += done.aantal if done else 0
                if done is None and (self._turn or state.wacht is None):
                    break
                if not self._turn:
                    await asyncio.sleep(_BUSY)
            await self.publisher.finish()
        return total

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[Connection, KeyRing]]:
        self._turn = False
        connection = await connect(self.url, SEALING)
        try:
            ring = await self.open_ring(connection)
            head = await boom.head(connection)
            if head is not None:
                check_name(head, self.lognaam)
            yield connection, ring
        finally:
            # The turn ends with the connection, also where that is beyond being closed in order.
            connection.terminate()

    async def _work(self, connection: Connection, ring: KeyRing, stop: asyncio.Event) -> None:
        while not stop.is_set():
            state, done = await self._look(connection, ring)
            if done is None or done.aantal < MOST:
                await _pause(stop, _IDLE if state.wacht is None else _BUSY)
        if self._turn:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST_FINISH):
                    while (await self._look(connection, ring))[1] is not None:
                        pass
            await self.publisher.finish()

    async def _look(self, connection: Connection, ring: KeyRing) -> tuple[State, Verzegeld | None]:
        if not self._turn and await sealing.take_turn(connection):
            await self._take_over(connection, ring)
            self._turn = True
        async with asyncio.timeout(_LONGEST_STEP):
            state = await sealing.state(connection)
            done = await self._seal(state, connection, ring) if self._turn else None
        self.observe(state, done)
        return state, done

    async def _take_over(self, connection: Connection, ring: KeyRing) -> None:
        head = await begin(connection, ring, self.clock, self.lognaam)
        self._signed = await require_published(connection, ring, self.checkpoints) or self._signed
        if head.checkpoint is not None and head.checkpoint != self.checkpoints.last():
            self.publisher.take(head.checkpoint)
        _log.info("sealing_started")

    async def _seal(self, state: State, connection: Connection, ring: KeyRing) -> Verzegeld | None:
        earlier = () if self._signed is None else (self._signed,)
        done = await seal_from(state, connection, ring, self.clock, earlier)
        if done is not None and done.checkpoint is not None:
            self._signed = done.signed
            self.publisher.take(done.checkpoint)
        await self.publisher.publish()
        return done


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
