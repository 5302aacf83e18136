"""The one place where an error becomes an HTTP answer: `application/problem+json` (rules E1, E2)."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from verwerkingenlog import errors
from verwerkingenlog.api.answer import Answer
from verwerkingenlog.errors import InvalidInput, VerwerkingenlogError


class NoSuchResource(VerwerkingenlogError):
    """Dit adres bestaat niet in deze API. Zie de documentatie van de API voor de adressen."""


class MethodNotAllowed(VerwerkingenlogError):
    """Deze methode kan niet op dit adres."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(f"Deze methode kan niet op dit adres. Wel: {', '.join(allowed)}.")
        self.allowed = allowed


class NotAcceptable(VerwerkingenlogError):
    """Het log kan dit niet geven in de vorm die is gevraagd."""

    def __init__(self, media_type: str) -> None:
        super().__init__(
            f"Dit is er alleen als {media_type}. Vraag daarom in de kop Accept, of laat die weg."
        )


class UnsupportedMediaType(VerwerkingenlogError):
    """De inhoud heeft een vorm die het log hier niet aanneemt."""

    def __init__(self, accepted: Sequence[str], codings: Collection[str] = ()) -> None:
        packed = f"ingepakt mag, met de kop Content-Encoding: {_or(codings)}" if codings else "niet ingepakt"
        super().__init__(
            f"Stuur de inhoud als JSON in UTF-8 met de kop Content-Type: {_or(accepted)}; {packed}."
        )


class BodyTooLarge(VerwerkingenlogError):
    """De inhoud is te groot."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"De inhoud is groter dan {limit} bytes. Stuur haar in kleinere delen.")


class BodyTooSlow(VerwerkingenlogError):
    """De inhoud kwam niet op tijd binnen. Stuur het verzoek opnieuw."""


class Kind(NamedTuple):
    """How a kind of error is answered; `retry_after`: in so many seconds another try makes sense."""

    status: int
    code: str
    title: str
    retry_after: int = 0


_KINDS: Final[dict[type[VerwerkingenlogError], Kind]] = {
    errors.InvalidInput: Kind(400, "invalid", "De invoer klopt niet"),
    errors.NotAuthenticated: Kind(401, "not_authenticated", "Niet aangemeld"),
    errors.NotAllowed: Kind(403, "permission_denied", "Niet toegestaan"),
    errors.NotFound: Kind(404, "not_found", "Niet gevonden"),
    NoSuchResource: Kind(404, "not_found", "Niet gevonden"),
    MethodNotAllowed: Kind(405, "method_not_allowed", "Methode niet toegestaan"),
    NotAcceptable: Kind(406, "not_acceptable", "Geen passend antwoord"),
    BodyTooSlow: Kind(408, "timeout", "Te traag"),
    errors.IdempotencyPending: Kind(409, "idempotency_pending", "De eerste aanroep loopt nog", 1),
    errors.PreconditionFailed: Kind(412, "precondition_failed", "Intussen gewijzigd"),
    BodyTooLarge: Kind(413, "too_large", "Te groot"),
    UnsupportedMediaType: Kind(415, "unsupported_media_type", "Verkeerd mediatype"),
    errors.IdempotencyMismatch: Kind(422, "idempotency_mismatch", "Sleutel hergebruikt"),
    errors.Overloaded: Kind(429, "overloaded", "Te druk", 1),
    errors.LogAltered: Kind(500, "altered", "Het log is veranderd"),
    errors.NotSealed: Kind(503, "not_sealed", "Nog niet verzegeld", 1),
    errors.StoreUnavailable: Kind(503, "unavailable", "Niet bereikbaar", 5),
}
_FAULT: Final = Kind(500, "error", "Er ging iets mis in het log")


class _InvalidParam(Struct):
    name: str
    code: str
    reason: str


class _Problem(Struct, rename="camel"):
    type: str
    code: str
    title: str
    status: int
    detail: str
    instance: str
    invalid_params: tuple[_InvalidParam, ...] | UnsetType = UNSET


class PartProblem(Struct, frozen=True, rename="camel"):
    """What is wrong with one part of a request, inside an answer about all of them."""

    status: int
    code: str
    title: str
    detail: str
    invalid_params: tuple[_InvalidParam, ...] | UnsetType = UNSET


def answer_problem(error: Exception, request_id: str) -> Answer:
    """Give the answer to an error; one that is not of our hierarchy is a fault of ours and tells nothing."""
    kind = _KINDS.get(type(error), _FAULT)  # type: ignore[arg-type]
    problem = _Problem(
        type=f"urn:verwerkingenlog:probleem:{kind.code}",
        code=kind.code,
        title=kind.title,
        status=kind.status,
        detail=_detail(error, kind),
        instance=f"urn:uuid:{request_id}",
    )
    problem.invalid_params = _invalid_params(error)
    return Answer(
        kind.status, msgspec.json.encode(problem), b"application/problem+json", _headers(error, kind)
    )


def part_problem(error: VerwerkingenlogError) -> PartProblem:
    """Give what an answer tells of an error in one part of the request."""
    kind = _KINDS.get(type(error), _FAULT)
    return PartProblem(kind.status, kind.code, kind.title, _detail(error, kind), _invalid_params(error))


def _invalid_params(error: Exception) -> tuple[_InvalidParam, ...] | UnsetType:
    return (
        tuple(_InvalidParam(*fault) for fault in error.faults) if isinstance(error, InvalidInput) else UNSET
    )


def _or(words: Collection[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} of {last}" if others else last


def _detail(error: Exception, kind: Kind) -> str:
    if kind is _FAULT:
        return (
            "Er ging iets mis in het log. Probeer het later opnieuw; blijft het misgaan, geef de beheerder"
            " dan de waarde van 'instance'."
        )
    if isinstance(error, InvalidInput):
        count = len(error.faults)
        wrong = "Eén onderdeel klopt" if count == 1 else f"{count} onderdelen kloppen"
        return f"{wrong} niet. Zie invalidParams."
    return str(error)


def _headers(error: Exception, kind: Kind) -> tuple[tuple[bytes, bytes], ...]:
    if isinstance(error, MethodNotAllowed):
        return ((b"allow", ", ".join(error.allowed).encode()),)
    if isinstance(error, errors.NotAuthenticated):
        return ((b"www-authenticate", b"Bearer"),)
    if isinstance(error, BodyTooSlow):
        return ((b"connection", b"close"),)  # nobody reads on
    if kind.retry_after:
        return ((b"retry-after", b"%d" % kind.retry_after),)
    return ()
