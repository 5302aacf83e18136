"""Bulks as clients write them: NDJSON or a JSON array, packed or not."""

import gzip
import json
import sys
from collections.abc import Callable, Sequence

import httpx

from tests.support.acties import Json
from tests.support.client import ACTIES, Api, Params

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BULK = f"{ACTIES}/_bulk"
NDJSON = "application/x-ndjson"
EACH = {"perStuk": "ja"}
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "zstd": zstd.compress,
}


def lines(acties: Sequence[object]) -> bytes:
    """Write acties as NDJSON."""
    return b"".join(json.dumps(actie).encode() + b"\n" for actie in acties)


def array(acties: Sequence[object]) -> bytes:
    """Write acties as a JSON array."""
    return json.dumps(acties, indent=1).encode()


def send(
    api: Api,
    content: bytes,
    media_type: str = NDJSON,
    params: Params | None = None,
    **headers: str,
) -> httpx.Response:
    """Send a bulk; `headers` have underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.post(BULK, content=content, params=params or {}, headers={"Content-Type": media_type, **named})


def logged(answer: httpx.Response) -> list[str]:
    """Give the actieIds of a bulk that must have been logged whole."""
    assert answer.status_code == 201, answer.text
    body: Json = answer.json()
    ids = [result["actieId"] for result in body["results"]]
    assert (body["vastgelegd"], body["geweigerd"]) == (len(ids), 0)
    return ids
