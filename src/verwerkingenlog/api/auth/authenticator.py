"""From the headers of a call to who makes it (rules S1, S2)."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from joserfc.jwk import OctKey

from verwerkingenlog.api.auth.registry import Registration, Registry
from verwerkingenlog.api.auth.token import Claims, Refused, parse_claims, parse_jws, parse_object
from verwerkingenlog.domain.applicatie import Api
from verwerkingenlog.domain.toegang import Aanroeper
from verwerkingenlog.errors import NotAllowed, NotAuthenticated
from verwerkingenlog.telemetry import metrics

MAX_AGE: Final = 3600
"""Seconds that a token is valid after its `iat`."""
MAX_AHEAD: Final = 60
"""Seconds that the clock of a client may be ahead of ours."""

_MAX_CACHED_BYTES: Final = 1024
_SCHEME: Final = b"bearer "
# For unknown clients, so that the time of an answer does not tell which clients exist.
_NOBODY: Final = OctKey.import_key(bytes(32))

_log = logging.getLogger(__name__)


class _Proof(NamedTuple):
    """A verified token: the registration whose key verified it, its claims, and the caller per API."""

    registration: Registration
    claims: Claims
    bewerking: Aanroeper | None
    inzage: Aanroeper | None


class Recognised(NamedTuple):
    """Who calls by a token that is good, and what was found of it, where it had to be verified."""

    aanroeper: Aanroeper
    authorization: bytes
    verified: _Proof | None


class Authenticator:
    """Checks the token of each call; remembers verified ones, of which it checks the times at every call.

    `clock` gives seconds since 1970; no more than `capacity` tokens are remembered.
    """

    def __init__(self, registry: Registry, clock: Callable[[], float], capacity: int = 10_000) -> None:
        self._registry = registry
        self._clock = clock
        self._capacity = capacity
        self._proofs: OrderedDict[bytes, _Proof] = OrderedDict()

    def authenticate(self, headers: Sequence[tuple[bytes, bytes]], api: Api) -> Aanroeper:
        """Give the caller with its scopes of this API; the names of headers are in lower case, as in ASGI.

        Raises `NotAuthenticated` without exactly one valid token (rule S1), `NotAllowed` when the application
        is not registered for this API (rule S2).
        """
        values = [value for name, value in headers if name == b"authorization"]
        if len(values) != 1:
            raise NotAuthenticated
        try:
            proof = self._proof(values[0])
            _check_times(proof.claims, self._clock())
        except Refused as refused:
            _log.info(refused.event)
            raise NotAuthenticated(*([refused.advice] if refused.advice else [])) from None
        aanroeper = proof.bewerking if api == "bewerking" else proof.inzage
        if aanroeper is None:
            raise NotAllowed(
                f"Deze applicatie is niet aangemeld voor de {api.capitalize()} API."
                " Vraag de beheerder van het log om haar daarvoor aan te melden."
            )
        return aanroeper

    def recognise(self, authorization: bytes, api: Api) -> Recognised | None:
        """Give the caller as `authenticate` does, or None where that would refuse; then nothing is told.

        Nor is anything counted or remembered, until `take`.
        """
        try:
            known = self._known(authorization)
            proof = known or self._verify(authorization)
            _check_times(proof.claims, self._clock())
        except Refused:
            return None
        aanroeper = proof.bewerking if api == "bewerking" else proof.inzage
        return None if aanroeper is None else Recognised(aanroeper, authorization, None if known else proof)

    def take(self, recognised: Recognised) -> None:
        """Count and remember the token of a call that is not authenticated again."""
        if recognised.verified is None:
            metrics.TOKENS_KNOWN.inc()
        else:
            metrics.TOKENS_VERIFIED.inc()
            self._remember(recognised.authorization, recognised.verified)

    def _proof(self, authorization: bytes) -> _Proof:
        proof = self._known(authorization)
        if proof is not None:
            metrics.TOKENS_KNOWN.inc()
            return proof
        metrics.TOKENS_VERIFIED.inc()
        proof = self._verify(authorization)
        self._remember(authorization, proof)
        return proof

    def _known(self, authorization: bytes) -> _Proof | None:
        # A look-up compares hashes under a secret seed first, so its time tells nothing of other tokens.
        proof = self._proofs.get(authorization)
        if proof and self._registry.find(proof.registration.applicatie.client_id) is proof.registration:
            return proof
        return None

    def _verify(self, authorization: bytes) -> _Proof:
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            raise Refused("token_missing")
        jws = parse_jws(authorization[len(_SCHEME) :])
        payload = parse_object(jws.payload)
        client_id = payload.get("client_id")
        registration = self._registry.find(client_id) if isinstance(client_id, str) else None
        genuine = jws.signed_by(registration.key if registration else _NOBODY)
        if registration is None:
            raise Refused("token_client_unknown")
        if not genuine:
            raise Refused("token_signature_wrong")
        return _prove(registration, parse_claims(payload))

    def _remember(self, authorization: bytes, proof: _Proof) -> None:
        if len(authorization) > _MAX_CACHED_BYTES:
            return
        if len(self._proofs) >= self._capacity:
            self._proofs.popitem(last=False)
        self._proofs[authorization] = proof


def _prove(registration: Registration, claims: Claims) -> _Proof:
    applicatie = registration.applicatie
    bewerking, inzage = (
        None if scopes is None else Aanroeper(applicatie.client_id, claims.gebruiker, scopes, applicatie.oins)
        for scopes in (applicatie.bewerking, applicatie.inzage)
    )
    return _Proof(registration, claims, bewerking, inzage)


def _check_times(claims: Claims, now: float) -> None:
    if now - claims.iat > MAX_AGE:
        raise Refused("token_too_old", "Het token is ouder dan een uur. Maak een nieuw token.")
    if claims.iat - now > MAX_AHEAD or claims.nbf - now > MAX_AHEAD:
        raise Refused(
            "token_ahead",
            "Het token is pas later geldig. Zet de klok van uw systeem gelijk en maak een nieuw token.",
        )
    if now >= claims.exp:
        raise Refused("token_expired", "Het token is verlopen. Maak een nieuw token.")
