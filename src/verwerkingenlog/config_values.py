"""From the text of a setting to its value.

Each function takes the text and gives the value, or raises `ValueError` with a Dutch sentence that says what
is wrong and what would do. No sentence holds the text itself: it may be an address with a password.
"""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

Parser = Callable[[str], object]

_BYTES = re.compile(r"(?P<number>[0-9]{1,12})\s*(?P<unit>|KiB|MiB|GiB)", re.IGNORECASE)
_UNIT = {"": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}
_SMALLEST_BODY = 1 << 10
_LARGEST_BODY = 1 << 30
_HOST = re.compile(r"[0-9A-Za-z._:%-]{1,255}")
_NUMBER = r"[0-9]{1,6}"
_DURATION = re.compile(
    rf"P(?:{_NUMBER}W|(?=.)(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}D)?"
    rf"(?:T(?=.)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?)"
)
_YES_OR_NO = {"ja": True, "true": True, "1": True, "nee": False, "false": False, "0": False}


def yes_or_no(text: str) -> bool:
    """Read `ja` or `nee`; `true`, `false`, `1` and `0` in any case are accepted too."""
    if text.lower() not in _YES_OR_NO:
        raise ValueError("dit is geen ja of nee. Schrijf 'ja' of 'nee'.")
    return _YES_OR_NO[text.lower()]


def whole_number(lowest: int, highest: int) -> Parser:
    """Make a parser of a whole number within both bounds."""

    def parse(text: str) -> int:
        if re.fullmatch(r"[0-9]{1,12}", text) is None or not lowest <= int(text) <= highest:
            raise ValueError(f"dit is geen getal van {lowest} tot en met {highest}.")
        return int(text)

    return parse


def amount_of_bytes(text: str) -> int:
    """Read a number of bytes, or one followed by `KiB`, `MiB` or `GiB`; from 1 KiB to 1 GiB (rule E2)."""
    match = _BYTES.fullmatch(text)
    size = int(match["number"]) * _UNIT[match["unit"].lower()] if match else 0
    if not _SMALLEST_BODY <= size <= _LARGEST_BODY:
        raise ValueError("dit is geen grootte van 1 KiB tot en met 1 GiB. Schrijf bijvoorbeeld '8 MiB'.")
    return size


def one_of(*choices: str) -> Parser:
    """Make a parser of one word out of several, in any case."""

    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"kies uit {', '.join(choices)}.")
        return text.lower()

    return parse


def some_of(*choices: str) -> Parser:
    """Make a parser of one or more words out of several, with commas between them."""

    def parse(text: str) -> frozenset[str]:
        words = {word.strip().lower() for word in text.split(",")}
        unknown = words - set(choices)
        if unknown:
            raise ValueError(f"een van deze onderdelen bestaat niet. Kies uit {', '.join(choices)}.")
        return frozenset(words)

    return parse


def some_text(text: str) -> str:
    """Read any text, as it is."""
    return text


def path(text: str) -> Path:
    """Read the path of a file or folder; `~` is the home folder, the result is absolute."""
    if "\0" in text:
        raise ValueError("dit is geen pad.")
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:
        raise ValueError("de thuismap '~' is hier niet bekend. Schrijf het hele pad.") from None


def host(text: str) -> str:
    """Read a host name or an IP address, without a port."""
    try:
        text.encode("idna")  # as the system does to look it up
        valid = _HOST.fullmatch(text) is not None
    except UnicodeError:
        valid = False
    if not valid:
        raise ValueError("dit is geen naam of IP-adres. Schrijf bijvoorbeeld 127.0.0.1 of 0.0.0.0.")
    return text


def postgres_url(text: str) -> str:
    """Read the address of a PostgreSQL database."""
    split = _split(text) if text.startswith(("postgresql://", "postgres://")) else None
    if split is None or split.path in {"", "/"}:
        raise ValueError(
            "dit is geen adres van een PostgreSQL-database. Schrijf het als"
            " postgresql://gebruiker:wachtwoord@server:5432/database."
        )
    return text


def base_url(text: str) -> str:
    """Read the address under which others reach the log; without a closing slash."""
    split = _http(text)
    if split.query or split.fragment or "?" in text or "#" in text:
        raise ValueError("dit adres heeft een vraagteken of hekje. Geef het adres zonder dat deel.")
    if split.username is not None or split.password is not None:
        raise ValueError("in dit adres staat een gebruiker of wachtwoord. Geef het adres zonder dat deel.")
    if text.endswith("/"):
        raise ValueError("dit adres eindigt op een schuine streep. Laat die weg.")
    return text


def http_url(text: str) -> str:
    """Read an address of the web."""
    _http(text)
    return text


def log_name(text: str) -> str:
    """Read the name of a log: that of a key that signs notes (rule T1)."""
    if re.fullmatch(r"[0-9A-Za-z._~/:-]{1,100}", text) is None:
        raise ValueError(
            "dit kan geen naam van een log zijn. Gebruik letters, cijfers, punten en schuine strepen,"
            " bijvoorbeeld gemeente.example/verwerkingenlog."
        )
    return text


def uri(text: str) -> str:
    """Read a URI: it has a scheme (rule P4)."""
    split = _split(text)
    if split is None or not split.scheme or re.search(r"\s", text):
        raise ValueError("dit is geen URI. Schrijf bijvoorbeeld https://var.gemeente.example/activiteiten/1.")
    return text


def uuid(text: str) -> str:
    """Read a UUID; the result is in lower case, with hyphens."""
    try:
        value = str(UUID(text))
    except ValueError:
        value = ""
    if value != text.lower():
        raise ValueError("dit is geen UUID. Schrijf bijvoorbeeld 5f0bef4c-f66f-4311-84a5-19e8bf359eaf.")
    return value


def oin(text: str) -> str:
    """Read an OIN: twenty digits."""
    if re.fullmatch(r"[0-9]{20}", text) is None:
        raise ValueError("een OIN heeft 20 cijfers.")
    return text


def duration(text: str) -> str:
    """Read an ISO 8601 duration in whole numbers of at most six digits (rule R2)."""
    if _DURATION.fullmatch(text) is None:
        raise ValueError(
            "dit is geen termijn in hele getallen. Schrijf bijvoorbeeld P10Y (jaren), P6M (maanden),"
            " P2W (weken) of P1Y6M."
        )
    return text


def _http(text: str) -> SplitResult:
    split = _split(text)
    if split is None or split.scheme not in {"http", "https"} or not split.hostname or re.search(r"\s", text):
        raise ValueError("dit is geen webadres. Schrijf bijvoorbeeld https://log.gemeente.example.")
    return split


def _split(text: str) -> SplitResult | None:
    """Split a URL, or give `None` where it can't be: a port that is no number, brackets left open."""
    try:
        split = urlsplit(text)
        _ = split.port
    except ValueError:
        return None
    return split
