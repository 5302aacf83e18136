"""The body of `_bulk` as the acties in it, not read yet: lines of NDJSON, or the elements of a JSON array."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
from msgspec import Raw
from msgspec.structs import astuple

from verwerkingenlog.api.bewerking.invoer import read_new
from verwerkingenlog.api.json_body import inside
from verwerkingenlog.api.request import Headers, header
from verwerkingenlog.domain.verwerkingsactie import Verwerkingsactie
from verwerkingenlog.errors import Fault, InvalidInput

NDJSON: Final = ("application/x-ndjson", "application/ndjson")
JSON_ARRAY: Final = "application/json"
MOST: Final = 10_000
"""How many acties a bulk may hold."""
MOST_BYTES: Final = 1 << 20
"""How large each may be: reading an odd one holds up all other work. By itself it may be larger."""

_BLANK: Final = b" \t\r\n"
_PLACE: Final = re.compile(r"\(byte (\d+)\)")
# A list would hold millions of elements before anybody counts them; this stops at the first one too many.
_ARRAY: Final = msgspec.json.Decoder(
    msgspec.defstruct(
        "Elements",
        [(f"element_{number}", Raw, Raw()) for number in range(MOST)],
        array_like=True,
        forbid_unknown_fields=True,
    )
)


class Acties(NamedTuple):
    """What a client wrote for each actie, in order, and whether each stands on a line of its own."""

    written: Sequence[bytes]
    on_lines: bool


def split(body: bytes, headers: Headers) -> Acties:
    """Give the acties in a body; raises `InvalidInput` where there are none, too many or no list of them."""
    media_type = (header(headers, b"content-type") or b"").decode("latin-1")
    on_lines = media_type.partition(";")[0].strip().lower() in NDJSON
    written = _lines(body) if on_lines else _elements(body)
    if not written:
        raise _refused("required", "Stuur minstens één verwerkingsactie.")
    return Acties(written, on_lines)


def read_actie(acties: Acties, index: int) -> Verwerkingsactie:
    """Read one of the acties.

    Raises `InvalidInput` as if it had come alone, but for a place in the body and for its own size.
    """
    written = acties.written[index]
    if len(written) > MOST_BYTES:
        reason = (
            f"Deze verwerkingsactie is groter dan {MOST_BYTES} bytes, de grens voor elk van een reeks."
            " Stuur haar apart."
        )
        raise _refused("too_large", reason)
    try:
        return read_new(written)
    except InvalidInput as error:
        if acties.on_lines and error.faults[0].name == "body":
            # So many line ends come before it, and the reader counts them.
            return read_new(b"\n" * index + written)
        raise


def faults_at(index: int, error: InvalidInput) -> list[Fault]:
    """Give the faults of one actie under their names in the whole body: `3.tijdstip` (rule E1)."""
    return [
        fault._replace(name=str(index) if fault.name == "body" else inside(str(index), fault.name))
        for fault in error.faults
    ]


def cut_off(faults: Sequence[Fault], most: int) -> Sequence[Fault]:
    """Give at most so many faults; where there are more, a last one says so."""
    if len(faults) <= most:
        return faults
    return [*faults[: most - 1], Fault("body", "more", "Er zijn meer fouten. Verbeter eerst de genoemde.")]


def _lines(body: bytes) -> list[bytes]:
    text = body.rstrip(_BLANK)
    lines = text.split(b"\n", MOST) if text else []
    if len(lines) > MOST:
        raise _too_many()
    for number, line in enumerate(lines, start=1):
        if not line or line.isspace():
            reason = f"Regel {number} is leeg. Alleen na de laatste verwerkingsactie mogen lege regels staan."
            raise _refused("empty", reason)
    return lines


def _elements(body: bytes) -> list[bytes]:
    if not body or body.isspace():
        return []
    try:
        elements = astuple(_ARRAY.decode(body))
    except msgspec.ValidationError:
        if body.lstrip(_BLANK).startswith(b"["):
            raise _too_many() from None
        reason = (
            "Stuur een JSON-array met verwerkingsacties, of NDJSON met de kop"
            " Content-Type: application/x-ndjson."
        )
        raise _refused("type", reason) from None
    except msgspec.DecodeError as error:
        place = _PLACE.search(str(error))
        raise _no_json(body[: int(place[1])] if place else body) from None
    except RecursionError:
        reason = "De body is te diep genest: zo veel lagen heeft geen bericht nodig."
        raise _refused("depth", reason) from None
    return [bytes(element) for element in elements if element]


def _no_json(before: bytes) -> InvalidInput:
    """Say where a body stops being JSON, from what stands before that place."""
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
    return _refused("json", f"De body is geen geldige JSON. Kijk bij regel {line}, teken {column}.")


def _too_many() -> InvalidInput:
    return _refused("too_many", f"Stuur hoogstens {MOST} verwerkingsacties tegelijk.")


def _refused(code: str, reason: str) -> InvalidInput:
    return InvalidInput(Fault("body", code, reason))
