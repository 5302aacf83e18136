"""The HTTP protocol under the app: uvicorn's, with a limit to the head of a request.

The parser collects the headers of a request, of any length, before anything of ours is asked: without a limit
one connection could fill the memory. And it drops the body of a request that offers another protocol, as the
HTTP client of Java does with its first one.
"""

import re
from http import HTTPStatus
from typing import Final
from uuid import uuid4

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD: Final = 32 * 1024
"""The most bytes that the request line and the headers of a request may take together."""

_MALFORMED: Final = "Dit is geen geldig HTTP-verzoek. Controleer de kopregels en de codering van de inhoud."
_TOO_LARGE: Final = (
    f"Het adres en de koppen van het verzoek zijn samen groter dan {LARGEST_HEAD} bytes. Stuur er minder mee."
)


_OFFER: Final = re.compile(rb"\r\nUpgrade:", re.IGNORECASE)
_DECLINED: Final = b"\r\nX-Declined-Upgrade:"


class _HeadTooLarge(Exception):
    """Stops the parser, which then asks for a 400."""


class Protocol(HttpToolsProtocol):
    """One connection. What is no HTTP gets 400, a head that is too large 431; then the connection closes."""

    _unfinished = 0
    """How many bytes came since the parser last passed on a head or a part of a body."""
    _too_large = False
    _in_head = True

    def data_received(self, data: bytes) -> None:
        """Take bytes. Headers, trailers and chunk sizes that never end are cut off here."""
        self._unfinished += len(data)
        if self._in_head:
            data = _without_offer(data)
        super().data_received(data)
        if self._unfinished > LARGEST_HEAD and not self.transport.is_closing():
            self._too_large = True
            self.send_400_response("")

    def on_headers_complete(self) -> None:
        """Start the request, unless its head is too large."""
        self._unfinished = 0
        self._in_head = False
        size = len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)
        if size > LARGEST_HEAD:
            self._too_large = True
            raise _HeadTooLarge
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass on a part of the body, whose size the app limits."""
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Finish the request; what comes next is a head."""
        self._in_head = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the library's words are in English
        """Answer below the app what can't reach it (rule E1), and close the connection."""
        if self._too_large:
            answer = _problem(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too_large", "Te groot", _TOO_LARGE)
        else:
            answer = _problem(HTTPStatus.BAD_REQUEST, "invalid", "De invoer klopt niet", _MALFORMED)
        self.transport.write(answer)
        self.transport.close()


def _without_offer(data: bytes) -> bytes:
    """Rename an offer of another protocol in the head with which these bytes begin: the parser ignores it."""
    end = data.find(b"\r\n\r\n")
    offer = _OFFER.search(data, 0, end if end >= 0 else len(data))
    return data[: offer.start()] + _DECLINED + data[offer.end() :] if offer else data


def _problem(status: HTTPStatus, code: str, title: str, detail: str) -> bytes:
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
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "Content-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
