"""The edge of the log: one resource, its operations, and the order in which a call is checked (rule S4).

Raw ASGI, under the framework that routes to it: these are the hot paths of the log.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from msgspec import Struct

from verwerkingenlog.api.answer import Answer
from verwerkingenlog.api.answering import outcome, send_answer
from verwerkingenlog.api.documents import BASE_PATHS, Onderdeel, api_version
from verwerkingenlog.api.intake import CODINGS, Intake
from verwerkingenlog.api.problems import MethodNotAllowed, NoSuchResource, answer_problem
from verwerkingenlog.api.request import Body, ClientGone, Headers, check_acceptable, check_media_type
from verwerkingenlog.domain.applicatie import Api
from verwerkingenlog.domain.toegang import Aanroeper, Verb, require_verb
from verwerkingenlog.errors import NotAllowed
from verwerkingenlog.telemetry.observation import Receive, Scope, Send, observation_of

JSON: Final = ("application/json",)
MERGE_PATCH: Final = ("application/json", "application/merge-patch+json")


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
    produces: str = JSON[0]
    """The media type that it answers with."""
    intake: Intake | None = None
    """How its body is taken in where that may be packed, and larger than that of others."""


Operations = Mapping[str, Operation]
"""The operations of one path, by method."""


class Authenticates(Protocol):
    """Tells who calls; `api.auth.authenticator.Authenticator` does."""

    def authenticate(self, headers: Headers, api: Api) -> Aanroeper:
        """Raise `NotAuthenticated` or `NotAllowed`, or give the caller."""


class Edge(Struct, frozen=True):
    """What resources of one part share that the scopes of the same API open."""

    onderdeel: Onderdeel
    api: Api
    authenticator: Authenticates
    max_body: int
    """In bytes."""


class Resource:
    """One path of a part, as an ASGI app; without operations it is every path that does not exist."""

    def __init__(self, edge: Edge, route: str, operations: Operations) -> None:
        self._edge = edge
        self._route = route
        self._operations = operations
        self._allowed = tuple(sorted({*operations, *(["HEAD"] if "GET" in operations else [])}))
        self._headers = headers_of_all(edge.onderdeel)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        observation = observation_of(scope)
        observation.api = self._edge.onderdeel
        observation.route = BASE_PATHS[self._edge.onderdeel] + self._route
        body = Body(receive, scope["headers"], self._edge.max_body)
        try:
            answer = await outcome(self._answer(scope, body), observation.request_id)
            await body.discard()
        except ClientGone:
            return
        await send_answer(answer, scope["method"], send, self._headers)

    async def _answer(self, scope: Scope, body: Body) -> Answer:
        headers: Headers = scope["headers"]
        aanroeper = self._authenticate(headers)
        observation = observation_of(scope)
        if isinstance(aanroeper, Aanroeper):
            observation.client_id = aanroeper.client_id
        operation = self._operation(scope["method"])
        observation.operation = operation.operation_id
        check_acceptable(headers, operation.produces)
        if operation.intake is not None:
            check_media_type(headers, operation.media_types, CODINGS)
            operation.intake.check_announced(headers)
            allowed = _allowed(operation, aanroeper)  # first: who may not send one, keeps none of them out
            async with operation.intake.taken_in(body, headers) as content:
                return await _handle(operation, allowed, scope, content)
        content = b""
        if operation.media_types:
            check_media_type(headers, operation.media_types)
            content = await body.read()
        return await _handle(operation, _allowed(operation, aanroeper), scope, content)

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


def headers_of_all(onderdeel: Onderdeel) -> tuple[tuple[bytes, bytes], ...]:
    """Give the headers that every answer of a part has (rule E2)."""
    # Answers are about persons, and each read must leave its entry: no cache may keep or give one.
    return (b"api-version", api_version(onderdeel).encode()), (b"cache-control", b"no-store")


def _allowed(operation: Operation, aanroeper: Aanroeper | NotAllowed) -> Aanroeper:
    if isinstance(aanroeper, NotAllowed):
        raise aanroeper
    require_verb(aanroeper, operation.verb)
    return aanroeper


async def _handle(operation: Operation, aanroeper: Aanroeper, scope: Scope, content: bytes) -> Answer:
    return await operation.handler(
        Call(aanroeper, scope["headers"], scope.get("path_params", {}), scope["query_string"], content)
    )


async def not_found(scope: Scope, _: Receive, send: Send) -> None:
    """Answer for an address outside every part."""
    answer = answer_problem(NoSuchResource(), observation_of(scope).request_id)
    await send_answer(answer, scope["method"], send)
