"""What can't reach the app is answered by the protocol under it; what is merely unusual reaches the app."""

import asyncio
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.support.postgres import create_database
from tests.support.small_server import SmallServer, small_server
from verwerkingenlog.api.documents import BASE_PATHS, Onderdeel, api_version
from verwerkingenlog.cli.protocol import LARGEST_HEAD
from verwerkingenlog.operations.installation import install
from verwerkingenlog.storage.embedded import Cluster

START = b"POST / HTTP/1.1\r\nHost: log\r\n"
OFFER = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"
MEGABYTE = b"x" * (1 << 20)


@pytest.fixture(scope="module")
def server(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallServer]:
    url = create_database(cluster)
    directory = tmp_path_factory.mktemp("small")
    sleutels = directory / "sleutels.json"
    asyncio.run(install(url, url, sleutels, os.urandom))
    with small_server(
        directory, VERWERKINGENLOG_DATABASE_URL=url, VERWERKINGENLOG_SLEUTELS=str(sleutels)
    ) as server:
        yield server.until_ready()


def read_answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Read one answer that tells its length."""
    with connection.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        headers = {}
        while line := stream.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, stream.read(int(headers["content-length"]))


def answer_to(server: SmallServer, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes, as far as the server takes them, and give its answer, after which it must have closed."""
    with server.connection() as connection:
        try:
            connection.sendall(sent)
        except (BrokenPipeError, ConnectionResetError):
            pytest.fail("the server closed without an answer")
        answer = read_answer(connection)
        assert connection.recv(1) == b""
        return answer


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(START + b"X: " + b"x" * 33_000 + b"\r\n\r\n", id="a complete head"),
        pytest.param(START + b"X: y\r\n" * 6_000 + b"\r\n", id="many headers"),
        pytest.param(START + b"X: " + b"x" * 33_000, id="a header without end"),
        pytest.param(START + b"X: y\r\n" * 6_000, id="headers without end"),
        pytest.param(b"GET /" + b"x" * 33_000, id="an address without end"),
        pytest.param(b"GET /" + b"x" * 33_000 + b" HTTP/1.1\r\n\r\n", id="an address"),
    ],
)
def test_E1_a_head_that_is_too_large_is_a_431(sent: bytes, server: SmallServer) -> None:
    status, headers, body = answer_to(server, sent)
    problem = json.loads(body)
    assert status == problem["status"] == 431
    assert headers["content-type"] == "application/problem+json"
    assert problem["instance"].startswith("urn:uuid:")


def test_E1_a_chunk_size_without_end_is_a_431(server: SmallServer) -> None:
    with server.connection() as connection:
        connection.sendall(START + b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"1;" + b"x" * LARGEST_HEAD)
        assert read_answer(connection)[0] == 431


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"hallo\r\n\r\n", id="no http"),
        pytest.param(START + b"Content-Length: x\r\n\r\n", id="no length"),
        pytest.param(START + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", id="two lengths"),
        pytest.param(START + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", id="two sizes"),
        pytest.param(CHUNKED + b"x\r\n", id="no chunk size"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nHost: log\r\n\r\n", id="no ascii"),
    ],
)
def test_E1_what_is_not_http_is_a_400(sent: bytes, server: SmallServer) -> None:
    status, headers, body = answer_to(server, sent)
    problem = json.loads(body)
    assert status == problem["status"] == 400
    assert headers["content-type"] == "application/problem+json"
    assert problem["invalidParams"]


def test_a_head_up_to_the_limit_reaches_the_app(server: SmallServer) -> None:
    with server.connection() as connection:
        connection.sendall(START + b"X: " + b"x" * 32_000 + b"\r\nContent-Length: 3\r\n\r\nabc")
        assert read_answer(connection)[::2] == (200, b"3")


def test_a_large_body_reaches_the_app(server: SmallServer) -> None:
    with server.connection() as connection:
        connection.sendall(START + b"Content-Length: 8388608\r\n\r\n" + MEGABYTE * 8)
        assert read_answer(connection)[::2] == (200, b"8388608")


@pytest.mark.parametrize("offer", [b"", b"Connection: Upgrade\r\nUpgrade: h2c\r\nUp: x\r\n"])
def test_a_head_in_small_pieces_reaches_the_app(offer: bytes, server: SmallServer) -> None:
    with server.connection() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(2):
            for byte in START + offer + b"Content-Length: 3\r\n\r\nabc":
                connection.send(bytes([byte]))
                time.sleep(0.002)
            assert read_answer(connection)[::2] == (200, b"3")


@pytest.mark.parametrize("sent", [b"X: " + b"x" * 33_000, b"No header\r\n\r\n"])
@pytest.mark.parametrize("api", BASE_PATHS)
def test_E2_what_an_api_cannot_read_tells_its_version_too(
    sent: bytes, api: Onderdeel, server: SmallServer
) -> None:
    start = f"POST {BASE_PATHS[api]}/verwerkingsacties HTTP/1.1\r\nHost: log\r\n"
    assert answer_to(server, start.encode() + sent)[1]["api-version"] == api_version(api)


def test_white_space_around_the_value_of_a_header_is_no_part_of_it(server: SmallServer) -> None:
    with server.connection() as connection:
        connection.sendall(START + b"X-Echo: \t abc \t \r\n\r\n")
        assert read_answer(connection)[1]["x-echo"] == "<abc>"


def test_many_requests_over_one_connection_are_not_added_up(server: SmallServer) -> None:
    with server.connection() as connection:
        for _ in range(10):
            connection.sendall(START + b"X: " + b"x" * 8_000 + b"\r\nContent-Length: 3\r\n\r\nabc")
            assert read_answer(connection)[::2] == (200, b"3")


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(START + OFFER + b"Upgrade: x\r\n", id="two offers"),
        pytest.param(b"\r\n\r\n" + START + OFFER, id="empty lines before"),
        pytest.param(START + b"Content-Length: 0\r\n\r\n" + START + OFFER, id="second of a pipeline"),
    ],
)
def test_E1_a_body_behind_an_odd_offer_is_never_read_as_a_request(head: bytes, server: SmallServer) -> None:
    """Else a client behind a proxy could hide a request in the body of another."""
    hidden = START + b"Content-Length: 6\r\n\r\nhidden"
    with server.connection() as connection:
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(hidden))
        time.sleep(0.2)  # the parser only goes wrong where the body comes after the head
        with suppress(ConnectionError):
            connection.sendall(hidden)
        answers = b""
        with suppress(ConnectionError):
            while part := connection.recv(65536):
                answers += part
    assert b"HTTP/1.1 400" in answers
    assert not answers.endswith(b"\r\n6")


def test_an_offer_to_upgrade_is_declined_without_harm(server: SmallServer) -> None:
    """A Java client offers HTTP/2 with each first request, one with a body too."""
    text = b"abc\r\nUpgrade: h2c"
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
    with server.connection() as connection:
        connection.sendall(START + offer + b"Content-Length: 17\r\n\r\n" + text)
        assert read_answer(connection)[::2] == (200, b"17")
        connection.sendall(START + b"Content-Length: 17\r\n\r\n" + text)
        assert read_answer(connection)[::2] == (200, b"17")
