"""What anyone may read without a token: an endpoint that can be read and nothing else (rule S1)."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from verwerkingenlog.api.problems import MethodNotAllowed, answer_problem
from verwerkingenlog.errors import VerwerkingenlogError
from verwerkingenlog.telemetry.observation import ASGIApp, Receive, Scope, Send, observation_of

_METHODS: Final = ("GET", "HEAD")
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def public(
    path: str, give: Callable[[Scope], Awaitable[Response]], headers: Mapping[str, str] = _NONE
) -> Route:
    """Give the route of what `give` answers, or refuses by an error of ours; each answer has the headers."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["method"] not in _METHODS:
                raise MethodNotAllowed(_METHODS)
            response = await give(scope)
        except VerwerkingenlogError as error:
            response = _refusal(error, observation_of(scope).request_id)
        response.headers.update(headers)
        await response(scope, receive, send)

    return Route(path, _App(serve))


class _App:
    """An endpoint for every method: the framework passes on a method that a route does not name."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def _refusal(error: VerwerkingenlogError, request_id: str) -> Response:
    problem = answer_problem(error, request_id)
    headers = {name.decode(): value.decode() for name, value in problem.headers}
    return Response(problem.body, problem.status, headers, problem.media_type.decode())
