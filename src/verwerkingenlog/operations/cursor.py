"""Answers of several pages, and the cursor that says where a reader is (rule G5).

A cursor is sealed: it tells nothing of persons, and nobody but the log can make one.
"""

import base64
from collections.abc import Sequence
from typing import Final, Generic, NamedTuple, TypeVar

import msgspec

from verwerkingenlog.domain.toegang import Aanroeper
from verwerkingenlog.errors import ConfigurationError, Fault, InvalidInput
from verwerkingenlog.storage.keyring import KeyRing

VALID: Final = 60 * 60 * 1_000_000
"""How long a link to a page works, in microseconds."""

_CONTEXT: Final = b"vervolg"

State = TypeVar("State")
Result = TypeVar("Result")


class Pagina(msgspec.Struct, Generic[Result], frozen=True):
    """One page of an answer; `next` and `previous` are cursors, None where there is no such page."""

    count: int
    results: Sequence[Result]
    next: str | None
    previous: str | None


class Turned(NamedTuple, Generic[Result]):
    """The entries of one page in the order of the answer, and whether there are pages around it."""

    entries: list[Result]
    before: bool
    after: bool


def turn(found: Sequence[Result], length: int, *, older: bool, first: bool) -> Turned[Result]:
    """Cut a page from the entries found in the direction of reading, of which one too many shows a next page.

    Behind the reader there is always a page, where the answer began: so `first` tells whether this is it.
    """
    more = len(found) > length
    entries = list(found[:length])
    return Turned(entries, not first, more) if older else Turned(entries[::-1], more, after=True)


class _Sealed(msgspec.Struct, array_like=True):
    kind: str
    client_id: str
    expires: int
    state: msgspec.Raw


def seal_cursor(ring: KeyRing, aanroeper: Aanroeper, kind: str, state: msgspec.Struct, now: int) -> str:
    """Make a cursor for this client; `kind` is what it pages through, `now` an instant in microseconds."""
    raw = msgspec.Raw(msgspec.msgpack.encode(state))
    plaintext = msgspec.msgpack.encode(_Sealed(kind, aanroeper.client_id, now + VALID, raw))
    return base64.urlsafe_b64encode(ring.seal(plaintext, _CONTEXT)).decode().rstrip("=")


def open_cursor(
    ring: KeyRing, aanroeper: Aanroeper, kind: str, state: type[State], cursor: str, now: int
) -> State:
    """Read a cursor. Raises `InvalidInput` when it is not ours, another client's, or over an hour old."""
    opened = _open(ring, cursor)
    if opened is None:
        raise _refusal("Deze link klopt niet. Begin opnieuw bij de eerste pagina.")
    if opened.kind != kind or opened.client_id != aanroeper.client_id:
        raise _refusal("Deze link is niet voor deze applicatie of deze API. Begin bij de eerste pagina.")
    if now > opened.expires:
        raise _refusal("Deze link is ouder dan een uur en verlopen. Begin opnieuw bij de eerste pagina.")
    try:
        return msgspec.msgpack.decode(opened.state, type=state)
    except msgspec.DecodeError:
        # Made by another release, while both run side by side.
        raise _refusal("Deze link werkt niet meer. Begin opnieuw bij de eerste pagina.") from None


def kind_of(ring: KeyRing, cursor: str) -> str | None:
    """Give what a cursor pages through, or None where it is not ours."""
    opened = _open(ring, cursor)
    return None if opened is None else opened.kind


def _open(ring: KeyRing, cursor: str) -> _Sealed | None:
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(ring.open(sealed, _CONTEXT), type=_Sealed)
    except (ValueError, msgspec.DecodeError, ConfigurationError):
        return None


def _refusal(reason: str) -> InvalidInput:
    return InvalidInput(Fault("cursor", "invalid", reason))
