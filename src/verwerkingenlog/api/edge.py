"""The edge of the APIs: one resource, its operations, and the order in which a call is checked (rule S4).

Raw ASGI, under the framework that routes to it: these are the hot paths of the log.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from msgspec import Struct

from verwerkingenlog.api.answer import Answer
from verwerkingenlog.api.documents import BASE_PATHS, api_version
from verwerkingenlog.api.problems import MethodNotAllowed, NoSuchResource, answer_problem
from verwerkingenlog.api.request import Body, ClientGone, Headers, check_acceptable, check_media_type
from verwerkingenlog.domain.applicatie import Api
from verwerkingenlog.domain.toegang import Aanroeper, Verb, require_verb
from verwerkingenlog.errors import NotAllowed, StoreUnavailable, VerwerkingenlogError
from verwerkingenlog.telemetry.observation import Receive, Scope, Send, observation_of

JSON: Final = ("application/json",)
MERGE_PATCH: Final = ("application/json", "application/merge-patch+json")

_log = logging.getLogger(__name__)


class Call(Struct, frozen=True):
    """A call that passed the checks of the edge: who calls, and all that was sent."""

    aanroeper: Aanroeper
    headers: Headers
    path: Mapping[str, str]
    query: bytes
    body: bytes


Handler = Callable[[Call], Awaitable[Answer]]


class Operation(Struct, frozen=True):
    """One operation of the contract: its operationId, the verb of its scope, and who handles it."""

    operation_id: str
    verb: Verb
    handler: Handler
    media_types: tuple[str, ...] = ()
    """The media types that its body may have; empty: it has no body."""


class Authenticates(Protocol):
    """Tells who calls; `api.auth.authenticator.Authenticator` does."""

    def authenticate(self, headers: Headers, api: Api) -> Aanroeper:
        """Raise `NotAuthenticated` or `NotAllowed`, or give the caller."""


class Edge(Struct, frozen=True):
    """What all resources of one API share."""

    api: Api
    authenticator: Authenticates
    max_body: int
    """In bytes."""


class Resource:
    """One path of an API, as an ASGI app; without operations it is every path that does not exist."""

    def __init__(self, edge: Edge, route: str, operations: Mapping[str, Operation]) -> None:
        self._edge = edge
        self._route = route
        self._operations = operations
        self._allowed = tuple(sorted({*operations, *(["HEAD"] if "GET" in operations else [])}))
        self._version = api_version(edge.api).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        observation = observation_of(scope)
        observation.api = self._edge.api
        observation.route = BASE_PATHS[self._edge.api] + self._route
        body = Body(receive, scope["headers"], self._edge.max_body)
        try:
            answer = await self._answer(scope, body)
        except ClientGone:
            return
        except VerwerkingenlogError as error:
            if isinstance(error, StoreUnavailable):
                _log.warning("store_unavailable", exc_info=True, extra={"request_id": observation.request_id})
            answer = answer_problem(error, observation.request_id)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the caller gets an answer of ours
            _log.exception("operation_failed", extra={"request_id": observation.request_id})
            answer = answer_problem(error, observation.request_id)
        await self._send(answer, scope["method"], body, send)

    async def _answer(self, scope: Scope, body: Body) -> Answer:
        headers: Headers = scope["headers"]
        aanroeper = self._authenticate(headers)
        observation = observation_of(scope)
        if isinstance(aanroeper, Aanroeper):
            observation.client_id = aanroeper.client_id
        operation = self._operation(scope["method"])
        observation.operation = operation.operation_id
        check_acceptable(headers)
        content = b""
        if operation.media_types:
            check_media_type(headers, operation.media_types)
            content = await body.read()
        if isinstance(aanroeper, NotAllowed):
            raise aanroeper
        require_verb(aanroeper, operation.verb)
        return await operation.handler(
            Call(aanroeper, headers, scope.get("path_params", {}), scope["query_string"], content)
        )

    def _authenticate(self, headers: Headers) -> Aanroeper | NotAllowed:
        """Give the caller; that it is no client of this API is only said after the checks before it (S4)."""
        try:
            return self._edge.authenticator.authenticate(headers, self._edge.api)
        except NotAllowed as refusal:
            return refusal

    def _operation(self, method: str) -> Operation:
        if not self._operations:
            raise NoSuchResource
        operation = self._operations.get("GET" if method == "HEAD" else method)
        if operation is None:
            raise MethodNotAllowed(self._allowed)
        return operation

    async def _send(self, answer: Answer, method: str, body: Body, send: Send) -> None:
        # Answers are about persons, and each read must leave its entry: no cache may keep or give one.
        headers = [(b"api-version", self._version), (b"cache-control", b"no-store"), *answer.headers]
        if answer.body:
            headers += [(b"content-type", answer.media_type), (b"content-length", b"%d" % len(answer.body))]
        try:
            await body.discard()
        except ClientGone:
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})


async def not_found(scope: Scope, _: Receive, send: Send) -> None:
    """Answer for an address outside every API."""
    answer = answer_problem(NoSuchResource(), observation_of(scope).request_id)
    headers = [(b"content-type", answer.media_type), (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})
