"""Where a process gets its applications, the file and the database, and how it hears of changes (rule S1).

A client_id that stands in both stops the start. Where that arises later, the file counts: an error in the
log says so, and exactly one secret is valid at any time.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple

from verwerkingenlog.domain.applicatie import Applicatie
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.applicatiebestand import Applicatiebestand
from verwerkingenlog.storage.applicaties import listen, load_applicaties
from verwerkingenlog.storage.database import SERVING, Connection, connect
from verwerkingenlog.storage.keyring import KeyRing

_log = logging.getLogger(__name__)


class Pace(NamedTuple):
    """Seconds: between looks at the file, between reloads without news, before a retry, for one answer."""

    file: float = 2.0
    database: float = 30.0
    retry: float = 1.0
    answer: float = 10.0


class Applicatiebronnen:
    """Keeps telling `changed` which applications are valid, from `start` until `stop`."""

    def __init__(
        self,
        url: str,
        ring: KeyRing,
        bestand: Applicatiebestand | None,
        changed: Callable[[tuple[Applicatie, ...]], None],
        pace: Pace = Pace(),  # noqa: B008 - an immutable value
    ) -> None:
        self._url = url
        self._ring = ring
        self._bestand = bestand
        self._changed = changed
        self._pace = pace
        self._news = asyncio.Event()
        self._seen = self._applied = b""
        self._from_file: tuple[Applicatie, ...] = ()
        self._from_database: tuple[Applicatie, ...] = ()
        self._connection: Connection | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Load both sources, then follow them.

        Raises `ConfigurationError` when the file is at fault, the database can't be reached, or both hold
        the same client_id.
        """
        if self._bestand:
            self._seen = self._applied = self._bestand.content()
            self._from_file = self._bestand.parse(self._applied)
        self._connection = await self._connect()
        double = in_both(self._from_file, self._from_database)
        if double:
            await self.stop()
            raise ConfigurationError(
                f"Deze applicaties staan in het bestand én in de database: {', '.join(double)}."
                " Haal ze uit het bestand, of trek ze in met 'verwerkingenlog applicatie intrekken'."
            )
        self._publish()
        self._tasks = [asyncio.create_task(self._follow_database())]
        if self._bestand:
            self._tasks.append(asyncio.create_task(self._follow_file(self._bestand)))

    async def stop(self) -> None:
        """Stop following and close the connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._drop_connection()

    def _publish(self) -> None:
        double = in_both(self._from_file, self._from_database)
        if double:
            _log.error("applicaties_doubled", extra={"count": len(double)})
        self._changed(merged(self._from_file, self._from_database))

    async def _connect(self) -> Connection:
        connection = await connect(self._url, SERVING)
        try:
            # Listen before the load, or a change between the two would go unheard.
            await listen(connection, self._news.set)
            await self._load(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    def _drop_connection(self) -> None:
        if self._connection:
            self._connection.terminate()
            self._connection = None

    async def _load(self, connection: Connection) -> None:
        self._news.clear()
        async with asyncio.timeout(self._pace.answer):
            self._from_database = await load_applicaties(connection, self._ring)

    async def _follow_database(self) -> None:
        while True:
            try:
                if self._connection is None:
                    self._connection = await self._connect()
                    self._publish()
                await self._wait_for_news()
                await self._load(self._connection)
                self._publish()
            except Exception:  # noqa: BLE001 - whatever happens, the next withdrawal must still arrive
                _log.exception("applicaties_connection_lost")
                self._drop_connection()
                await asyncio.sleep(self._pace.retry)

    async def _wait_for_news(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), self._pace.database)

    async def _follow_file(self, bestand: Applicatiebestand) -> None:
        while True:
            await asyncio.sleep(self._pace.file)
            try:
                self._look_at(bestand)
            except ConfigurationError:
                _log.exception("applicaties_file_refused")

    def _look_at(self, bestand: Applicatiebestand) -> None:
        content = bestand.content()
        # Twice the same, or it may be half written.
        settled, self._seen = content == self._seen, content
        if settled and content != self._applied:
            self._applied = content
            self._from_file = bestand.parse(content)
            self._publish()


def in_both(file: Iterable[Applicatie], database: Iterable[Applicatie]) -> list[str]:
    """Give each client_id that both sources hold."""
    return sorted({one.client_id for one in file} & {one.client_id for one in database})


def merged(file: tuple[Applicatie, ...], database: tuple[Applicatie, ...]) -> tuple[Applicatie, ...]:
    """Give the valid applications: those of the file, and the others of the database."""
    names = {one.client_id for one in file}
    return file + tuple(one for one in database if one.client_id not in names)
