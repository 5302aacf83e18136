"""How the text of one element becomes a value: in a body, a query or a header (rules M6, M7, P4)."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from verwerkingenlog.domain.betrokkene import PERSOON, is_bsn, is_oin, is_valid_bsn
from verwerkingenlog.domain.bewaartermijn import check_bewaartermijn, read_term_of_reader
from verwerkingenlog.domain.formats import (
    MAX_URI,
    check_length,
    check_oin,
    check_uri,
    check_uuid,
    parse_date,
)
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Klasse, Vertrouwelijkheid
from verwerkingenlog.errors import Fault

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

MAX_NAME: Final = 242
MAX_ID: Final = 40


class Complaint(NamedTuple):
    """What a value should have been: a stable code, and a Dutch sentence that does not repeat the value."""

    code: str
    reason: str

    def at(self, name: str) -> Fault:
        """Give the fault of the element with this name (rule E1)."""
        return Fault(name, self.code, self.reason)


class Wrong(ValueError):
    """A text that is not what its element asks for."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.complaint = Complaint(code, reason)


REQUIRED: Final = Complaint("required", "Dit is verplicht. Vul het in.")
NOT_TEXT: Final = Complaint("type", "Geef hier een tekst, tussen aanhalingstekens.")
NOT_A_LIST: Final = Complaint("type", "Geef hier een lijst, tussen blokhaken.")
NOT_AN_OBJECT: Final = Complaint("type", "Geef hier een object, tussen accolades.")
UNKNOWN: Final = Complaint("unknown", "Dit bestaat hier niet. Verbeter de naam of haal het weg.")


def _coded(code: str, read: Callable[[str], T]) -> Callable[[str], T]:
    def reader(text: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise Wrong(code, str(error)) from None

    return reader


def text_of(maximum: int) -> Callable[[str], str]:
    """Make the reader of free text of at most so many code points (rule P4)."""
    return _coded("max_length", lambda text: check_length(text, maximum))


def _enumeration(enumeration: type[E]) -> Callable[[str], E]:
    """Make the reader of an enumeration in any case (rule M6)."""
    reason = f"Kies uit: {', '.join(enumeration)}."

    def reader(text: str) -> E:
        # ASCII alone: `K` of kelvin would become a k.
        if text.isascii() and text.lower() in enumeration.__members__.values():
            return enumeration(text.lower())
        raise Wrong("enum", reason)

    return reader


read_name: Final = text_of(MAX_NAME)
read_id: Final = text_of(MAX_ID)
read_uuid: Final = _coded("format", check_uuid)
read_oin: Final = _coded("pattern", check_oin)
read_day: Final = _coded("format", parse_date)
read_tijdstip: Final = _coded("format", parse_tijdstip)
read_term: Final = _coded("format", read_term_of_reader)
read_vertrouwelijkheid: Final = _enumeration(Vertrouwelijkheid)
read_klasse: Final = _enumeration(Klasse)
_OF_A_READ: Final = (Vertrouwelijkheid.NORMAAL, Vertrouwelijkheid.VERTROUWELIJK)
_check_uri_form: Final = _coded("format", check_uri)
_check_uri_length: Final = text_of(MAX_URI)


def read_uri(text: str) -> str:
    """Read a URI with a scheme."""
    return _check_uri_form(_check_uri_length(text))


def read_vertrouwelijkheid_of_reader(text: str) -> Vertrouwelijkheid:
    """Read how confidential a read is: `normaal` or `vertrouwelijk` (rule L2)."""
    if text.isascii() and text.lower() in _OF_A_READ:
        return Vertrouwelijkheid(text.lower())
    raise Wrong("enum", f"Kies uit: {', '.join(_OF_A_READ)}.")


def read_bewaartermijn(text: str) -> str:
    """Read a duration, which stays as it was given (rule R1)."""
    _coded("format", check_bewaartermijn)(text)
    return text


def read_objecttype(text: str) -> str:
    """Read the type of an object in any case; persons are the only one yet (rules M1, M6)."""
    if text.isascii() and text.lower() == PERSOON:
        return PERSOON
    raise Wrong("enum", f"Kies uit: {PERSOON}.")


def check_object_id(soort: str, object_id: str) -> None:
    """Check that a BSN is one; an id of another soort can be anything (rule M7)."""
    if is_bsn(soort) and not is_valid_bsn(object_id):
        raise Wrong("pattern", "Geef een BSN: 1 tot 9 cijfers, zonder punten of spaties.")


def check_afnemer_id(soort: str, afnemer_id: str) -> None:
    """Check that an afnemer has the form that its soort asks for (rules M7, P4)."""
    if soort.upper() == "OIN" and not is_oin(afnemer_id):
        raise Wrong("pattern", "Geef een OIN: precies 20 cijfers.")
    check_object_id(soort, afnemer_id)
