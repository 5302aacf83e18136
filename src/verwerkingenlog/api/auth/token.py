"""The ZGW JWT: compact JWS (RFC 7515) with HS256 alone, and its claims (RFC 7519); strict in both (rule S1).

Nothing here is trusted before `Jws.signed_by`; until then the payload only says whose key to check with.
"""

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple, NoReturn

from joserfc.jwk import OctKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from verwerkingenlog.domain.formats import check_characters

MAX_TOKEN: Final = 8 * 1024
"""Bytes."""
_MAX_USER: Final = 255
_FAR: Final = 10**12
"""No moment; beyond it, arithmetic with a float may overflow."""

# Three segments, no more, of unpadded base64url; the last is the 32 bytes of an HMAC-SHA-256.
_COMPACT: Final = re.compile(rb"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})")

# Headers that bring a key along, or change what the signature covers. A pinned key needs none of them.
_REFUSED: Final = frozenset({"jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip", "enc"})

_HS256: Final = JWSRegistry(algorithms=["HS256"]).get_alg("HS256")


class Refused(Exception):
    """Why a token is no proof: an event for the log, and advice (Dutch) for whoever holds the secret.

    Both are constants, so nothing of the token is in them.
    """

    def __init__(self, event: str, advice: str | None = None) -> None:
        super().__init__(event)
        self.event = event
        self.advice = advice


class Jws(NamedTuple):
    """A compact JWS that is well formed and says HS256; its signature is not checked yet."""

    signing_input: bytes
    payload: bytes
    signature: bytes

    def signed_by(self, key: OctKey) -> bool:
        """Tell whether this key made the signature; compared in constant time."""
        return _HS256.verify(self.signing_input, self.signature, key)


class Claims(NamedTuple):
    """What a token says: who uses the application, and from when until when (seconds since 1970)."""

    gebruiker: str
    iat: float
    nbf: float
    exp: float


def parse_jws(token: bytes) -> Jws:
    """Take a token apart. Raises `Refused` on any algorithm but HS256 and on any doubtful form."""
    match = _COMPACT.fullmatch(token) if len(token) <= MAX_TOKEN else None
    if match is None:
        raise Refused("token_malformed")
    header, payload, signature = match.groups()
    _check_header(header)
    return Jws(token[: match.end(2)], _decode(payload), _decode(signature))


def parse_object(text: bytes) -> Mapping[str, object]:
    """Read a JSON object in UTF-8, without duplicate names. Raises `Refused`."""
    try:
        value: object = _JSON.decode(text.decode())
    except (ValueError, RecursionError):
        raise Refused("token_malformed") from None
    if not isinstance(value, dict):
        raise Refused("token_malformed")
    return value


def parse_claims(payload: Mapping[str, object]) -> Claims:
    """Read the claims of a payload whose signature was checked. Raises `Refused`."""
    _text(payload, "user_representation")
    return Claims(
        gebruiker=_text(payload, "user_id"),
        iat=_moment(payload, "iat"),
        nbf=_moment(payload, "nbf", -math.inf),
        exp=_moment(payload, "exp", math.inf),
    )


def _decode(segment: bytes) -> bytes:
    try:
        # Refuses stray bits in the last character, so that one token has one spelling.
        return urlsafe_b64decode(segment)
    except ValueError:
        raise Refused("token_malformed") from None


@lru_cache(maxsize=64)  # the header is the same in nearly every token of a client
def _check_header(segment: bytes) -> None:
    header = parse_object(_decode(segment))
    if header.get("alg") != "HS256":
        raise Refused("token_algorithm_refused")
    if not _REFUSED.isdisjoint(header):
        raise Refused("token_header_refused")


def _text(payload: Mapping[str, object], name: str) -> str:
    value = payload.get(name)
    if value is None:
        return ""
    if isinstance(value, str) and len(value) <= _MAX_USER and _can_be_kept(value):
        return value
    raise Refused(
        "token_user_refused",
        f"In het token zijn user_id en user_representation teksten van hoogstens {_MAX_USER} tekens.",
    )


def _can_be_kept(text: str) -> bool:
    try:
        check_characters(text)
    except ValueError:
        return False
    return True


def _moment(payload: Mapping[str, object], name: str, default: float | None = None) -> float:
    if name not in payload and default is not None:
        return default
    value = payload.get(name)
    # A bool is an int to Python; a NumericDate may have a fraction (RFC 7519, section 2).
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _FAR:
        return float(value)
    raise Refused(
        "token_moment_refused",
        "In het token is iat verplicht: het moment van uitgifte, in seconden sinds 1970."
        " Ook exp en nbf zijn zo'n getal, als ze erin staan.",
    )


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError  # NaN and Infinity are not JSON


_JSON: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
