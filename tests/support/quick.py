"""What the tests of the quick way need: the log with it and without it, and a store that waits."""

import asyncio
import json
import os
import re
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

import asyncpg
import httpx
import uvicorn

from tests.support.acties import Json
from tests.support.applications import ALL_SCOPES, Application, write_applications
from tests.support.postgres import create_database
from tests.support.server import PATIENCE, Server, free_port
from tests.support.tokens import zgw_token
from tests.support.wire import comparable, conversation
from verwerkingenlog.cli.quick_protocol import QuickProtocol
from verwerkingenlog.cli.worker import config_of
from verwerkingenlog.operations.installation import install
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.telemetry.observation import ASGIApp

EVERYTHING: Final = Application(bewerking=ALL_SCOPES)
_COUNTED: Final = re.compile(
    r"^(verwerkingenlog_(?:requests_total\{api=\"bewerking\"|request_duration_seconds_count\{api=\"bewerking\""
    r"|tokens_total|records_acknowledged_total|overload_refusals_total).*) (\S+)$",
    re.MULTILINE,
)


_WAITING: Final = (
    "select count(*) from pg_locks join pg_database on pg_database.oid = database"
    " where not granted and datname = current_database()"
)


class FrameworkAlone(Server):
    """The same log without its quick way."""

    program = (sys.executable, "-m", "tests.support.framework_alone")


class Told(NamedTuple):
    """What a server told of a request: to its client, in its log and in its metrics."""

    said: bytes
    lines: list[Json]
    counted: dict[str, float]

    @property
    def status(self) -> int:
        """Give the status of the first answer."""
        return int(self.said[9:12])


class Watched:
    """A server whose log and metrics are looked at."""

    def __init__(self, server: Server, metrics_port: int) -> None:
        self.server = server
        self.port = server.port
        self._metrics = f"http://127.0.0.1:{metrics_port}/metrics"

    def told(self, data: bytes) -> Told:
        """Send bytes and give all that comes of them, but ids and moments."""
        size, before = self.server.log_file.stat().st_size, self.counts()
        said = comparable(conversation(self.port, data))
        after = self.counts()
        counted = {name: value - before.get(name, 0) for name, value in after.items()}
        with self.server.log_file.open("rb") as log:
            log.seek(size)
            lines = [_without_chance(json.loads(line)) for line in log]
        return Told(
            said,
            [line for line in lines if line.get("api", "bewerking") == "bewerking"],
            {name: count for name, count in counted.items() if count},
        )

    def counts(self) -> dict[str, float]:
        """Give what it counted so far, of its requests, tokens and records."""
        text = httpx.get(self._metrics, trust_env=False, timeout=PATIENCE).text
        return {name: float(value) for name, value in _COUNTED.findall(text)}


def _without_chance(line: Json) -> Json:
    return {name: value for name, value in line.items() if name not in {"time", "request_id", "duration_ms"}}


class Pair(NamedTuple):
    """Two servers of one log: as it is, and without its quick way."""

    quick: Watched
    alone: Watched
    database: str


def installed(cluster: Cluster, directory: Path) -> dict[str, str]:
    """Make a database ready for the log, and give the settings that name it."""
    url, sleutels = create_database(cluster), directory / "sleutels.json"
    asyncio.run(install(url, url, sleutels, os.urandom))
    return {"DATABASE_URL": url, "SLEUTELS": str(sleutels)}


@contextmanager
def running_pair(cluster: Cluster, directory: Path, **settings: str) -> Iterator[Pair]:
    """Have both servers; at the end, check their logs and files."""
    same = {**installed(cluster, directory), **settings}
    with ExitStack() as stack:
        watched = []
        for name, kind in (("quick", Server), ("alone", FrameworkAlone)):
            (directory / name).mkdir()
            port = free_port()
            server = kind(directory / name, workers=1, **{**same, "METRIEKEN_PORT": str(port)})
            stack.callback(server.dispose)
            server.start()
            watched.append(Watched(server, port))
        yield Pair(watched[0], watched[1], same["DATABASE_URL"])
        for one in watched:
            assert one.server.stop() == 0, one.server.log()
            one.server.assert_sound()


def authorization(application: Application = EVERYTHING, **claims: object) -> str:
    """Give the header of a caller whose token nobody has seen before."""
    token = zgw_token(application.client_id, application.secret, user_id=f"u-{uuid4()}"[:40], **claims)
    return f"Bearer {token}"


@asynccontextmanager
async def held(url: str, table: str = "versie") -> AsyncIterator[Callable[[int], Awaitable[None]]]:
    """Let nothing be written to a table inside the block; give how to wait until so many wait for that."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(f"lock table verwerkingenlog.{table} in share mode")

            async def waiting(count: int) -> None:
                async with asyncio.timeout(PATIENCE):
                    while await connection.fetchval(_WAITING) < count:  # noqa: ASYNC110 - it tells nobody
                        await asyncio.sleep(0.01)

            yield waiting
    finally:
        await connection.close()


class Here(NamedTuple):
    """A server in this very process, whose connections can be looked at."""

    port: int
    connections: set[QuickProtocol]

    async def only(self) -> QuickProtocol:
        """Give its one connection, once it has one."""
        await until(lambda: len(self.connections) == 1)
        [connection] = self.connections
        return connection


@asynccontextmanager
async def serving_here(app: ASGIApp) -> AsyncIterator[Here]:
    """Serve this app over the protocol of a worker."""
    server = uvicorn.Server(config_of(app))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await until(lambda: server.started or serving.done())
            yield Here(listener.getsockname()[1], server.server_state.connections)  # type: ignore[arg-type]
        finally:
            server.should_exit = True
            with suppress(asyncio.CancelledError):
                await serving


def settings_here(directory: Path, settings: dict[str, str]) -> dict[str, str]:
    """Give the environment of a log in this process, with the applications of the tests."""
    applications = directory / "applicaties.yaml"
    write_applications(applications)
    given = {**settings, "APPLICATIES": str(applications)}
    return {f"VERWERKINGENLOG_{name}": value for name, value in given.items()}


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that becomes true by itself; fail when it does not."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0.01)
