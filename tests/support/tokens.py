"""ZGW JSON Web Tokens, made with the standard library alone: independent of how the log checks them."""

import base64
import hashlib
import hmac
import json
import time


def zgw_token(client_id: str, secret: str, /, *, user_id: str, **claims: object) -> str:
    """Mint an HS256 token with the claims that rule S1 names; `claims` come beside or in place of those."""
    payload = {
        "iss": client_id,
        "iat": int(time.time()),
        "client_id": client_id,
        "user_id": user_id,
        "user_representation": "Een ambtenaar",
        **claims,
    }
    signed = f"{_part({'typ': 'JWT', 'alg': 'HS256'})}.{_part(payload)}"
    return f"{signed}.{_encode(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"


def _part(value: object) -> str:
    return _encode(json.dumps(value).encode())


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
