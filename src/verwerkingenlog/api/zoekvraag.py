"""What a reader asks for, from a query or the body of `_zoek` (rules G1, G6, G7, I1)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, TypeVar

from verwerkingenlog.api.elements import (
    NOT_TEXT,
    REQUIRED,
    UNKNOWN,
    Complaint,
    Wrong,
    check_object_id,
    read_day,
    read_id,
    read_klasse,
    read_name,
    read_objecttype,
    read_uuid,
)
from verwerkingenlog.api.json_body import read_object, safe_name
from verwerkingenlog.api.query import EMPTY, PAGE_SIZE_PARAMETER, read_page_size, read_parameters
from verwerkingenlog.domain.vertrouwelijkheid import Klasse
from verwerkingenlog.domain.verwerkingsactie import VerwerktObject
from verwerkingenlog.domain.zoekvraag import PAGE_SIZE, Zoekvraag, start_of_day
from verwerkingenlog.errors import Fault, InvalidInput

T = TypeVar("T")
_Texts = Mapping[str, list[str]]

_VERTROUWELIJKHEID: Final = ("vertrouwelijkheid", "vertrouwelijkheid__in")
_OF_INZAGE: Final = (
    "objecttype",
    "soortObjectId",
    "objectId",
    "beginDatum",
    "eindDatum",
    "verwerkingsactiviteitId",
    PAGE_SIZE_PARAMETER,
)
_NOT_A_NUMBER: Final = Complaint(
    "type", f"Geef een getal van 1 tot en met {PAGE_SIZE}, zonder aanhalingstekens."
)
_NOT_TEXT_OR_LIST: Final = Complaint("type", "Geef hier een tekst of een lijst van teksten.")
_WRONG_ORDER: Final = Complaint("invalid", "Kies een eindDatum die na de beginDatum ligt.")


def read_query(query_string: bytes, *, inzage: bool) -> Zoekvraag:
    """Read the search of a GET; raises `InvalidInput` with all faults (rules G1, G6, I1)."""
    given, faults = read_parameters(query_string, _names(inzage=inzage), _VERTROUWELIJKHEID)
    return _Reading(given, faults).zoekvraag(inzage=inzage)


def read_zoek(body: bytes, *, inzage: bool) -> Zoekvraag:
    """Read the search in the body of a POST to `_zoek`; raises `InvalidInput` with all faults (rule G7)."""
    content, faults = read_object(body)
    names = _names(inzage=inzage)
    given: dict[str, list[str]] = {}
    for name, value in content.items():
        if name not in names:
            faults.append(UNKNOWN.at(safe_name(name)))
            continue
        given[name] = []
        try:
            given[name] = _texts(name, value)
        except Wrong as wrong:
            faults.append(wrong.complaint.at(name))
    return _Reading(given, faults).zoekvraag(inzage=inzage)


def _names(*, inzage: bool) -> tuple[str, ...]:
    return _OF_INZAGE if inzage else (*_OF_INZAGE, *_VERTROUWELIJKHEID)


def _texts(name: str, value: object) -> list[str]:
    """Give the value of one filter in a body as texts, as a query would hold them."""
    if name == PAGE_SIZE_PARAMETER:
        if type(value) is not int:  # true is an int too
            raise Wrong(*_NOT_A_NUMBER)
        return [str(value)]
    if value is None or value in ("", []):
        raise Wrong(*EMPTY)
    if name not in _VERTROUWELIJKHEID:
        if not isinstance(value, str):
            raise Wrong(*NOT_TEXT)
        return [value]
    values = value if isinstance(value, list) else [value]
    texts = [text for text in values if isinstance(text, str)]
    if len(texts) < len(values):
        raise Wrong(*_NOT_TEXT_OR_LIST)
    return texts


class _Reading:
    """One reading of the filters: collects the faults, and goes on as if a filter at fault were absent."""

    def __init__(self, given: _Texts, faults: list[Fault]) -> None:
        self._given = given
        self._faults = faults

    def zoekvraag(self, *, inzage: bool) -> Zoekvraag:
        objecttype = self._one("objecttype", read_objecttype, required=True)
        soort = self._one("soortObjectId", read_name, required=True)
        object_id = self._one("objectId", read_id, required=True)
        if soort is not None and object_id is not None:
            self._check_object_id(soort, object_id)
        begin = self._one("beginDatum", read_day, required=inzage)
        eind = self._one("eindDatum", read_day, required=inzage)
        if begin is not None and eind is not None and begin >= eind:
            self._faults.append(_WRONG_ORDER.at("eindDatum"))
        verwerkingsactiviteit_id = self._one("verwerkingsactiviteitId", read_uuid)
        klassen = frozenset(klasse for name in _VERTROUWELIJKHEID for klasse in self._klassen(name))
        page_size = self._one(PAGE_SIZE_PARAMETER, read_page_size)
        if self._faults:
            raise InvalidInput(*self._faults)
        return Zoekvraag(
            gevraagd=VerwerktObject(soort or "", object_id or "", objecttype or ""),
            begin=_instant(begin),
            eind=_instant(eind),
            verwerkingsactiviteit_id=verwerkingsactiviteit_id,
            klassen=klassen,
            page_size=page_size or PAGE_SIZE,
        )

    def _one(self, name: str, read: Callable[[str], T], *, required: bool = False) -> T | None:
        if required and name not in self._given:
            self._faults.append(REQUIRED.at(name))
        for text in self._given.get(name, ()):
            try:
                return read(text)
            except Wrong as wrong:
                self._faults.append(wrong.complaint.at(name))
        return None

    def _klassen(self, name: str) -> set[Klasse]:
        klassen = set()
        for text in self._given.get(name, ()):
            try:
                klassen |= {read_klasse(part) for part in text.split(",")}
            except Wrong as wrong:
                self._faults.append(wrong.complaint.at(name))
        return klassen

    def _check_object_id(self, soort: str, object_id: str) -> None:
        try:
            check_object_id(soort, object_id)
        except Wrong as wrong:
            self._faults.append(wrong.complaint.at("objectId"))


def _instant(day: date | None) -> int | None:
    return None if day is None else start_of_day(day)
