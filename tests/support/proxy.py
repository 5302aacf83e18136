"""A connection to PostgreSQL that breaks at the worst moments: before, during and after the server's work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path

from verwerkingenlog.storage.embedded import Cluster

_CHUNK = 1 << 20


class Moment(Enum):
    """When the connection breaks."""

    BEFORE = "the statement never reaches the server"
    DURING = "the server is at work"
    AFTER = "the server has answered, and the answer is lost"


class Proxy:
    """Passes everything on, but for the one message that it is told to break at."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._word: bytes | None = None
        self._moment = Moment.BEFORE

    def break_at(self, word: bytes, moment: Moment) -> None:
        """Break the connection, once, at the next message from the client that holds this word."""
        self._word, self._moment = word, moment

    @property
    def broke(self) -> bool:
        """Whether the connection broke as it was told."""
        return self._word is None

    async def serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """Pass on one connection."""
        server, to_server = await asyncio.open_unix_connection(self._server)
        back = asyncio.create_task(_copy(server, to_client))
        try:
            while data := await client.read(_CHUNK):
                if self._word is not None and self._word in data:
                    self._word = None
                    back.cancel()
                    await asyncio.wait([back])
                    await self._break(data, server, to_server)
                    return
                to_server.write(data)
        finally:
            back.cancel()
            to_client.transport.abort()
            to_server.close()

    async def _break(
        self, data: bytes, server: asyncio.StreamReader, to_server: asyncio.StreamWriter
    ) -> None:
        if self._moment is not Moment.BEFORE:
            to_server.write(data)
            await to_server.drain()
        if self._moment is Moment.AFTER:
            await server.read(_CHUNK)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(_CHUNK):
        target.write(data)
    target.close()


@asynccontextmanager
async def proxied(cluster: Cluster, database: str, directory: Path) -> AsyncIterator[tuple[Proxy, str]]:
    """Give a proxy before this server, and the address of the database through it."""
    name = ".s.PGSQL.5432"
    proxy = Proxy(next(cluster.sockets.glob(name)))
    server = await asyncio.start_unix_server(proxy.serve, directory / name)
    async with server:
        yield proxy, f"postgresql:///{database}?host={directory}&port=5432&user=postgres"
