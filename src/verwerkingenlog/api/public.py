"""What anyone may read without a token: an endpoint that can be read and nothing else (rule S1)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.routing import Route

from verwerkingenlog.api.answer import Answer
from verwerkingenlog.api.answering import outcome, send_answer
from verwerkingenlog.api.problems import MethodNotAllowed
from verwerkingenlog.telemetry.observation import ASGIApp, Receive, Scope, Send, observation_of

_METHODS: Final = ("GET", "HEAD")
_REFUSED: Final = 400
_NOT_KEPT: Final = (b"cache-control", b"no-store")
"""Caches may keep a 404 unasked; what is not there now may be soon."""


def public(
    path: str, give: Callable[[Scope], Awaitable[Answer]], headers: Sequence[tuple[bytes, bytes]] = ()
) -> Route:
    """Give the route of what `give` answers, or refuses by an error of ours; each answer has the headers."""

    async def allowed(scope: Scope) -> Answer:
        if scope["method"] not in _METHODS:
            raise MethodNotAllowed(_METHODS)
        return await give(scope)

    async def serve(scope: Scope, _: Receive, send: Send) -> None:
        answer = await outcome(allowed(scope), observation_of(scope).request_id)
        own = (*headers, _NOT_KEPT) if answer.status >= _REFUSED else headers
        await send_answer(answer, scope["method"], send, own)

    return Route(path, _App(serve))


class _App:
    """An endpoint for every method: the framework passes on a method that a route does not name."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
