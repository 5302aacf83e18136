"""A moment in RFC 3339, kept exactly as it was given beside its instant (rule M4)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

_TIJDSTIP: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_FORM: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_OFFSET: Final = re.compile(r"[Zz]|.(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_USUAL: Final = re.compile(
    r"(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.(?!000)[0-9]{3}|\.[0-9]{3}(?!000)[0-9]{3})?(?:Z|(?!-00:00)[+-][0-9]{2}:[0-9]{2})"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FOUR_CENTURIES: Final = 146_097 * 86_400 * 1_000_000


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
    if _TIJDSTIP.fullmatch(text) is None:
        raise ValueError(_complaint(text))
    try:
        return Tijdstip(text, _instant(text))
    except ValueError:
        raise ValueError("Deze datum bestaat niet.") from None


def _instant(text: str) -> int:
    if text.startswith("0000"):
        # Year 0 is in RFC 3339 but not in Python's calendar, which repeats every 400 years.
        return _instant(f"0400{text[4:]}") - _FOUR_CENTURIES
    return (datetime.fromisoformat(text.upper()) - _EPOCH) // _MICROSECOND


def _complaint(text: str) -> str:
    match = _FORM.fullmatch(text)
    if match is None:
        return (
            "Schrijf een tijdstip als 2024-04-05T14:35:42+01:00: datum, een T, tijd en het verschil met UTC"
            " (of Z), met hoogstens negen cijfers achter de komma."
        )
    if _OFFSET.fullmatch(match[1]) is None:
        return "Het verschil met UTC gaat tot 23:59."
    return "Deze tijd bestaat niet: uren gaan tot 23, minuten en seconden tot 59."


def offset_minutes(text: str) -> int | None:
    """Give the offset of a valid moment in minutes, or None where it is written as `Z`."""
    if text[-1] in "Zz":
        return None
    minutes = int(text[-5:-3]) * 60 + int(text[-2:])
    return -minutes if text[-6] == "-" else minutes


def usual_spelling(instant: int, offset: int | None) -> str | None:
    """Give the spelling that most systems use for a moment, or None where Python's calendar has no such year.

    The fraction has no, three or six digits, whichever is enough; an offset of None is written as `Z`.
    """
    try:
        local = _EPOCH + timedelta(microseconds=instant + (offset or 0) * 60_000_000)
    except OverflowError:
        return None
    micros = local.microsecond
    precision = "seconds" if not micros else "microseconds" if micros % 1000 else "milliseconds"
    return local.isoformat(timespec=precision)[:-6] + _written_offset(offset)


def is_usual(text: str) -> bool:
    """Tell whether a valid moment is spelled as `usual_spelling` gives it for its instant and offset."""
    return _USUAL.fullmatch(text) is not None


def _written_offset(offset: int | None) -> str:
    if offset is None:
        return "Z"
    hours, minutes = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"
