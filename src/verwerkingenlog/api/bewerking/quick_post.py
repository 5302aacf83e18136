"""The POST of one actie, under the framework (ADR 13).

Most of the time of a POST went to what serves any request: events, tasks, layers. So a whole request, as it
comes off the connection, is first looked at here. Like the quick reading of a body this says yes, or it does
not know: whatever is unusual goes to the framework untouched, which does the same or refuses it.
"""

import logging
import re
import time
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final, Literal, NamedTuple, TypeAlias

from verwerkingenlog.api.answer import Answer
from verwerkingenlog.api.answering import headers_of, problem
from verwerkingenlog.api.auth.authenticator import Authenticator
from verwerkingenlog.api.bewerking.routes import CREATE_ID, created
from verwerkingenlog.api.bewerking.wire import read_quickly
from verwerkingenlog.api.documents import BASE_PATHS
from verwerkingenlog.api.edge import headers_of_all
from verwerkingenlog.api.urls import Urls
from verwerkingenlog.domain.toegang import Aanroeper, Verb
from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.errors import VerwerkingenlogError
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.register import register_soon
from verwerkingenlog.telemetry.observation import Observation, new_request_id, tell_answered

_ROUTE: Final = f"{BASE_PATHS['bewerking']}/verwerkingsacties"
_LINE: Final = f"POST {_ROUTE} HTTP/1.1\r\n".encode()
_BEFORE_HEADERS: Final = len(_LINE) - len(b"\r\n")
_LARGEST_HEAD: Final = 8 * 1024
_LARGEST_BODY: Final = 64 * 1024
"""In bytes; a larger request is seldom, and the framework takes it in without copying it at every part."""
_LENGTH_DIGITS: Final = len(str(_LARGEST_BODY))

# As clients write it. In another spelling, or a second time, it stays among the other headers: unknown there.
_AUTHORIZATION: Final = re.compile(rb"\r\n[Aa]uthorization: *+([ -~]*[!-~])(?=\r\n|\Z)")
_NEEDED: Final = frozenset({"host", "content-type", "content-length"})
# What clients and proxies usually send and nothing here depends on. A header that frames the message or asks
# for something (Transfer-Encoding, Expect, Idempotency-Key) is not among them.
_MEANINGLESS: Final = frozenset(
    {
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "date",
        "forwarded",
        "from",
        "pragma",
        "traceparent",  # there is no quick way where traces are on
        "tracestate",
        "user-agent",
        "via",
        "x-correlation-id",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-proto",
        "x-real-ip",
        "x-request-id",
    }
)
_JSON: Final = frozenset(
    f"application/json{charset}" for charset in ("", "; charset=utf-8", ";charset=utf-8")
)
_OPTIONAL: Final = {
    "accept": frozenset({"*/*", "application/json", "application/json, */*", "application/json,*/*"}),
    "connection": frozenset({"keep-alive"}),
}
_KNOWN: Final = _NEEDED | _MEANINGLESS | _OPTIONAL.keys()

_HEADERS: Final = b"".join(b"%b: %b\r\n" % header for header in headers_of_all("bewerking"))
_log = logging.getLogger(__name__)

Respond: TypeAlias = Callable[[int, bytes], None]
"""Puts an answer on the wire: its status, and all that follows on the status line but the date."""
Taken: TypeAlias = Literal["taken", "left", "unfinished"]
"""What became of the bytes of a request.

They are taken, and the answer follows; left to the framework; or the rest of the body is still to come.
"""


class _Request(NamedTuple):
    authorization: bytes
    body: bytes


class QuickPost:
    """Answers the POSTs that nothing is unusual about (rules P1 to P5, S1 to S4); `max_body` in bytes.

    Its checks have no order, for it refuses nothing: only a request that passes all of them is taken.
    """

    def __init__(self, log: Log, authenticator: Authenticator, urls: Urls, max_body: int) -> None:
        self._log = log
        self._authenticator = authenticator
        self._urls = urls
        self._largest = min(max_body, _LARGEST_BODY)

    def take(self, data: bytes, respond: Respond) -> Taken:
        """Take a request off a connection on which no other is under way.

        `respond` is called once, later; whatever it raises ends here. Nothing is told or counted of a request
        that is not taken.
        """
        started = time.perf_counter()
        request = read_request(data, self._largest)
        if not isinstance(request, _Request):
            return request
        recognised = self._authenticator.recognise(request.authorization, "bewerking")
        if recognised is None or not recognised.aanroeper.may(Verb.CREATE):
            return "left"
        aanroeper = recognised.aanroeper
        inhoud = read_quickly(request.body, whole=False)
        if inhoud is None:
            return "left"
        try:
            register_soon(self._log, aanroeper, inhoud, partial(self._answer, aanroeper, started, respond))
        except VerwerkingenlogError:
            return "left"
        self._authenticator.take(recognised)
        return "taken"

    def _answer(
        self, aanroeper: Aanroeper, started: float, respond: Respond, outcome: Versie | Exception
    ) -> None:
        observation = Observation(
            new_request_id(), "POST", "bewerking", CREATE_ID, _ROUTE, aanroeper.client_id
        )
        answer = self._answer_to(outcome, observation.request_id)
        observation.status = answer.status
        try:
            respond(answer.status, _on_the_wire(answer))
            tell_answered(observation, time.perf_counter() - started)
        except Exception:  # noqa: BLE001 - one of a batch, of which the others wait for their answers
            _log.exception("answer_failed", extra={"request_id": observation.request_id})

    def _answer_to(self, outcome: Versie | Exception, request_id: str) -> Answer:
        if isinstance(outcome, Exception):
            return problem(outcome, request_id)
        try:
            return created(outcome, self._urls)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the caller gets an answer of ours
            return problem(error, request_id)


def _on_the_wire(answer: Answer) -> bytes:
    lines = [b"%b: %b\r\n" % header for header in headers_of(answer)]
    return b"%b%b\r\n%b" % (_HEADERS, b"".join(lines), answer.body)


def read_request(data: bytes, largest: int) -> _Request | Taken:
    """Read a whole POST of an actie with a body of at most `largest` bytes, and nothing after it.

    What is not written as plainly as clients do, in printable ASCII and with each header once, is `left`:
    two readers of one message that differ are how requests are smuggled.
    """
    end = data.find(b"\r\n\r\n", 0, _LARGEST_HEAD) if data.startswith(_LINE) else -1
    authorization = _AUTHORIZATION.search(data, _BEFORE_HEADERS, end) if end >= 0 else None
    if authorization is None:
        return "left"
    length = _read_length(data[_BEFORE_HEADERS : authorization.start()] + data[authorization.end() : end])
    if length is None or length > largest:
        return "left"
    start = end + len(b"\r\n\r\n")
    missing = start + length - len(data)
    if missing:
        return "unfinished" if missing > 0 else "left"
    return _Request(authorization[1], data[start:])


@lru_cache(maxsize=1024)  # without its token, a client sends few heads that differ
def _read_length(head: bytes) -> int | None:
    """Give the length of the body that these headers say, or None where one of them is not plain enough."""
    headers = _read_headers(head)
    if headers is None:
        return None
    length = headers["content-length"]
    return int(length) if length.isdecimal() and len(length) <= _LENGTH_DIGITS else None


def _read_headers(head: bytes) -> dict[str, str] | None:
    """Give the headers by name in lower case, or None where one is missing, unknown, double or odd."""
    try:
        lines = head.decode("ascii").split("\r\n")[1:]
    except UnicodeDecodeError:
        return None
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        headers[name.lower()] = value.strip(" ")
        if not colon or not value.isprintable():
            return None
    if len(headers) < len(lines) or not _NEEDED <= headers.keys() <= _KNOWN:
        return None
    if headers["content-type"].lower() not in _JSON:
        return None
    usual = all(headers[name].lower() in values for name, values in _OPTIONAL.items() if name in headers)
    return headers if usual and headers["host"] else None
