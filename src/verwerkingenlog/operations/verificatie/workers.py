"""The stretches of a log looked at by one process or by several, and given in order."""

import asyncio
import gc
import multiprocessing
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from verwerkingenlog.operations.verificatie.scan import STRETCH, Frame, Looks, Part, refresh, scan
from verwerkingenlog.storage.database import SEALING, Connection, connect
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.ringfile import RingFile

_COLLECT_AFTER: Final = 100_000
_AHEAD: Final = 4
"""Stretches under way for each process; what is done and waits for its turn takes memory."""


class Toegang(NamedTuple):
    """How a process of its own comes to the log."""

    url: str
    sleutels: Path
    wachtzin: str | None


def collect_less() -> None:
    """Have Python look for garbage in cycles less often in this process: rows have none, and are many."""
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])


def stretches(first: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut the leaves from `first` up to `end`."""
    return ((low, min(low + STRETCH, end)) for low in range(first, end, STRETCH))


async def alone(connection: Connection, ring: KeyRing, frame: Frame, first: int) -> AsyncIterator[Part]:
    """Look at all leaves from `first` on in this process."""
    looks = Looks(ring)
    for low, end in stretches(first, frame.grootte):
        yield await scan(connection, looks, frame, low, end)


async def together(toegang: Toegang, processes: int, frame: Frame, first: int) -> AsyncIterator[Part]:
    """Look at all leaves from `first` on in so many processes."""
    loop = asyncio.get_running_loop()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _begin, (toegang, frame)) as pool:
        waiting = stretches(first, frame.grootte)
        busy: deque[asyncio.Future[Part]] = deque()
        try:
            for low, end in waiting:
                busy.append(loop.run_in_executor(pool, _scan, low, end))
                if len(busy) >= processes * _AHEAD:
                    yield await busy.popleft()
            while busy:
                yield await busy.popleft()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


class _Worker:
    """What a process keeps between two stretches."""

    def __init__(self, toegang: Toegang, frame: Frame) -> None:
        self.runner = asyncio.Runner()
        self._frame = frame
        self._looks = Looks(RingFile(toegang.sleutels, toegang.wachtzin).ring())
        self._connection = self.runner.run(self._open(toegang.url))

    async def _open(self, url: str) -> Connection:
        connection = await connect(url, SEALING)
        await refresh(connection, self._looks.ring)
        return connection

    async def scan(self, first: int, end: int) -> Part:
        return await scan(self._connection, self._looks, self._frame, first, end)


_worker: Callable[[], _Worker]


def _begin(toegang: Toegang, frame: Frame) -> None:
    global _worker  # noqa: PLW0603 - the process's own, made once when it starts
    collect_less()
    worker = _Worker(toegang, frame)
    _worker = lambda: worker  # noqa: E731


def _scan(first: int, end: int) -> Part:
    worker = _worker()
    return worker.runner.run(worker.scan(first, end))
