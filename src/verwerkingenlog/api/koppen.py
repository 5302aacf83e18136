"""The headers that a client gives beside its token (rules L2, P6, E5)."""

import re
from collections.abc import Callable, Iterable
from typing import Final, Literal, TypeVar

from verwerkingenlog.api.elements import (
    REQUIRED,
    Complaint,
    Wrong,
    read_oin,
    read_term,
    read_uri,
    read_uuid,
    read_vertrouwelijkheid_of_reader,
)
from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.errors import Fault, InvalidInput

Headers = Iterable[tuple[bytes, bytes]]
"""The headers of a request as ASGI gives them: names in lower case."""

T = TypeVar("T")

_MAX_KEY: Final = 255
_REPEATED: Final = Complaint("duplicate", "Stuur deze kop één keer.")
_EMPTY: Final = Complaint("empty", "Vul deze kop, of laat hem weg.")
_PRINTABLE: Final = re.compile(r"[ -~]+")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_ENTITY_TAG: Final = re.compile(r'(W/)?("[!#-~\x80-\xff]*")')
# Possessive: else a long row of commas and spaces could be split in very many ways.
_ENTITY_TAGS: Final = re.compile(
    rf"[ \t,]*+{_ENTITY_TAG.pattern}(?:[ \t]*+,[ \t]*+(?:{_ENTITY_TAG.pattern})?)*+"
)


def read_leesgegevens(headers: Headers, *, required: bool) -> Leesgegevens:
    """Read why the reader reads; `required` demands the three that the standard calls mandatory (rule L2).

    Raises `InvalidInput` with a fault per header.
    """
    reading = _Reading(headers)
    leesgegevens = Leesgegevens(
        oin=reading.one("OIN", read_oin, required=required),
        verwerkingsactiviteit_id=reading.one("VerwerkingsactiviteitId", read_uuid, required=required),
        verwerkingsactiviteit_url=reading.one("VerwerkingsactiviteitUrl", read_uri, required=required),
        verwerking_id=reading.one("VerwerkingId", read_uuid),
        vertrouwelijkheid=reading.one("Vertrouwelijkheid", read_vertrouwelijkheid_of_reader)
        or Vertrouwelijkheid.NORMAAL,
        bewaartermijn=reading.one("Bewaartermijn", read_term),
    )
    reading.finish()
    return leesgegevens


def read_idempotency_key(headers: Headers) -> str | None:
    """Read the Idempotency-Key of a POST, which may stand between quotes; `None` without one (rule P6)."""
    if all(name != b"idempotency-key" for name, _ in headers):  # as in most requests
        return None
    reading = _Reading(headers)
    key = reading.one("Idempotency-Key", _read_key)
    reading.finish()
    return key


def read_if_match(headers: Headers) -> tuple[str, ...] | Literal["*"] | None:
    """Read the tags of If-Match that can match: the strong ones, between their quotes as in an ETag.

    `"*"` stands for any current version, `None` for no such header; a weak tag is left out, for it never
    matches (rule E5). Raises `InvalidInput` if it is malformed.
    """
    values = _values(headers, "If-Match")
    if not values:
        return None
    text = ", ".join(values).strip(" \t")  # lines of one header are one list (RFC 9110, 5.3)
    if text == "*":
        return "*"
    if _ENTITY_TAGS.fullmatch(text) is None:
        raise InvalidInput(
            Fault("If-Match", "format", 'Geef een ETag tussen aanhalingstekens, zoals "abc", of *.')
        )
    return tuple(tag for weak, tag in _ENTITY_TAG.findall(text) if not weak)


class _Reading:
    """One reading of the headers: collects the faults under the names of the headers."""

    def __init__(self, headers: Headers) -> None:
        self._headers = list(headers)
        self._faults: list[Fault] = []

    def one(self, name: str, read: Callable[[str], T], *, required: bool = False) -> T | None:
        values = _values(self._headers, name)
        if len(values) > 1:
            self._faults.append(_REPEATED.at(name))
        elif not values:
            if required:
                self._faults.append(REQUIRED.at(name))
        elif not values[0]:
            self._faults.append(_EMPTY.at(name))
        else:
            try:
                return read(values[0])
            except Wrong as wrong:
                self._faults.append(wrong.complaint.at(name))
        return None

    def finish(self) -> None:
        if self._faults:
            raise InvalidInput(*self._faults)


def _values(headers: Headers, name: str) -> list[str]:
    wanted = name.lower().encode()
    return [value.decode("latin-1").strip(" \t") for key, value in headers if key == wanted]


def _read_key(text: str) -> str:
    quoted = _QUOTED.fullmatch(text)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text
    if not key or len(key) > _MAX_KEY:
        raise Wrong("length", f"Gebruik een sleutel van 1 tot {_MAX_KEY} tekens.")
    if _PRINTABLE.fullmatch(key) is None or (not quoted and text.startswith('"')):
        raise Wrong("format", "Gebruik letters, cijfers en leestekens, met twee aanhalingstekens of zonder.")
    return key
