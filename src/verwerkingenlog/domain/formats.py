"""The forms that text must have: UUID, URI, OIN, date, length, characters (rule P4).

Each function raises `ValueError` with a Dutch sentence that says what would do, and never repeats the
text: it may be a BSN (rule M7).
"""

import re
from datetime import date
from typing import Final

from verwerkingenlog.domain.betrokkene import is_oin

MAX_URI: Final = 2042

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def _run(characters: str) -> str:
    """Give the pattern of any number of these characters and percent-encoded ones (RFC 3986, 2.1)."""
    return rf"[{characters}]*+(?:%[0-9A-Fa-f]{{2}}[{characters}]*+)*+"


_NAME: Final = r"A-Za-z0-9\-._~!$&'()*+,;="  # unreserved and sub-delims (RFC 3986, 2.2 and 2.3)
_URI: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*+:"
    rf"(?://(?:{_run(_NAME + ':')}@)?(?:\[[0-9A-Fa-f:.]++\]|{_run(_NAME)})(?::[0-9]*+)?(?=[/?#]|\Z)|(?!//))"
    rf"{_run(_NAME + ':@/')}"
    rf"(?:\?{_run(_NAME + ':@/?')})?"
    rf"(?:#{_run(_NAME + ':@/?')})?"
)

is_uuid: Final = _UUID.fullmatch
"""Match a whole UUID: 8-4-4-4-12 hexadecimal digits, any version, any case."""

is_uri: Final = _URI.fullmatch
"""Match a whole URI with a scheme, in the characters and the order of RFC 3986."""


def check_uuid(text: str) -> str:
    """Give the UUID in lower case, as it is kept and served."""
    if is_uuid(text) is None:
        raise ValueError("Geef een UUID, zoals 48086bf2-11b7-4603-9526-67d7c3bb6587.")
    return text.lower()


def check_uri(text: str) -> str:
    """Give the URI as it is, once it has a scheme and no character that RFC 3986 does not know."""
    if is_uri(text) is None:
        raise ValueError(
            "Geef een volledige URL, zoals https://voorbeeld.nl/pad, zonder spaties of andere vreemde tekens."
        )
    return text


def check_oin(text: str) -> str:
    """Give the OIN as it is, once the whole value has the form of one."""
    if not is_oin(text):
        raise ValueError("Geef een OIN: precies 20 cijfers.")
    return text


def parse_date(text: str) -> date:
    """Read a day of the calendar, written as 2024-04-05."""
    if _DATE.fullmatch(text) is None:
        raise ValueError("Schrijf een datum als 2024-04-05: jaar, maand en dag.")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("Deze datum bestaat niet.") from None


def check_length(text: str, maximum: int) -> str:
    """Give the text as it is, once it has no more code points than this."""
    if len(text) > maximum:
        raise ValueError(f"Gebruik hoogstens {maximum} tekens.")
    return text


def check_characters(text: str) -> str:
    """Give the text as it is, once it can be kept: PostgreSQL has no NUL, UTF-8 has no lone surrogates."""
    if _UNSTORABLE.search(text):
        raise ValueError(
            "Haal het teken NUL of een half teken (losse surrogate) weg: dat kan niet worden bewaard."
        )
    return text


def uuid_or_none(text: str) -> str | None:
    """Give a UUID in lower case, or None where the text is none: what has no id does not exist (rule A1)."""
    try:
        return check_uuid(text)
    except ValueError:
        return None
