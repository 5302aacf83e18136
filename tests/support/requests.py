"""Requests as bytes, good and nearly so, and what the parser under the framework makes of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httptools
from hypothesis import strategies as st

from tests.support.client import ACTIES, BEWERKING

LINE: Final = f"POST {BEWERKING}{ACTIES} HTTP/1.1".encode()
USUAL: Final[Mapping[bytes, bytes]] = {
    b"Host": b"log.gemeente.example",
    b"Accept": b"*/*",
    b"Accept-Encoding": b"gzip, deflate",
    b"Connection": b"keep-alive",
    b"User-Agent": b"zaaksysteem/2.1",
    b"Content-Type": b"application/json",
}
"""The headers of an ordinary client, but those about the caller and the length."""


def request(authorization: str, body: bytes, *more: bytes, line: bytes = LINE) -> bytes:
    """Give the request of an ordinary client; `more` are whole lines of the head."""
    return written(line, [*headers(authorization, body), *more], body)


def headers(authorization: str, body: bytes) -> list[bytes]:
    """Give the lines of the head of an ordinary client, without the first."""
    given = {
        **USUAL,
        b"Authorization": authorization.encode(),
        b"Content-Length": b"%d" % len(body),
    }
    return [b"%b: %b" % pair for pair in given.items()]


def written(line: bytes, lines: list[bytes], body: bytes) -> bytes:
    """Give a request of these lines."""
    return b"\r\n".join([line, *lines, b"", body])


@dataclass
class Parsed:
    """What the parser under the framework found in some bytes."""

    requests: list["Message"] = field(default_factory=list)
    """Those that are complete, and one that may not be."""
    faulty: bool = False
    upgrade: bool = False

    @property
    def complete(self) -> int:
        """Count the complete ones."""
        return sum(message.complete for message in self.requests)


@dataclass
class Message:
    """One request."""

    url: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    method: bytes = b""
    version: str = ""
    keeps_alive: bool = False
    upgrades: bool = False
    complete: bool = False
    in_body: bool = False


class _Reader:
    """Told by the parser of all it finds."""

    def __init__(self) -> None:
        self.found = Parsed()
        self.parser = httptools.HttpRequestParser(self)

    def on_message_begin(self) -> None:
        self.found.requests.append(Message())

    def on_url(self, url: bytes) -> None:
        self.found.requests[-1].url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.found.requests[-1].headers.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        message = self.found.requests[-1]
        message.method, message.version = self.parser.get_method(), self.parser.get_http_version()
        message.keeps_alive = self.parser.should_keep_alive()
        message.upgrades = self.parser.should_upgrade()
        message.in_body = True

    def on_body(self, body: bytes) -> None:
        self.found.requests[-1].body += body

    def on_message_complete(self) -> None:
        self.found.requests[-1].complete = True


def parsed(data: bytes) -> Parsed:
    """Read bytes as the server under the framework does."""
    reader = _Reader()
    try:
        reader.parser.feed_data(data)
    except httptools.HttpParserUpgrade:
        reader.found.upgrade = True
    except httptools.HttpParserError:
        reader.found.faulty = True
    return reader.found


_MEANINGLESS: Final = [
    b"X-Request-Id: 7f",
    b"X-Forwarded-For: 192.0.2.1, 192.0.2.2",
    b"Forwarded: for=192.0.2.1;proto=https",
    b"Via: 1.1 proxy",
    b"Date: Thu, 01 Jan 2026 00:00:00 GMT",
    b"Cache-Control: no-cache",
    b"Accept-Language: nl",
]
_EXTRA: Final = [
    *_MEANINGLESS,
    b"Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    b"Cookie: a=b",
    b"X-Onbekend: ja",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: identity",
    b"transfer-encoding:\tchunked",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Content-Length: 3",
    b"Content-Length: 0",
    b"content-length: +3",
    b"Content-Length : 3",
    b"Content-Length\t: 3",
    b"Content-Length\x00: 3",
    b"Content-Encoding: gzip",
    b"Content-Encoding: identity",
    b"Content-Type: text/plain",
    b"Expect: 200-ok",
    b"Expect: 100-continue",
    b"Idempotency-Key: sleutel/1",
    b'If-Match: "1"',
    b"Connection: close",
    b"Connection: keep-alive, close",
    b"Connection: Upgrade",
    b"Upgrade: h2c",
    b"Upgrade: websocket",
    b"HTTP2-Settings: AAEAAEAAAAIAAAAB",
    b"Host: ander.example",
    b"Authorization: Bearer x",
    b"Accept: text/html",
    b"No colon",
    b": no name",
    b" folded: yes",
    b"\tfolded",
    b"X: a\nContent-Length: 3",
    b"X: a\rContent-Length: 3",
    b"X: a\x00b",
    b"X-Request-Id: caf\xc3\xa9",
    b"X-Request-Id: caf\xe9",
    b"X-Request-Id: \x7f",
    b"X-Request-Id:",
    b"X-Request-Id:  a  ",
    b"X-Request-Id: \t a \t ",
    b"X_Request_Id: a",
    b"X-Request-Id: " + b"a" * 9_000,
    b"",
]
"""Lines of a head that mean nothing, something, or that two readers could take for different things."""

_VALUES: Final[Mapping[bytes, list[bytes]]] = {
    b"Accept": [
        b"application/json",
        b"application/json, */*",
        b"application/*;q=0.1",
        b"text/html, */*;q=0",
        b"text/html",
        b"",
    ],
    b"Connection": [b"close", b"Keep-Alive", b"keep-alive, Upgrade", b"x"],
    b"Content-Type": [
        b"application/json; charset=utf-8",
        b"application/json;charset=UTF-8",
        b"Application/JSON",
        b"application/json; charset=latin1",
        b'application/json; charset="utf-8"',
        b"application/merge-patch+json",
        b"text/plain",
        b"",
    ],
    b"Host": [b"", b"log", b"log:8080", b"a b", b"\xff"],
    b"Authorization": [b"", b"Bearer", b"Bearer x.y.z", b"Basic YTpi", b"bearer "],
}
_LINES: Final = [
    LINE.replace(b"1.1", b"1.0"),
    LINE.replace(b"1.1", b"2.0"),
    LINE.replace(b"1.1", b"1.2"),
    LINE.replace(b"POST ", b"POST http://log.gemeente.example"),
    LINE.replace(b"POST ", b"POST  "),
    LINE.replace(b"POST ", b"post "),
    LINE.replace(b"POST ", b"PUT "),
    LINE.replace(b"POST ", b"PATCH "),
    LINE.replace(b" HTTP", b"?x=1 HTTP"),
    LINE.replace(b" HTTP", b"? HTTP"),
    LINE.replace(b" HTTP", b"#a HTTP"),
    LINE.replace(b" HTTP", b"/ HTTP"),
    LINE.replace(b" HTTP", b"  HTTP"),
    LINE.replace(b"acties", b"act%69es"),
    LINE.replace(b"acties", b"Acties"),
    LINE.replace(b"/bewerking", b"//bewerking"),
    LINE + b" ",
    LINE + b"\r",
    b"\r\n" + LINE,
    b"\n" + LINE,
    b" " + LINE,
]
_ENDS: Final = [b"\n", b"\r", b"\r\r\n", b" \r\n", b"\x00\r\n", b"\r\n\r\n"]


@st.composite
def lengths(draw: st.DrawFn, length: int) -> bytes:
    """Give a Content-Length that is right, or written as it should not be, or of another length."""
    near = st.integers(max(length - 3, 0), length + 40)
    return draw(
        st.one_of(
            near.map(lambda number: b"%d" % number),
            near.map(lambda number: b"000%d" % number),
            st.sampled_from(
                [b"+%d", b"-%d", b"%d ", b" \t%d", b"%d,%d", b"%d, %d", b"0x%x", b"%d.0", b"%d_0"]
            ).map(lambda form: form % ((length,) * form.count(b"%"))),
            st.sampled_from([b"", b"x", b"1" * 30, b"99999999999999999999", b"\xb2", "٣".encode()]),
        )
    )


@dataclass
class _Draft:
    """A request that is being changed."""

    line: bytes
    lines: list[bytes]
    body: bytes
    odd_end: tuple[int, bytes] = (-1, b"")
    """Which line ends otherwise, and how."""

    def replace(self, name: bytes, value: bytes) -> None:
        """Give a header this value, at the end of the head."""
        self.lines = [line for line in self.lines if not line.startswith(name + b":")]
        self.lines.append(name + b": " + value)

    def written(self) -> bytes:
        """Give it as bytes."""
        ends = [self.odd_end[1] if at == self.odd_end[0] else b"\r\n" for at in range(len(self.lines))]
        head = b"".join(part for pair in zip(self.lines, ends, strict=True) for part in pair)
        return b"".join([self.line, b"\r\n", head, b"\r\n", self.body])


_Change = Callable[[_Draft, st.DrawFn, int], None]


def _more(draft: _Draft, draw: st.DrawFn, at: int) -> None:
    draft.lines.insert(at, draw(st.sampled_from(_EXTRA)))


def _more_that_means_nothing(draft: _Draft, draw: st.DrawFn, at: int) -> None:
    draft.lines.insert(at, draw(st.sampled_from(_MEANINGLESS)))


def _double(draft: _Draft, _: st.DrawFn, at: int) -> None:
    draft.lines.append(draft.lines[at])


def _without(draft: _Draft, _: st.DrawFn, at: int) -> None:
    del draft.lines[at]
    draft.lines = draft.lines or [b"X: y"]


def _case(draft: _Draft, draw: st.DrawFn, at: int) -> None:
    name, colon, value = draft.lines[at].partition(b":")
    draft.lines[at] = draw(st.sampled_from([name.upper(), name.lower()])) + colon + value


def _spaces(draft: _Draft, draw: st.DrawFn, at: int) -> None:
    draft.lines[at] = draft.lines[at].replace(
        b": ", draw(st.sampled_from([b":", b":   ", b":\t", b" : "])), 1
    )


def _value(draft: _Draft, draw: st.DrawFn, _: int) -> None:
    name = draw(st.sampled_from(sorted(_VALUES)))
    draft.replace(name, draw(st.sampled_from(_VALUES[name])))


def _length(draft: _Draft, draw: st.DrawFn, _: int) -> None:
    draft.replace(b"Content-Length", draw(lengths(len(draft.body))))


def _line(draft: _Draft, draw: st.DrawFn, _: int) -> None:
    draft.line = draw(st.sampled_from(_LINES))


def _end(draft: _Draft, draw: st.DrawFn, at: int) -> None:
    draft.odd_end = (at, draw(st.sampled_from(_ENDS)))


def _byte(draft: _Draft, draw: st.DrawFn, at: int) -> None:
    line = draft.lines[at]
    place = draw(st.integers(0, len(line)))
    draft.lines[at] = line[:place] + bytes([draw(st.integers(0, 255))]) + line[place + 1 :]


def _body(draft: _Draft, draw: st.DrawFn, _: int) -> None:
    body = draft.body
    draft.body = draw(st.sampled_from([b"", body[:-1], body + b"x", body + b"\r\n", chunked(body)]))


def _shuffled(draft: _Draft, draw: st.DrawFn, _: int) -> None:
    draft.lines = draw(st.permutations(draft.lines))


_CHANGES: Final[list[_Change]] = [
    _more,
    _more,
    _more_that_means_nothing,
    _more_that_means_nothing,
    _double,
    _without,
    _case,
    _spaces,
    _value,
    _length,
    _line,
    _end,
    _byte,
    _body,
    _shuffled,
]


@st.composite
def mutated(draw: st.DrawFn, authorization: str, body: bytes) -> bytes:
    """Give a good request with up to three things changed; often with none that matters."""
    draft = _Draft(LINE, headers(authorization, body), body)
    for change in draw(st.lists(st.sampled_from(_CHANGES), max_size=3)):
        change(draft, draw, draw(st.integers(0, len(draft.lines) - 1)))
    return draft.written()


def chunked(body: bytes) -> bytes:
    """Give a body in chunks."""
    middle = len(body) // 2
    parts = [part for part in (body[:middle], body[middle:]) if part]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
