"""Make a token for an application, as its own software would (rule S1)."""

from joserfc import jws
from joserfc.jwk import OctKey
from msgspec import json

from verwerkingenlog.domain.applicatie import Applicatie


def mint(
    applicatie: Applicatie, gebruiker: str = "", naam: str = "", *, now: float, exp: float | None = None
) -> str:
    """Give a ZGW JWT (HS256), valid from `now` for an hour, or until `exp` if sooner (seconds since 1970).

    `gebruiker` becomes `user_id`, `naam` becomes `user_representation`.
    """
    claims: dict[str, object] = {
        "iss": applicatie.client_id,
        "iat": int(now),
        "client_id": applicatie.client_id,
        "user_id": gebruiker,
        "user_representation": naam,
    }
    if exp is not None:
        claims["exp"] = int(exp)
    key = OctKey.import_key(applicatie.secret.encode())
    return jws.serialize_compact({"typ": "JWT", "alg": "HS256"}, json.encode(claims), key)
