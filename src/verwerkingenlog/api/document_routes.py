"""What an API serves to anyone: its OpenAPI document and the page that explains it (rules S1, E4)."""

from collections.abc import Callable

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
from verwerkingenlog.api.public import public
from verwerkingenlog.api.query import read_no_parameters
from verwerkingenlog.api.request import check_acceptable
from verwerkingenlog.telemetry.observation import Scope


def document_routes(api: Api, base_url: str) -> list[Route]:
    """Give the routes of the documents of one API (rule E4)."""
    return [
        _route(api, base_url, "openapi.json", openapi_json, "application/json"),
        _route(api, base_url, "openapi.yaml", openapi_yaml, "application/yaml"),
        _route(api, base_url, "documentatie", documentation_page, "text/html"),
    ]


def _route(api: Api, base_url: str, name: str, make: Callable[[Api, str], bytes], media_type: str) -> Route:
    async def give(scope: Scope) -> Response:
        check_acceptable(scope["headers"], media_type)
        read_no_parameters(scope["query_string"])
        return Response(make(api, base_url), media_type=media_type)

    # Any page may read a contract that is public.
    headers = {"API-Version": api_version(api), "Access-Control-Allow-Origin": "*"}
    return public(f"{BASE_PATHS[api]}/{name}", give, headers)
