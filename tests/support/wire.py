"""Bytes to a server and what comes back, without a client that knows HTTP better than the test."""

import json
import re
import select
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import Final, NamedTuple

from tests.support.acties import Json
from tests.support.requests import parsed
from tests.support.server import PATIENCE

_PROBE: Final = b"GET /gezond HTTP/1.1\r\nHost: log\r\n\r\n"
_LAST: Final = b"GET /gezond HTTP/1.1\r\nHost: log\r\nConnection: close\r\n\r\n"
_TAIL: Final = _PROBE * 40 + _LAST
"""Longer than what a request of the tests may still ask for, so that the server always closes at last."""
_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: (\d+)\r\n")
_VARYING: Final = [
    (re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), b"<id>"),
    (re.compile(rb'"tijdstipRegistratie":"[^"]+"'), b'"tijdstipRegistratie":"<nu>"'),
    (re.compile(rb"(?<=\r\n)date: [^\r]+"), b"date: <nu>"),
]


class Response(NamedTuple):
    """One answer."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Json:
        """Give its body."""
        read: Json = json.loads(self.content)
        return read


class Wire:
    """A bare connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = self.socket.makefile("rb")
        self.heard = b""
        self._answers = 0

    def send(self, *pieces: bytes) -> None:
        """Send each of these by itself."""
        for piece in pieces:
            self.socket.sendall(piece)

    def response(self) -> Response:
        """Read one answer, that tells its length."""
        line = self._stream.readline()
        assert line, "the server closed the connection"
        headers = {}
        while header := self._stream.readline().strip():
            name, _, value = header.decode().partition(":")
            assert name.lower() not in headers, f"{name} stands twice in an answer"
            headers[name.lower()] = value.strip()
        return Response(int(line.split()[1]), headers, self._stream.read(int(headers["content-length"])))

    def responses(self, count: int) -> list[Response]:
        """Read this many answers."""
        return [self.response() for _ in range(count)]

    def hear(self, count: int | None = None) -> None:
        """Hear the server out until it gave this many answers in all, or closed."""
        with suppress(ConnectionResetError):
            while count is None or self._answers < count:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    line = self._stream.readline()
                    if not line:
                        return
                    head += line
                length = _LENGTH.search(head)
                self.heard += head + self._stream.read(int(length[1]) if length else 0)
                self._answers += length is not None

    def rest(self) -> bytes:
        """Read until the server closes."""
        with suppress(ConnectionResetError):
            return self._stream.read()
        return b""

    def is_answered(self) -> bool:
        """Tell whether something came in."""
        return bool(select.select([self.socket], [], [], 0)[0])

    def close(self) -> None:
        """Go away."""
        self._stream.close()
        self.socket.close()


@contextmanager
def wire(port: int) -> Iterator[Wire]:
    """Have a bare connection."""
    opened = Wire(port)
    try:
        yield opened
    finally:
        opened.close()


def conversation(port: int, data: bytes) -> bytes:
    """Give all that a server says to these bytes and to what comes after them, until it closes.

    What comes after tells how many requests it read in these bytes, and whether the connection stayed open.
    """
    found = parsed(data)
    with wire(port) as opened:
        opened.send(data)
        if found.complete or found.faulty:
            select.select([opened.socket], [], [], PATIENCE)
        if not found.faulty:
            with suppress(BrokenPipeError, ConnectionResetError):
                opened.send(_TAIL)
        return _read_all(opened.socket)


def dialogue(port: int, pieces: Iterable[bytes]) -> bytes:
    """Give all that a server says to these bytes, of which it gets each piece once it answered those before.

    After the last comes what `conversation` sends, and the server closes.
    """
    sent = b""
    with wire(port) as opened:
        for piece in pieces:
            sent += piece
            with suppress(BrokenPipeError, ConnectionResetError):
                opened.send(piece)
            found = parsed(sent)
            opened.hear(found.complete)
            if found.faulty:
                break
        else:
            with suppress(BrokenPipeError, ConnectionResetError):
                opened.send(_TAIL)
        opened.hear()
        return opened.heard


def _read_all(connection: socket.socket) -> bytes:
    parts: list[bytes] = []
    with suppress(ConnectionResetError):
        while part := connection.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def comparable(said: bytes) -> bytes:
    """Give what a server said without what is never the same twice: ids and moments."""
    for pattern, name in _VARYING:
        said = pattern.sub(name, said)
    return said


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    """Cut bytes at these places."""
    bounds = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(bounds)]
