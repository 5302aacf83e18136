"""What an API serves to anyone: its OpenAPI document and the page that explains it (rules S1, E4)."""

from collections.abc import Callable
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from verwerkingenlog.api.documents import (
    BASE_PATHS,
    Api,
    api_version,
    documentation_page,
    openapi_json,
    openapi_yaml,
)
from verwerkingenlog.api.problems import MethodNotAllowed, answer_problem
from verwerkingenlog.telemetry.observation import ASGIApp, Receive, Scope, Send, observation_of

_METHODS: Final = ("GET", "HEAD")


def document_routes(api: Api, base_url: str) -> list[Route]:
    """Give the routes of the documents of one API (rule E4)."""
    return [
        _route(api, base_url, "openapi.json", openapi_json, "application/json"),
        _route(api, base_url, "openapi.yaml", openapi_yaml, "application/yaml"),
        _route(api, base_url, "documentatie", documentation_page, "text/html"),
    ]


def _route(api: Api, base_url: str, name: str, make: Callable[[Api, str], bytes], media_type: str) -> Route:
    # Any page may read a contract that is public.
    headers = {"API-Version": api_version(api), "Access-Control-Allow-Origin": "*"}

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in _METHODS:
            response = Response(make(api, base_url), media_type=media_type, headers=headers)
        else:
            response = _refusal(observation_of(scope).request_id, headers)
        await response(scope, receive, send)

    return Route(f"{BASE_PATHS[api]}/{name}", _App(serve))


class _App:
    """An endpoint for every method: the framework passes on a method that a route does not name."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def _refusal(request_id: str, headers: dict[str, str]) -> Response:
    problem = answer_problem(MethodNotAllowed(_METHODS), request_id)
    return Response(
        problem.body,
        problem.status,
        {**headers, "Allow": ", ".join(_METHODS)},
        media_type=problem.media_type.decode(),
    )
