"""What is known of a request for log, metrics and traces: filled in on its way, told when it is answered."""

import logging
import os
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from msgspec import Struct

from verwerkingenlog.telemetry import metrics
from verwerkingenlog.telemetry.logging import tell

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SERVER_ERROR = 500
_KEY = "verwerkingenlog.observation"
_log = logging.getLogger(__name__)


class Observation(Struct):
    """One request, without anything that its sender wrote: no path, query, header or body (rule M7)."""

    request_id: str
    """The id that a problem's `instance` names as `urn:uuid:…` (rule E1)."""
    method: str
    api: str = "-"
    operation: str = "-"
    """The operationId of the contract."""
    route: str | None = None
    """The path of the contract, with its parameters' names: `/verwerkingsacties/{actieId}`."""
    client_id: str | None = None
    """The application, once its token was verified."""
    status: int = 0


def observation_of(scope: Scope) -> Observation:
    """Give what is known of this request, to be filled in by who knows more."""
    observation: Observation = scope[_KEY]
    return observation


class Observed:
    """The outermost layer of the app: gives each request its observation, and tells it when it is answered.

    An error that left no answer goes on to the server, which answers 500; one that came after the answer ends
    here, in the log.
    """

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.perf_counter) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; anything but HTTP passes untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        observation = Observation(new_request_id(), method if method in _METHODS else "-")
        scope[_KEY] = observation
        started = self._clock()

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                observation.status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            _log.exception("request_failed", extra=_fields(observation))
            if not observation.status:
                observation.status = _SERVER_ERROR
                raise
        finally:
            tell_answered(observation, self._clock() - started)


def new_request_id() -> str:
    """Give a UUID version 4; the library's own takes three times as long, and every request has one."""
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def tell_answered(observation: Observation, seconds: float) -> None:
    """Count a request that is answered, and write its line in the log."""
    metrics.count_request(observation.api, observation.operation, observation.status, seconds)
    if _log.isEnabledFor(logging.INFO):
        fields = _fields(observation)
        fields["duration_ms"] = round(seconds * 1000, 3)
        tell("request_answered", fields)


def _fields(observation: Observation) -> dict[str, object]:
    return {
        "request_id": observation.request_id,
        "method": observation.method,
        "api": observation.api,
        "operation": observation.operation,
        "route": observation.route,
        "status": observation.status,
        "client_id": observation.client_id,
    }
