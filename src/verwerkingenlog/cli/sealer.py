"""The process that seals: a part of `serve`, or alone as `verwerkingenlog zegel` (rule T1)."""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection as Pipe
from typing import Final

from verwerkingenlog.cli.crew import Ready, refuse, tell, when_parent_ends
from verwerkingenlog.config import Settings
from verwerkingenlog.errors import LogWentBack
from verwerkingenlog.operations.installation import check_installation, present
from verwerkingenlog.operations.verzegeling.publish import Publisher
from verwerkingenlog.operations.verzegeling.seal import Verzegeld
from verwerkingenlog.operations.verzegeling.sealer import Sealer
from verwerkingenlog.storage.checkpoints import Checkpoints
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.sealing import State
from verwerkingenlog.telemetry import metrics
from verwerkingenlog.telemetry.logging import configure

_TOO_LATE: Final = 10.0
"""Seconds that a record may wait for its seal before an administrator has to look."""
_PERIOD: Final = 10.0
_NICENESS: Final = 5
"""Who logs waits for an answer, nobody for a seal: of a busy processor the sealer gets the smaller part."""
_log = logging.getLogger(__name__)


def work(parent: Pipe) -> None:
    """Seal until SIGTERM or the parent's death; say first whether it goes, and later if the log went back."""
    settings = Settings.load(os.environ)
    configure(settings.log_niveau)
    os.nice(_NICENESS)
    ready = False

    def on_ready() -> None:
        nonlocal ready
        ready = True
        tell(parent, Ready())
        _log.info("sealer_started", extra={"worker": os.getpid()})

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        when_parent_ends(lambda: loop.call_soon_threadsafe(stop.set))
        await sealer_of(settings, settings.database_url or "").run(stop, on_ready)

    try:
        asyncio.run(run())
    except LogWentBack as error:
        _log.exception("log_went_back")
        refuse(parent, error)
    except Exception as error:  # noqa: BLE001 - as in a worker
        if not ready:
            refuse(parent, error)
        # Another try, by another process, may find it gone.
        _log.exception("sealer_failed")
        sys.exit(1)
    _log.info("sealer_stopped", extra={"worker": os.getpid()})


def unpublished(event: str, error: Exception) -> None:
    """Count and tell that a checkpoint could not be written or posted."""
    metrics.CHECKPOINTS_UNPUBLISHED.labels(event.removeprefix("checkpoint_")).inc()
    _log.warning(event, exc_info=error)


def sealer_of(settings: Settings, url: str, failed: Callable[[str, Exception], None] = unpublished) -> Sealer:
    """Give the sealer of this database; `failed` hears of each checkpoint that could not be published."""
    checkpoints = Checkpoints(settings.checkpoints)

    async def open_ring(connection: Connection) -> KeyRing:
        return await check_installation(connection, settings.sleutels, settings.sleutels_wachtzin)

    return Sealer(
        url=url,
        open_ring=open_ring,
        checkpoints=checkpoints,
        publisher=Publisher(checkpoints, settings.checkpoint_url, present, failed),
        clock=present,
        lognaam=settings.lognaam,
        observe=Watch().observe,
    )


class Watch:
    """Counts what was sealed, and tells when sealing stays behind."""

    def __init__(self) -> None:
        self._behind = False
        self._next = 0.0

    def observe(self, state: State, done: Verzegeld | None) -> None:
        """Take in one look at the database."""
        lag = state.wacht or 0.0
        metrics.observe_sealing(
            lag,
            done.aantal if done else 0,
            done.grootte if done else state.head.grootte if state.head else 0,
        )
        now = time.monotonic()
        # Not at the first look: what was left by a server that stopped is sealed right after it.
        if lag > _TOO_LATE and self._behind and now >= self._next:
            self._next = now + _PERIOD
            _log.error("sealing_behind", extra={"duration_ms": round(lag * 1000)})
        self._behind = lag > _TOO_LATE
