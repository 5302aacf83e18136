"""What a part serves to anyone: its OpenAPI document and the page that explains it (rules S1, E4)."""

from collections.abc import Callable

from starlette.routing import Route

from verwerkingenlog.api.answer import Answer
from verwerkingenlog.api.documents import (
    BASE_PATHS,
    Onderdeel,
    api_version,
    documentation_page,
    openapi_json,
    openapi_yaml,
)
from verwerkingenlog.api.public import public
from verwerkingenlog.api.query import read_no_parameters
from verwerkingenlog.api.request import check_acceptable
from verwerkingenlog.telemetry.observation import Scope


def document_routes(onderdeel: Onderdeel, base_url: str) -> list[Route]:
    """Give the routes of the documents of one part (rule E4)."""
    return [
        _route(onderdeel, base_url, "openapi.json", openapi_json, "application/json"),
        _route(onderdeel, base_url, "openapi.yaml", openapi_yaml, "application/yaml"),
        _route(onderdeel, base_url, "documentatie", documentation_page, "text/html"),
    ]


def public_headers(onderdeel: Onderdeel) -> tuple[tuple[bytes, bytes], ...]:
    """Give the headers of all that a part publishes: any page may read it."""
    return ((b"api-version", api_version(onderdeel).encode()), (b"access-control-allow-origin", b"*"))


def _route(
    onderdeel: Onderdeel, base_url: str, name: str, make: Callable[[Onderdeel, str], bytes], media_type: str
) -> Route:
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""

    async def give(scope: Scope) -> Answer:
        check_acceptable(scope["headers"], media_type)
        read_no_parameters(scope["query_string"])
        return Answer(200, make(onderdeel, base_url), f"{media_type}{charset}".encode())

    return public(f"{BASE_PATHS[onderdeel]}/{name}", give, public_headers(onderdeel))
