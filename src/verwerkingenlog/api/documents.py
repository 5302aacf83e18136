"""The OpenAPI documents that the log serves, and the page made from them (rules E3, E4).

The contract of each part is written by hand in its own `openapi.yaml`; what all have in common stands in
`openapi-gedeeld.yaml`, what only the two APIs of the standard do in `openapi-standaard.yaml`. A base URL is
the address at which people reach the server, without a slash at the end: `https://log.gemeente.example`. The
path of the part is added to it here.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache, lru_cache, reduce
from importlib.resources import files
from typing import Any, Final, Literal, TypeAlias

import yaml

from verwerkingenlog.api.documentation import render

Onderdeel: TypeAlias = Literal["bewerking", "inzage", "bewijs"]
"""A part of the log that has a contract of its own, and that a process can serve or leave out."""
Document: TypeAlias = dict[str, Any]

BASE_PATHS: Final[Mapping[Onderdeel, str]] = {
    "bewerking": "/bewerking/api/v1",
    "inzage": "/inzage/api/v1",
    "bewijs": "/bewijs/v1",
}
"""Where each part stands under the base URL (rule E4)."""

_SHARED: Final[Mapping[Onderdeel, tuple[str, ...]]] = {
    "bewerking": ("openapi-gedeeld.yaml", "openapi-standaard.yaml"),
    "inzage": ("openapi-gedeeld.yaml", "openapi-standaard.yaml"),
    "bewijs": ("openapi-gedeeld.yaml",),
}
_PLACEHOLDER: Final = "https://verwerkingenlog.example"


def api_version(onderdeel: Onderdeel) -> str:
    """Give the full version of a part, for its `API-Version` header (rule E2)."""
    return str(_contract(onderdeel)["info"]["version"])


@lru_cache(maxsize=8)
def openapi_json(onderdeel: Onderdeel, base_url: str) -> bytes:
    """Give the OpenAPI document of a part as JSON in UTF-8, for the server at `base_url` (rule E4)."""
    return json.dumps(_served(onderdeel, base_url), ensure_ascii=False, separators=(",", ":")).encode()


@lru_cache(maxsize=8)
def openapi_yaml(onderdeel: Onderdeel, base_url: str) -> bytes:
    """Give the OpenAPI document of a part as YAML in UTF-8, for the server at `base_url` (rule E4)."""
    text: str = yaml.dump(
        _served(onderdeel, base_url), Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=110
    )
    return text.encode()


@lru_cache(maxsize=8)
def documentation_page(onderdeel: Onderdeel, base_url: str) -> bytes:
    """Give the page that explains a part to people: HTML in UTF-8, complete in itself (rule E4)."""
    return render(_served(onderdeel, base_url)).encode()


class _PlainDumper(yaml.SafeDumper):
    """Writes out what the contract shares by anchors: few readers of OpenAPI follow an alias."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the name that PyYAML calls it by
        return True


def _served(onderdeel: Onderdeel, base_url: str) -> Document:
    document: Document = _at_address(_contract(onderdeel), base_url)
    return document


@cache
def _contract(onderdeel: Onderdeel) -> Document:
    return reduce(_merged, map(_read, _SHARED[onderdeel]), _read(f"{onderdeel}/openapi.yaml"))


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
