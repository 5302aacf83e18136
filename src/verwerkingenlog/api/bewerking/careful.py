"""The careful reading of a verwerkingsactie: slow, complete, and the truth (rules P4, P5, U1, M4-M7).

It names every fault at once. The fast reading in `wire` only ever says yes where this one does.
"""

from collections.abc import Callable, Container, Mapping
from typing import Any, Final

from msgspec import UNSET, Struct

from verwerkingenlog.api.elements import (
    NOT_A_LIST,
    NOT_AN_OBJECT,
    NOT_TEXT,
    REQUIRED,
    UNKNOWN,
    Complaint,
    Wrong,
    check_afnemer_id,
    check_object_id,
    read_bewaartermijn,
    read_id,
    read_name,
    read_objecttype,
    read_oin,
    read_tijdstip,
    read_uri,
    read_uuid,
    read_vertrouwelijkheid,
)
from verwerkingenlog.api.json_body import inside, read_object, safe_name
from verwerkingenlog.domain.verwerkingsactie import Verwerkingsactie, VerwerktObject
from verwerkingenlog.errors import Fault, InvalidInput

_MISSING: Final = Complaint(
    "required", "Dit element ontbreekt. Stuur bij een PUT alle elementen mee; leeg mag ook."
)
_INCOMPLETE: Final = Complaint(
    "invalid",
    "Deze verwerkingsactie is onvolledig: er zijn personen weggelaten. Haal haar op via haar eigen adres.",
)


class _Element(Struct, frozen=True):
    """One element of text: the field that it fills, how it is read, and what it is when empty (rule M5)."""

    field: str
    read: Callable[[str], Any]
    empty: str | None = None
    required: bool = False


class Message(Struct, frozen=True):
    """What kind of message is read: which elements it ignores and whether all others must be there."""

    whole: bool
    ignored: frozenset[str]
    ignored_of_object: frozenset[str]


NEW: Final = Message(
    whole=False,
    ignored=frozenset({"url", "actieId", "tijdstipRegistratie"}),
    ignored_of_object=frozenset({"url", "verwerktObjectId"}),
)
"""A POST (rule P5)."""

WHOLE: Final = Message(
    whole=True,
    ignored=NEW.ignored | {"versie", "vervallen", "vastgelegdDoor", "onvolledig"},
    ignored_of_object=frozenset({"url"}),
)
"""A PUT (rules U1, H1)."""

_ACTIE: Final = {
    "actieNaam": _Element("actie_naam", read_name, ""),
    "handelingNaam": _Element("handeling_naam", read_name, ""),
    "verwerkingNaam": _Element("verwerking_naam", read_name, ""),
    "verwerkingId": _Element("verwerking_id", read_uuid),
    "verwerkingsactiviteitId": _Element("verwerkingsactiviteit_id", read_uuid),
    "verwerkingsactiviteitUrl": _Element("verwerkingsactiviteit_url", read_uri),
    "vertrouwelijkheid": _Element("vertrouwelijkheid", read_vertrouwelijkheid, required=True),
    "bewaartermijn": _Element("bewaartermijn", read_bewaartermijn),
    "uitvoerder": _Element("uitvoerder", read_oin),
    "systeem": _Element("systeem", read_name, ""),
    "gebruiker": _Element("gebruiker", read_id, ""),
    "gegevensbron": _Element("gegevensbron", read_name, ""),
    "soortAfnemerId": _Element("soort_afnemer_id", read_name, ""),
    "afnemerId": _Element("afnemer_id", read_id),
    "verwerkingsactiviteitIdAfnemer": _Element("verwerkingsactiviteit_id_afnemer", read_uuid),
    "verwerkingsactiviteitUrlAfnemer": _Element("verwerkingsactiviteit_url_afnemer", read_uri),
    "verwerkingIdAfnemer": _Element("verwerking_id_afnemer", read_uuid),
    "tijdstip": _Element("tijdstip", read_tijdstip, required=True),
}
_OBJECT: Final = {
    "objecttype": _Element("objecttype", read_objecttype, "", required=True),
    "soortObjectId": _Element("soort_object_id", read_name, "", required=True),
    "objectId": _Element("object_id", read_id, "", required=True),
    "betrokkenheid": _Element("betrokkenheid", read_name, ""),
}
_SOORT: Final = {"soortGegeven": _Element("soort_gegeven", read_name, "", required=True)}
_OBJECTEN: Final = "verwerkteObjecten"
_SOORTEN: Final = "verwerkteSoortenGegevens"
_OBJECT_ID: Final = "verwerktObjectId"
_ID_OF_OBJECT: Final = _Element("verwerkt_object_id", read_uuid)

_Content = Mapping[str, object]
_Read = Callable[[_Content, str], Any]


def read_carefully(body: bytes, message: Message) -> Verwerkingsactie:
    """Read a whole body; raises `InvalidInput` with every fault in it."""
    content, faults = read_object(body)
    actie = _Reading(message, faults).actie(content)
    if faults:
        raise InvalidInput(*faults)
    return Verwerkingsactie(**actie)


class _Reading:
    """One reading of one body: collects the faults, and goes on with something empty after each."""

    def __init__(self, message: Message, faults: list[Fault]) -> None:
        self._whole = message.whole
        self._faults = faults
        self._known_of_actie = message.ignored | _ACTIE.keys() | {_OBJECTEN}
        self._known_of_object = message.ignored_of_object | _OBJECT.keys() | {_SOORTEN}
        self._with_object_id = _OBJECT_ID not in message.ignored_of_object
        if self._with_object_id:
            self._known_of_object |= {_OBJECT_ID}
        self._seen_ids: set[str] = set()

    def actie(self, content: _Content) -> dict[str, Any]:
        self._refuse_unknown(content, self._known_of_actie, "")
        if self._whole and content.get("onvolledig") is not None and content["onvolledig"] is not False:
            self._faults.append(_INCOMPLETE.at("onvolledig"))
        fields = self._elements(content, _ACTIE, "")
        if fields["afnemer_id"] is not None:
            self._check("afnemerId", check_afnemer_id, fields["soort_afnemer_id"], fields["afnemer_id"])
        fields["verwerkte_objecten"] = self._list(content, _OBJECTEN, "", self._object, required=True)
        return fields

    def _object(self, content: _Content, path: str) -> VerwerktObject:
        self._refuse_unknown(content, self._known_of_object, path)
        fields = self._elements(content, _OBJECT, path)
        if fields["object_id"]:
            self._check(
                inside(path, "objectId"), check_object_id, fields["soort_object_id"], fields["object_id"]
            )
        fields["soorten_gegevens"] = self._list(content, _SOORTEN, path, self._soort, required=False)
        if self._with_object_id:
            fields["verwerkt_object_id"] = self._id_of_object(content, path)
        return VerwerktObject(**fields)

    def _id_of_object(self, content: _Content, path: str) -> str | None:
        object_id = self._text(content.get(_OBJECT_ID), _ID_OF_OBJECT, _OBJECT_ID, path)
        if object_id is None:
            return None
        if object_id in self._seen_ids:
            reason = "Dit verwerktObjectId staat er meer dan één keer. Noem elk voorkomen één keer."
            self._faults.append(Fault(inside(path, _OBJECT_ID), "duplicate", reason))
        self._seen_ids.add(object_id)
        return str(object_id)

    def _soort(self, content: _Content, path: str) -> str:
        self._refuse_unknown(content, _SOORT.keys(), path)
        return str(self._elements(content, _SOORT, path)["soort_gegeven"])

    def _list(
        self, content: _Content, name: str, path: str, read: _Read, *, required: bool
    ) -> tuple[Any, ...]:
        value = content.get(name, UNSET)
        if isinstance(value, list):
            here = inside(path, name)
            return tuple(self._item(item, inside(here, index), read) for index, item in enumerate(value))
        if value is UNSET:
            self._missing(required=required, name=inside(path, name))
        elif value is not None or required:
            self._faults.append((REQUIRED if value is None else NOT_A_LIST).at(inside(path, name)))
        return ()

    def _item(self, item: object, path: str, read: _Read) -> object:
        if isinstance(item, dict):
            return read(item, path)
        self._faults.append(NOT_AN_OBJECT.at(path))
        return None

    def _elements(self, content: _Content, elements: Mapping[str, _Element], path: str) -> dict[str, Any]:
        fields = {}
        for name, element in elements.items():
            value = content.get(name, UNSET)
            if value is UNSET:
                self._missing(required=element.required, name=inside(path, name))
                fields[element.field] = element.empty
            else:
                fields[element.field] = self._text(value, element, name, path)
        return fields

    def _text(self, value: object, element: _Element, name: str, path: str) -> Any:  # noqa: ANN401 - by element
        if value is None or value == "":
            if element.required:
                self._faults.append(REQUIRED.at(inside(path, name)))
        elif not isinstance(value, str):
            self._faults.append(NOT_TEXT.at(inside(path, name)))
        else:
            try:
                return element.read(value)
            except Wrong as wrong:
                self._faults.append(wrong.complaint.at(inside(path, name)))
        return element.empty

    def _missing(self, *, required: bool, name: str) -> None:
        if self._whole:
            self._faults.append(_MISSING.at(name))
        elif required:
            self._faults.append(REQUIRED.at(name))

    def _check(self, name: str, check: Callable[[str, str], None], soort: str, text: str) -> None:
        try:
            check(soort, text)
        except Wrong as wrong:
            self._faults.append(wrong.complaint.at(name))

    def _refuse_unknown(self, content: _Content, known: Container[str], path: str) -> None:
        self._faults.extend(
            UNKNOWN.at(inside(path, safe_name(name))) for name in content if name not in known
        )
