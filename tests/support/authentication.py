"""Applications, a clock that is set, and tokens with every fault that a test asks for."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from verwerkingenlog.api.auth.authenticator import Authenticator
from verwerkingenlog.domain.applicatie import Api, Applicatie
from verwerkingenlog.domain.toegang import Aanroeper, Scope
from verwerkingenlog.errors import NotAuthenticated

NOW = 1_700_000_000.0
SECRET = "een geheim van meer dan 32 tekens"
CREATE = frozenset({Scope.CREATE_NORMAL})
READ = frozenset({Scope.READ_NORMAL})
ZAAKSYSTEEM = Applicatie("zaaksysteem", SECRET, "Zaaksysteem", ("00000001821002193000",), CREATE, READ)
PORTAAL = Applicatie("portaal", "p" * 40, "Portaal", inzage=READ)
HEADER: Mapping[str, object] = {"typ": "JWT", "alg": "HS256"}


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims(**changes: object) -> dict[str, object]:
    made = {"iss": "zaaksysteem", "iat": NOW, "client_id": "zaaksysteem", "user_id": "jan", **changes}
    return {name: value for name, value in made.items() if value is not ...}


def signed(
    header: Mapping[str, object] | bytes = HEADER,
    payload: Mapping[str, object] | bytes | None = None,
    secret: str = SECRET,
    digest: Callable[..., Any] = hashlib.sha256,
) -> str:
    whole = [header, claims() if payload is None else payload]
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in whole]
    text = ".".join(map(encode, parts))
    return f"{text}.{encode(hmac.new(secret.encode(), text.encode(), digest).digest())}"


def bearer(token: str) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"log.example"), (b"authorization", b"Bearer " + token.encode())]


def accepted(authenticator: Authenticator, token: str, api: Api = "bewerking") -> Aanroeper:
    return authenticator.authenticate(bearer(token), api)


def refused(authenticator: Authenticator, token: str) -> str:
    with pytest.raises(NotAuthenticated) as caught:
        authenticator.authenticate(bearer(token), "bewerking")
    return str(caught.value)
