"""How long a record must be kept: an ISO 8601 duration, kept exactly as it was given (rules P4, R1)."""

import re
from typing import Final

_PART: Final = r"[0-9]++(?:[.,][0-9]++)?"
_DURATION: Final = re.compile(
    rf"P(?:{_PART}W|(?=.)(?:{_PART}Y)?(?:{_PART}M)?(?:{_PART}D)?"
    rf"(?:T(?=.)(?:{_PART}H)?(?:{_PART}M)?(?:{_PART}S)?)?)"
)
_FRACTION_BEFORE_LAST: Final = re.compile(r"[.,][0-9]++[A-Z].")
_YEARS: Final = re.compile(r"[0-9]{1,4}")


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
