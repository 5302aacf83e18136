"""How long a record must be kept: an ISO 8601 duration, kept exactly as it was given (rules P4, R1)."""

import re
from functools import lru_cache
from typing import Final

from msgspec import Struct

_PART: Final = r"[0-9]++(?:[.,][0-9]++)?"
_DURATION: Final = re.compile(
    rf"P(?:{_PART}W|(?=.)(?:{_PART}Y)?(?:{_PART}M)?(?:{_PART}D)?"
    rf"(?:T(?=.)(?:{_PART}H)?(?:{_PART}M)?(?:{_PART}S)?)?)"
)
_FRACTION_BEFORE_LAST: Final = re.compile(r"[.,][0-9]++[A-Z].")
_YEARS: Final = re.compile(r"[0-9]{1,4}")
_AMOUNT: Final = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?([YMWDHS])")

_DAY: Final = 86_400 * 1_000_000
_LONGEST: Final = 73_000_000 * _DAY
_DIGITS: Final = 15
_DAYS_PER_MONTH: Final = 30


class Duur(Struct, frozen=True):
    """A duration in the parts that PostgreSQL's `interval` has: months, days and microseconds.

    They are added to a moment one after the other, because a month and a day differ in length.
    """

    months: int
    days: int
    microseconds: int


_DATE_UNITS: Final = {"Y": Duur(12, 0, 0), "M": Duur(1, 0, 0), "W": Duur(0, 7, 0), "D": Duur(0, 1, 0)}
_TIME_UNITS: Final = {
    "H": Duur(0, 0, 3_600_000_000),
    "M": Duur(0, 0, 60_000_000),
    "S": Duur(0, 0, 1_000_000),
}


@lru_cache(maxsize=1024)  # a municipality has few terms, and each stands in very many messages
def check_bewaartermijn(text: str) -> None:
    """Check that this is a duration: no sign, weeks alone, a fraction in the last part only.

    Raises `ValueError`, with a Dutch sentence that says what would do (rule P4).
    """
    if _DURATION.fullmatch(text) is None:
        raise ValueError(
            "Schrijf een bewaartermijn als P10Y (jaren), P6M (maanden), P2W (weken) of P1Y6M10DT12H,"
            " zonder plus of min."
        )
    if _FRACTION_BEFORE_LAST.search(text):
        raise ValueError(
            "Gebruik een breuk alleen in het laatste deel van de bewaartermijn, zoals in P1Y0.5M."
        )


def read_term_of_reader(text: str) -> str:
    """Read the term that a reader gives in a header: a bare number of 1 to 4 digits is years.

    Raises `ValueError`, with a Dutch sentence that says what would do (rule L2).
    """
    if _YEARS.fullmatch(text):
        return f"P{text}Y"
    check_bewaartermijn(text)
    return text


def duration_of(text: str) -> Duur | None:
    """Read a valid bewaartermijn, or give None where it never ends: it is longer than some 200 000 years.

    A fraction is read as PostgreSQL reads it, so that its `interval` of the same text is the same: of a year
    in whole months, rounded (P0.5Y is 6 months, P0.04Y nothing); of a month in days of which it has 30
    (P0.5M is 15 days); of a week in days; what is left of a day in time of which it has 24 hours. All parts
    of the result fit in an `interval`, and so does each moment of this log (rule M4) plus the result.

    Raises `ValueError` for any other text, as `check_bewaartermijn` (rule R1).
    """
    check_bewaartermijn(text)
    date_part, _, time_part = text.partition("T")
    amounts = [(*amount, _DATE_UNITS) for amount in _AMOUNT.findall(date_part)]
    amounts += [(*amount, _TIME_UNITS) for amount in _AMOUNT.findall(time_part)]
    duur = Duur(0, 0, 0)
    for whole, fraction, letter, units in amounts:
        # Python reads no whole number of more than 4300 digits, and a text may have millions of them.
        if len(whole.lstrip("0")) > _DIGITS:
            return None
        duur = _sum(duur, _part(whole, fraction, units[letter]))
    return duur if _at_most(duur) <= _LONGEST else None


def _part(whole: str, fraction: str, unit: Duur) -> Duur:
    if not fraction:
        return _times(unit, int(whole.lstrip("0") or "0"))
    # A double, as in PostgreSQL: its rounding is part of what the fraction comes to.
    value = float(f"{whole}.{fraction}")
    return _sum(_times(unit, int(value)), _fraction(value - int(value), unit))


def _fraction(fraction: float, unit: Duur) -> Duur:
    if unit.months > 1:
        return Duur(round(fraction * unit.months), 0, 0)
    if unit.microseconds:
        return Duur(0, 0, _rounded(fraction * unit.microseconds))
    if unit.days == 1:
        return Duur(0, 0, _rounded(fraction * _DAY))
    days = fraction * (unit.days or _DAYS_PER_MONTH)
    return Duur(0, int(days), _rounded((days - int(days)) * _DAY))


def _rounded(value: float) -> int:
    """Round to a whole microsecond as PostgreSQL does: half of one goes down."""
    whole = int(value)
    return whole + (value - whole > 0.5)  # noqa: PLR2004 - a half


def _sum(one: Duur, other: Duur) -> Duur:
    return Duur(one.months + other.months, one.days + other.days, one.microseconds + other.microseconds)


def _times(unit: Duur, number: int) -> Duur:
    return Duur(unit.months * number, unit.days * number, unit.microseconds * number)


def _at_most(duur: Duur) -> int:
    """Give a number of microseconds that the duration does not exceed wherever it starts."""
    return (duur.months * 31 + duur.days) * _DAY + duur.microseconds
