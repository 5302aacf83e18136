"""A moment in RFC 3339, kept exactly as it was given beside its instant (rule M4)."""

import re
from datetime import date
from typing import Final

from msgspec import Struct

_RFC3339: Final = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[Tt](?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})"
    r"(?:\.(?P<fraction>\d{1,9}))?(?P<offset>[Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_MICROS: Final = 1_000_000


class Tijdstip(Struct, frozen=True):
    """A moment: the text as given, and its instant in microseconds since 1970-01-01T00:00:00Z.

    Digits past the microsecond are in the text alone; the instant is cut, not rounded, so that a moment
    never moves into the next day.
    """

    text: str
    instant: int


def parse_tijdstip(text: str) -> Tijdstip:
    """Read a moment with an offset.

    Raises `ValueError`, with a Dutch sentence that says what is wrong (rule M4).
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(
            "Schrijf een tijdstip als 2024-04-05T14:35:42+01:00: datum, een T, tijd en het verschil met UTC"
            " (of Z), met hoogstens negen cijfers achter de komma."
        )
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"])
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004 - the parts of a clock
        raise ValueError("Deze tijd bestaat niet: uren gaan tot 23, minuten en seconden tot 59.")
    fraction = int((match["fraction"] or "").ljust(6, "0")[:6])
    seconds = _days(match["date"]) * 86_400 + hour * 3_600 + minute * 60 + second
    return Tijdstip(text, (seconds - _offset(match["offset"]) * 60) * _MICROS + fraction)


def _days(text: str) -> int:
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:])
    # Year 0 is in RFC 3339 but not in Python's calendar, which repeats every 400 years (146,097 days).
    try:
        ordinal = date(year or 400, month, day).toordinal() - (0 if year else 146_097)
    except ValueError:
        raise ValueError("Deze datum bestaat niet.") from None
    return ordinal - _EPOCH_ORDINAL


def _offset(text: str) -> int:
    if text in "Zz":
        return 0
    hours, minutes = int(text[1:3]), int(text[4:])
    if hours > 23 or minutes > 59:  # noqa: PLR2004 - the parts of a clock
        raise ValueError("Het verschil met UTC gaat tot 23:59.")
    return (hours * 60 + minutes) * (-1 if text[0] == "-" else 1)
