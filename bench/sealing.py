"""How long records wait for their seal while others are written: the oldest, looked at many times."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from bench.postgres import statement
from verwerkingenlog.storage.embedded import Cluster

_PAUSE = 0.05


@contextmanager
def watching(cluster: Cluster, waits: list[float]) -> Iterator[None]:
    """Add to `waits`, as long as the block lasts, the seconds that the oldest unsealed record waits."""
    done = threading.Event()
    looks: list[float] = []
    thread = threading.Thread(target=lambda: asyncio.run(_look(cluster.url, done, looks)), name="sealing")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        waits += looks


async def _look(url: str, done: threading.Event, waits: list[float]) -> None:
    connection = await asyncpg.connect(url)
    try:
        while not done.is_set():
            waits.append(await connection.fetchval(statement("waiting")))
            await asyncio.sleep(_PAUSE)
    finally:
        await connection.close()
