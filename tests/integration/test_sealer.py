"""The sealer at work: it takes turns, outlives its connection, publishes, and tells when it is behind."""

import asyncio
import io
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.support.postgres import psql
from tests.support.sealing import assert_sealed, clock, waiting
from tests.support.store import a_version
from verwerkingenlog.cli.sealer import Watch
from verwerkingenlog.errors import ConfigurationError, LogWentBack
from verwerkingenlog.operations.installation import check_installation
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.verzegeling.publish import Publisher
from verwerkingenlog.operations.verzegeling.sealer import Sealer
from verwerkingenlog.storage import boom
from verwerkingenlog.storage.checkpoints import Checkpoints
from verwerkingenlog.storage.database import SEALING, Connection, connect
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.sealing import State
from verwerkingenlog.telemetry import metrics
from verwerkingenlog.telemetry.logging import configure


@pytest.fixture
async def connection(log: Log, database: str) -> AsyncIterator[Connection]:  # noqa: ARG001 - installs it
    connection = await connect(database, SEALING)
    yield connection
    connection.terminate()


class Place:
    """Where a sealer works, with all that it said of what it could not publish."""

    def __init__(self, database: str, sleutels: Path, directory: Path, url: str | None = None) -> None:
        self.database, self.sleutels = database, sleutels
        self.checkpoints = Checkpoints(directory)
        self.url = url
        self.unpublished: list[str] = []

    def sealer(self, lognaam: str | None = None) -> Sealer:
        async def open_ring(connection: Connection) -> KeyRing:
            return await check_installation(connection, self.sleutels)

        return Sealer(
            url=self.database,
            open_ring=open_ring,
            checkpoints=self.checkpoints,
            publisher=Publisher(
                self.checkpoints, self.url, clock, lambda event, _: self.unpublished.append(event)
            ),
            clock=clock,
            lognaam=lognaam,
            observe=Watch().observe,
        )

    @asynccontextmanager
    async def working(self) -> AsyncIterator[asyncio.Event]:
        """Have a sealer at work; it ends in order."""
        stop = asyncio.Event()
        task = asyncio.create_task(self.sealer().run(stop, lambda: None))
        yield stop
        stop.set()
        await task


@pytest.fixture
def place(database: str, sleutels: Path, tmp_path: Path) -> Place:
    return Place(database, sleutels, tmp_path / "checkpoints")


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 - what is waited for happens in the database
            await asyncio.sleep(0.02)


async def nothing_waits(connection: Connection) -> bool:
    """Tell whether all is sealed and signed."""
    head = await boom.head(connection)
    signed = None if head is None or head.checkpoint is None else head.checkpoint.split("\n")[1]
    return head is not None and signed == str(head.grootte) and not await waiting(connection)


async def test_T1_what_is_written_is_sealed_and_published(
    log: Log, connection: Connection, place: Place
) -> None:
    async with place.working():
        await asyncio.gather(*(log.group_commit.register(a_version()) for _ in range(50)))
        await until(lambda: nothing_waits(connection))
    await assert_sealed(connection)
    assert place.checkpoints.last() == await boom.checkpoint(connection)


async def test_T1_a_stop_leaves_nothing_unsealed(log: Log, connection: Connection, place: Place) -> None:
    async with place.working():
        await until(lambda: nothing_waits(connection))
        await log.group_commit.register(a_version())
    await assert_sealed(connection)
    assert place.checkpoints.last() == await boom.checkpoint(connection)


async def test_T1_another_takes_over_when_the_connection_of_the_first_ends(
    log: Log, connection: Connection, place: Place, cluster: Cluster, database: str
) -> None:
    name = database.rpartition("/")[2].partition("?")[0]
    async with place.working(), place.working():
        for _ in range(3):
            await log.group_commit.register(a_version())
            await until(lambda: nothing_waits(connection))
            psql(
                cluster,
                "select pg_terminate_backend(pid) from pg_locks"
                " where locktype = 'advisory' and objid = 8101986414 % 4294967296"
                f" and database = (select oid from pg_database where datname = '{name}')",
            )
        await log.group_commit.register(a_version())
        await until(lambda: nothing_waits(connection))
    await assert_sealed(connection)


async def test_T1_once_seals_what_waits_also_beside_another(
    log: Log, connection: Connection, place: Place
) -> None:
    await asyncio.gather(*(log.group_commit.register(a_version()) for _ in range(5)))
    assert await place.sealer().once() >= 5
    await assert_sealed(connection)
    async with place.working():
        await until(lambda: nothing_waits(connection))
        await log.group_commit.register(a_version())
        await place.sealer().once()
        assert await waiting(connection) == {}


async def test_T1_a_start_under_another_name_is_refused(log: Log, place: Place) -> None:
    await log.group_commit.register(a_version())
    await place.sealer("gemeente.example/log").once()
    with pytest.raises(ConfigurationError, match="VERWERKINGENLOG_LOGNAAM"):
        await place.sealer("ander.example/log").run(asyncio.Event(), lambda: None)


async def test_T2_a_log_that_goes_back_while_it_runs_ends_the_sealer(
    log: Log, connection: Connection, place: Place, cluster: Cluster, database: str
) -> None:
    await place.sealer().once()
    head = await boom.head(connection)
    assert head is not None
    task = asyncio.create_task(place.sealer().run(asyncio.Event(), lambda: None))
    await log.group_commit.register(a_version())
    await until(lambda: nothing_waits(connection))
    psql(
        cluster,
        f"update verwerkingenlog.kop set grootte = {head.grootte}, checkpoint = null",
        url=database,
    )
    with pytest.raises(LogWentBack):
        await asyncio.wait_for(task, 60)


@contextmanager
def receiving(*statuses: int) -> Iterator[tuple[str, list[str]]]:
    """Give the address of a server that answers with these statuses, and what it is sent."""
    answers, received = list(statuses), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append(f"{self.headers['Content-Type']}\n{body}")
            self.send_response(answers.pop(0) if answers else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the output of the tests clean."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/checkpoints", received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def test_T2_a_checkpoint_is_posted_and_a_refusal_holds_up_nothing(
    log: Log, connection: Connection, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with receiving(503) as (place.url, received):
        async with place.working():
            await until(lambda: nothing_waits(connection))
            await until(_eventually(lambda: place.unpublished == ["checkpoint_unposted"]))
            await log.group_commit.register(a_version())
            await until(lambda: nothing_waits(connection))
    assert received[-1] == f"text/plain; charset=utf-8\n{await boom.checkpoint(connection)}"
    assert len(received) >= 2


async def test_T2_a_directory_that_can_not_be_written_holds_up_nothing(
    log: Log, connection: Connection, place: Place, tmp_path: Path
) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / f".{os.getpid()}.draft").mkdir()
    async with place.working():
        await log.group_commit.register(a_version())
        await until(lambda: nothing_waits(connection))
        await until(_eventually(lambda: "checkpoint_unwritten" in place.unpublished))
        (tmp_path / "checkpoints" / f".{os.getpid()}.draft").rmdir()
    assert place.checkpoints.last() == await boom.checkpoint(connection)


def _eventually(condition: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return condition()

    return holds


def test_T1_sealing_that_stays_behind_is_told_as_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([100.0, 100.1, 100.2, 105.0, 110.2, 111.0, 112.0])
    monkeypatch.setattr("verwerkingenlog.cli.sealer.time.monotonic", lambda: next(moments))
    lines = io.StringIO()
    configure("info", lines)
    watch = Watch()
    for lag in (30.0, 0.1, 11.0, 12.0, 13.0, 14.0, None):
        watch.observe(State(None, 1, lag), None)
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [(line["level"], line["event"], line["duration_ms"]) for line in told] == [
        ("error", "sealing_behind", 12000)
    ]
    assert metrics.REGISTRY.get_sample_value("verwerkingenlog_sealing_lag_seconds") == 0
