"""The HTTP protocol under the app: uvicorn's, with a limit to the head of a request.

The parser collects the headers of a request, of any length, before anything of ours is asked: without a limit
one connection could fill the memory. And it drops the body of a request that offers another protocol, as the
HTTP client of Java does with its first one.
"""

import asyncio
import re
from http import HTTPStatus
from typing import Final
from uuid import uuid4

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from verwerkingenlog.app import version_at
from verwerkingenlog.cli.transport import Joining

LARGEST_HEAD: Final = 32 * 1024
"""The most bytes that the request line and the headers of a request may take together."""

_MALFORMED: Final = "Dit is geen geldig HTTP-verzoek. Controleer de kopregels en de codering van de inhoud."
_TOO_LARGE: Final = (
    f"Het adres en de koppen van het verzoek zijn samen groter dan {LARGEST_HEAD} bytes. Stuur er minder mee."
)


_OFFER: Final = re.compile(rb"(?<=\n)Upgrade:", re.IGNORECASE)
_DECLINED: Final = b"X-Declined-Upgrade:"


class _HeadTooLarge(Exception):
    """Stops the parser, which then asks for a 400."""


class _Offered(Exception):
    """Stops the parser too: behind an offer that was not renamed it would take the body for a request."""


class Protocol(HttpToolsProtocol):
    """One connection. What is no HTTP gets 400, a head that is too large 431; then the connection closes."""

    _unfinished = 0
    """How many bytes came since the parser last passed on a head or a part of a body."""
    _too_large = False
    _in_head = True
    _passed = b""
    """The last three bytes of the head so far: its end may come in pieces."""
    _held = b""
    """The end of what came, where that may be the beginning of an offer of another protocol."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # TCP's is no other
        """Begin, on a transport that writes the head and the body of an answer at once."""
        super().connection_made(Joining(transport, self.loop.call_soon))

    def data_received(self, data: bytes) -> None:
        """Take bytes. Headers, trailers and chunk sizes that never end are cut off here."""
        self._unfinished += len(data)
        if self._in_head:
            data, self._held = _without_offer(self._passed, self._held + data)
            self._passed = (self._passed + data)[-3:]
        super().data_received(data)
        if self._unfinished > LARGEST_HEAD and not self.transport.is_closing():
            self._too_large = True
            self.send_400_response("")

    def on_headers_complete(self) -> None:
        """Start the request, unless its head is too large, or offers another protocol in an odd way."""
        self._unfinished = 0
        self._in_head = False
        size = len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)
        if size > LARGEST_HEAD:
            self._too_large = True
            raise _HeadTooLarge
        if self.parser.should_upgrade():
            raise _Offered
        super().on_headers_complete()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, without the white space around its value, which is no part of it (RFC 9110, 5.5)."""
        super().on_header(name, value.rstrip(b" \t"))

    def on_body(self, body: bytes) -> None:
        """Pass on a part of the body, whose size the app limits."""
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Finish the request; what comes next is a head."""
        self._in_head = True
        self._passed = b""
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the library's words are in English
        """Answer below the app what can't reach it (rule E1), and close the connection."""
        if self._too_large:
            problem = (HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too_large", "Te groot", _TOO_LARGE)
        else:
            problem = (HTTPStatus.BAD_REQUEST, "invalid", "De invoer klopt niet", _MALFORMED)
        self.transport.write(_answer(*problem, version=version_at(getattr(self, "url", b""))))
        self.transport.close()


def _without_offer(before: bytes, data: bytes) -> tuple[bytes, bytes]:
    """Rename an offer of another protocol in the head that these bytes go on with: the parser ignores it.

    `before` is the end of what was passed on of this head. Give apart an end of `data` that may be the
    beginning of an offer: a head may come in pieces.
    """
    joined = before + data
    end = joined.find(b"\r\n\r\n")
    offer = _OFFER.search(joined, 0, end if end >= 0 else len(joined))
    if offer:
        return joined[len(before) : offer.start()] + _DECLINED + joined[offer.end() :], b""
    line = joined.rfind(b"\n") + 1
    if end < 0 < line and b"upgrade:".startswith(joined[line:].lower()):
        return joined[len(before) : line], joined[line:]
    return data, b""


def _answer(status: HTTPStatus, code: str, title: str, detail: str, *, version: str | None) -> bytes:
    problem: dict[str, object] = {
        "type": f"urn:verwerkingenlog:probleem:{code}",
        "code": code,
        "title": title,
        "status": status.value,
        "detail": detail,
        "instance": uuid4().urn,
    }
    if status is HTTPStatus.BAD_REQUEST:
        problem["invalidParams"] = [{"name": "http", "code": code, "reason": detail}]
    body = msgspec.json.encode(problem)
    version_line = f"API-Version: {version}\r\n" if version else ""
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "Content-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"{version_line}"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
