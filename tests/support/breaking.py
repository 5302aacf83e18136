"""A connection to PostgreSQL that breaks at a statement that the test chooses."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from verwerkingenlog.storage.database import Connection

T = TypeVar("T")


class Breaking:
    """Stands before a connection, and breaks it at its nth statement; BEGIN and COMMIT count too.

    `lost`: the statement never arrives. Else it is done, and its answer never arrives.
    """

    def __init__(self, at: int, *, lost: bool) -> None:
        self._left = at
        self._lost = lost
        self._broken: list[Connection] = []

    @property
    def happened(self) -> bool:
        """Whether it came to the statement."""
        return self._left <= 0

    def before(self, connection: Connection) -> "Connection":
        """Stand before this connection; all of them count together and break together."""
        self._broken.append(connection)
        return _Wrapped(self, connection)

    async def step(self, statement: Callable[[], Awaitable[T]]) -> T:
        """Do a statement, or break."""
        self._left -= 1
        if self._left != 0:
            return await statement()
        if not self._lost:
            await statement()
        for connection in self._broken:
            connection.terminate()
        raise ConnectionResetError


class _Wrapped:
    def __init__(self, breaking: Breaking, connection: Connection) -> None:
        self._breaking = breaking
        self._connection = connection

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._connection, name)
        return lambda *arguments: self._breaking.step(lambda: method(*arguments))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        transaction = self._connection.transaction()
        await self._breaking.step(transaction.start)
        try:
            yield
        except BaseException:
            if not self._connection.is_closed():
                await transaction.rollback()
            raise
        await self._breaking.step(transaction.commit)
