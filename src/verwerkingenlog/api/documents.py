"""The OpenAPI documents that the log serves, and the page made from them (rules E3, E4).

The contract of each API is written by hand in `bewerking/openapi.yaml` and `inzage/openapi.yaml`; what both
have in common stands in `openapi-gedeeld.yaml`. A base URL is the address at which people reach the server,
without a slash at the end: `https://log.gemeente.example`. The path of the API is added to it here.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, Literal, TypeAlias

import yaml

from verwerkingenlog.api.documentation import render

Api: TypeAlias = Literal["bewerking", "inzage"]
Document: TypeAlias = dict[str, Any]

BASE_PATHS: Final[Mapping[Api, str]] = {"bewerking": "/bewerking/api/v1", "inzage": "/inzage/api/v1"}
"""Where each API stands under the base URL (rule E4)."""

_SHARED: Final = "openapi-gedeeld.yaml"
_PLACEHOLDER: Final = "https://verwerkingenlog.example"


def api_version(api: Api) -> str:
    """Give the full version of an API, for its `API-Version` header (rule E2)."""
    return str(_contract(api)["info"]["version"])


@lru_cache(maxsize=8)
def openapi_json(api: Api, base_url: str) -> bytes:
    """Give the OpenAPI document of an API as JSON in UTF-8, for the server at `base_url` (rule E4)."""
    return json.dumps(_served(api, base_url), ensure_ascii=False, separators=(",", ":")).encode()


@lru_cache(maxsize=8)
def openapi_yaml(api: Api, base_url: str) -> bytes:
    """Give the OpenAPI document of an API as YAML in UTF-8, for the server at `base_url` (rule E4)."""
    text: str = yaml.dump(
        _served(api, base_url), Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=110
    )
    return text.encode()


@lru_cache(maxsize=8)
def documentation_page(api: Api, base_url: str) -> bytes:
    """Give the page that explains an API to people: HTML in UTF-8, complete in itself (rule E4)."""
    return render(_served(api, base_url)).encode()


class _PlainDumper(yaml.SafeDumper):
    """Writes out what the contract shares by anchors: few readers of OpenAPI follow an alias."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the name that PyYAML calls it by
        return True


def _served(api: Api, base_url: str) -> Document:
    document: Document = _at_address(_contract(api), base_url)
    return document


@cache
def _contract(api: Api) -> Document:
    own, shared = _read(f"{api}/openapi.yaml"), _read(_SHARED)
    return _merged(own, shared)


def _read(name: str) -> Document:
    text = files("verwerkingenlog.api").joinpath(name).read_text(encoding="utf-8")
    document: Document = yaml.safe_load(text)
    return document


def _merged(own: Document, shared: Document) -> Document:
    result = deepcopy(own)
    for key, value in shared.items():
        mine = result.get(key)
        if isinstance(mine, dict) and isinstance(value, dict):
            result[key] = _merged(mine, value)
        elif isinstance(mine, list) and isinstance(value, list):
            result[key] = mine + value
        else:
            result.setdefault(key, value)
    return result


def _at_address(value: Any, base_url: str) -> Any:  # noqa: ANN401 - any part of a JSON document
    """Give the same document in which every address of the example server is one of this server."""
    if isinstance(value, dict):
        return {key: _at_address(part, base_url) for key, part in value.items()}
    if isinstance(value, list):
        return [_at_address(part, base_url) for part in value]
    if isinstance(value, str) and value.startswith(f"{_PLACEHOLDER}/"):
        return base_url + value.removeprefix(_PLACEHOLDER)
    return value
