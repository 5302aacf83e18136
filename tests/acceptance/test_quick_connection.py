"""A connection while a POST under the framework is under way: what comes ahead, who goes away, what stops."""

import asyncio
import fcntl
import json
import socket
import struct
import termios
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.acties import Json, a_minimal_actie, bsn, person_query
from tests.support.applications import ALL_SCOPES
from tests.support.client import ACTIES, Client
from tests.support.quick import (
    FrameworkAlone,
    Here,
    authorization,
    held,
    installed,
    serving_here,
    settings_here,
    until,
)
from tests.support.requests import request
from tests.support.server import Server, wait_until
from tests.support.wire import Wire, wire
from verwerkingenlog.app import compose
from verwerkingenlog.cli.quick_protocol import QuickProtocol
from verwerkingenlog.config import Settings
from verwerkingenlog.storage.embedded import Cluster

TOKEN = authorization()
LIVES = b"GET /gezond HTTP/1.1\r\nHost: log\r\n\r\n"
KINDS = [Server, FrameworkAlone]
"""What the framework does is what is asked of the quick way."""


@pytest.fixture(scope="module")
def store(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return installed(cluster, tmp_path_factory.mktemp("store"))


@pytest.fixture
def url(store: dict[str, str]) -> str:
    return store["DATABASE_URL"]


def started(kind: type[Server], directory: Path, store: dict[str, str]) -> Iterator[Server]:
    server = kind(directory, workers=1, **{"WACHTRIJ": "1", **store})
    try:
        server.start()
        yield server
        server.end()
        server.assert_sound()
    finally:
        server.dispose()


@pytest.fixture(scope="module", params=KINDS)
def server(
    request: pytest.FixtureRequest, store: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    yield from started(request.param, tmp_path_factory.mktemp("server"), store)


@pytest.fixture(params=KINDS)
def stopping(request: pytest.FixtureRequest, store: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    yield from started(request.param, tmp_path, store)


@pytest.fixture
def environment(store: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return settings_here(tmp_path, store)


@pytest.fixture
async def here(environment: dict[str, str], url: str) -> AsyncIterator[Here]:
    async with serving_here(compose(Settings.load(environment), url)) as here:
        yield here


def post(name: str = "", *persons: str, key: str = "") -> bytes:
    more = [f"Idempotency-Key: {key}".encode()] if key else []
    return request(TOKEN, json.dumps(a_minimal_actie(*persons, handelingNaam=name)).encode(), *more)


async def names(connection: Wire, count: int) -> list[str]:
    answers = await asyncio.to_thread(connection.responses, count)
    assert {answer.status for answer in answers} == {201}, answers
    return [answer.json["handelingNaam"] for answer in answers]


async def took_in_all(connection: QuickProtocol) -> None:
    """Wait until nothing that was sent is still to be read by the server."""
    number = connection.transport.get_extra_info("socket").fileno()
    await until(lambda: not struct.unpack("i", fcntl.ioctl(number, termios.FIONREAD, bytes(4)))[0])


def timer_of(connection: QuickProtocol) -> asyncio.TimerHandle | None:
    return connection.timeout_keep_alive_task


def posts(server: Server) -> list[Json]:
    lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("operation") == "verwerkingsactie_create"]


async def test_P2_a_stop_answers_what_is_under_way_and_closes(stopping: Server, url: str) -> None:
    with wire(stopping.port) as busy, wire(stopping.port) as half, wire(stopping.port) as idle:
        async with held(url) as waiting:
            busy.send(post("onderweg"))
            await waiting(1)
            half.send(post("half")[:-5])
            for _ in range(2):
                idle.send(LIVES)
                assert idle.response().status == 200
            ended = asyncio.create_task(asyncio.to_thread(stopping.stop))
            assert await asyncio.to_thread(idle.rest) == b""
            assert not busy.is_answered()
            half.send(post("half")[-5:])
        for connection, name in ((busy, "onderweg"), (half, "half")):
            answer = await asyncio.to_thread(connection.response)
            assert (answer.status, answer.json["handelingNaam"]) == (201, name)
            assert answer.headers["connection"] == "close"
            assert connection.rest() == b""
        assert await ended == 0


@pytest.mark.parametrize("broken", [False, True])
async def test_P2_the_actie_of_a_client_that_went_away_is_kept(
    *, broken: bool, server: Server, url: str
) -> None:
    before, person = len(posts(server)), bsn()
    async with held(url) as waiting:
        with wire(server.port) as gone:
            if broken:
                gone.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            gone.send(post("weg", person))
            await waiting(1)
            gone.send(LIVES)
    wait_until(lambda: len(posts(server)) > before, "the actie is written", server.log)
    [line] = posts(server)[before:]
    assert (line["event"], line["status"]) == ("request_answered", 201)
    with closing(Client(server.url)) as client:
        [found] = client.bewerking(*ALL_SCOPES).results(ACTIES, person_query(person))
    assert found["handelingNaam"] == "weg"
    assert posts(server)[before + 1 :] == []


async def test_E2_a_full_queue_is_a_429_and_none_else_is_harmed(server: Server, url: str) -> None:
    before = len(posts(server))
    with ExitStack() as stack:
        connections = [stack.enter_context(wire(server.port)) for _ in range(4)]
        async with held(url) as waiting:
            for number, connection in enumerate(connections):
                connection.send(post(str(number)))
                await waiting(min(number + 1, 2))
            # Two transactions wait and one actie in the queue: which of the last two, nobody can tell.
            await until(lambda: any(connection.is_answered() for connection in connections))
            [refused] = [one for one in connections if one.is_answered()]
            answer = refused.response()
            assert (answer.status, answer.json["code"]) == (429, "overloaded")
            assert int(answer.headers["retry-after"]) > 0
        for connection in connections:
            if connection is not refused:
                assert connection.response().status == 201
        refused.send(post("weer"))
        assert refused.response().status == 201
    wait_until(lambda: len(posts(server)) >= before + 5, "all is told", server.log)
    assert sorted(line["status"] for line in posts(server)[before:]) == [201, 201, 201, 201, 429]


async def test_P1_what_is_sent_ahead_is_taken_in_no_further_than_it_should(here: Here, url: str) -> None:
    with wire(here.port) as client:
        connection = await here.only()
        async with held(url) as waiting:
            client.send(post("0"))
            await waiting(1)
            ahead = b"".join(post(str(number)) for number in range(1, 300))
            sent = asyncio.create_task(asyncio.to_thread(client.send, ahead))
            await until(lambda: connection.flow.read_paused)
            assert not client.is_answered()
        assert await names(client, 300) == [str(number) for number in range(300)]
        await sent
        await until(lambda: not connection.flow.read_paused)


@pytest.mark.parametrize("kept", [1, 60, -100, -1, 100_000])
async def test_P1_what_is_sent_ahead_may_end_anywhere(kept: int, here: Here, url: str) -> None:
    with wire(here.port) as client:
        connection = await here.only()
        async with held(url) as waiting:
            client.send(post("0"))
            await waiting(1)
            client.send(post("1") + post("2")[:kept])
            await took_in_all(connection)
        assert await names(client, 2) == ["0", "1"]
        client.send(post("2")[kept:], post("3"))
        assert await names(client, 2) == ["2", "3"]


async def test_P1_a_quick_request_waits_for_one_of_the_framework(here: Here, url: str) -> None:
    with wire(here.port) as client, wire(here.port) as other:
        other.send(LIVES)
        assert (await asyncio.to_thread(other.response)).status == 200
        async with held(url, "idempotentie") as waiting:
            client.send(post("0", key=bsn()))
            await waiting(1)
            client.send(post("1"))
            other.send(post("2"))
            assert await names(other, 1) == ["2"]
            assert not client.is_answered()
        assert await names(client, 2) == ["0", "1"]


async def test_P1_what_the_protocol_keeps_for_a_moment_goes_before_a_request(here: Here) -> None:
    """It could be the beginning of an offer of another protocol, and here is the beginning of a method."""
    with wire(here.port) as client:
        connection = await here.only()
        client.send(b"\r\nu")
        await took_in_all(connection)
        client.send(post("0"))
        assert (await asyncio.to_thread(client.response)).status == 400


async def test_P1_a_client_that_does_not_read_yet_loses_nothing(here: Here) -> None:
    persons = [bsn() for _ in range(300)]
    with wire(here.port) as client:
        connection = await here.only()
        sent = asyncio.create_task(
            asyncio.to_thread(client.send, *(post(str(number), *persons) for number in range(120)))
        )
        await until(lambda: connection.flow.write_paused)
        assert await names(client, 120) == [str(number) for number in range(120)]
        await sent


async def test_P1_a_half_request_is_kept_while_the_client_does_not_read(here: Here, url: str) -> None:
    with wire(here.port) as client:
        connection = await here.only()
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        own = connection.transport.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        async with held(url) as waiting:
            client.send(post("0", *(bsn() for _ in range(600))))
            await waiting(1)
            client.send(post("1")[:-10])
            await took_in_all(connection)
        await until(lambda: connection.flow.write_paused)
        client.send(post("1")[-10:])
        await took_in_all(connection)
        # Only the framework waits with its answer until the client reads again.
        assert connection.cycle is not None
        assert await names(client, 2) == ["0", "1"]


async def test_a_connection_at_rest_is_closed_after_a_while_and_no_other(here: Here, url: str) -> None:
    with wire(here.port) as client:
        client.send(post("0"))
        assert await names(client, 1) == ["0"]
        connection = await here.only()
        timer = timer_of(connection)
        assert timer is not None
        client.send(post("1")[:-5])
        await took_in_all(connection)
        assert timer.cancelled()
        assert timer_of(connection) is None
        async with held(url) as waiting:
            client.send(post("1")[-5:])
            await waiting(1)
            assert timer_of(connection) is None
        assert await names(client, 1) == ["1"]
        assert timer_of(connection) is not None
        connection.timeout_keep_alive_handler()
        assert await asyncio.to_thread(client.rest) == b""


async def test_E1_an_answer_that_cannot_be_made_is_a_500(environment: dict[str, str], url: str) -> None:
    """It is one of a batch, and its client would wait for ever."""
    settings = replace(Settings.load(environment), basis_url="https://\ud800.example")
    async with serving_here(compose(settings, url)) as here:
        with wire(here.port) as client:
            client.send(post())
            answer = await asyncio.to_thread(client.response)
            assert (answer.status, answer.json["code"]) == (500, "error")
            client.send(LIVES)
            assert (await asyncio.to_thread(client.response)).status == 200
