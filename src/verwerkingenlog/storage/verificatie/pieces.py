"""The bytes that records share, made once by the code that makes all of them, and remembered (rules T1, T3).

What varies from record to record is left open in them. Nothing is kept of a row that is not sound in itself,
or of values that no row of ours has: who asks for that gets one of `TAMPERED`.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

import msgspec

from verwerkingenlog.domain.betrokkene import Betrokkene, identify, written
from verwerkingenlog.domain.tijdstip import offset_minutes, usual_spelling
from verwerkingenlog.domain.verwerkingsactie import Versie, VerwerktObject
from verwerkingenlog.ledger.bladen import gemeenschappelijk_of, intern_of, personen_of
from verwerkingenlog.storage.database import Connection, instant_of, moment_parameter
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.rows import versie_from
from verwerkingenlog.storage.verificatie.dictionaries import References

_REMEMBERED: Final = 50_000
"""So many of each kind, that memory stays flat."""
_OPEN: Final = "\x00"
"""Stands for a value that is left open: PostgreSQL has no text with it."""
_MOMENT: Final = datetime(1, 1, 1, tzinfo=UTC)
_HOLES: Final = re.compile(r'"\\u0000"|"0001-01-01T00:00:00\.000000Z"')
_COMMON_PIECES: Final = 6
_jcs: Final = msgspec.json.Encoder().encode
_VALUES: Final = range(3)
_SPECIMEN: Final[Mapping[str, Any]] = {
    "actie_id": _OPEN,
    "nummer": 1,
    "hoogste_nummer": 1,
    "klasse": 0,
    "vertrouwelijkheid": 0,
    "vervallen": False,
    "tijdstip": (0,),
    "tijdstip_zone": None,
    "tijdstip_tekst": _OPEN,
    "tijdstip_registratie": moment_parameter(_MOMENT),
    "verwerking_id": _OPEN,
    "verwerking_id_afnemer": _OPEN,
    "gebruiker": "",
    "auteur_gebruiker": "",
}
_NO_KENMERKEN: Final[Mapping[str, Any]] = defaultdict(str)
Key = TypeVar("Key")
Piece = TypeVar("Piece")


class Doubt(ValueError):
    """It may be right or wrong: that is for the careful look to say."""


class _Made(dict[Key, Piece], Generic[Key, Piece]):
    """Pieces by what they are made of; one that is asked for and not there is made."""

    def __init__(self, make: Callable[[Key], Piece]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Key) -> Piece:
        if len(self) >= _REMEMBERED:
            self.clear()
        piece = self[key] = self._make(key)
        return piece


class Pieces:
    """The pieces of records, by the columns that they follow from.

    `common` gives the six that lie around actieId, tijdstip, tijdstipRegistratie, verwerkingId and
    verwerkingIdAfnemer; `intern` the whole of that part; `person` the label and the whole of an occurrence;
    `occurrence` the label of that and what lies around its objectId; `clock` how a second since 2000 is
    written at an offset, and the offset.
    """

    def __init__(self, ring: KeyRing) -> None:
        self._references = References(ring)
        self.common: _Made[tuple[int, int, int, bool], tuple[str, ...]] = _Made(self._common)
        self.intern: _Made[tuple[int, int, int, str, str], bytes] = _Made(self._intern)
        self.person: _Made[tuple[int, int, int, int], tuple[bytes, bytes]] = _Made(self._person)
        self.occurrence: _Made[tuple[int, str, int], tuple[bytes, bytes, bytes]] = _Made(self._occurrence)
        self.clock: _Made[tuple[int, int | None], tuple[str, str]] = _Made(_clock)

    async def load(
        self, connection: Connection, kenmerken: set[Any], objectkenmerken: set[Any], betrokkenen: set[Any]
    ) -> None:
        """Read these rows, where they are not remembered. Within a `snapshot`."""
        references = self._references
        await references.load_rows(connection, kenmerken, objectkenmerken, betrokkenen)
        references.drop_faulty()

    def require_distinct(self, betrokkenen: set[int], objectkenmerken: set[int]) -> None:
        """Raise `Doubt` where two of these rows say the same: which of them belongs here is not plain."""
        persons = {self._references.betrokkenen[id_] for id_ in betrokkenen}
        over = {self._references.objectkenmerken[id_] for id_ in objectkenmerken}
        if len(persons) < len(betrokkenen) or len(over) < len(objectkenmerken):
            raise Doubt

    def _common(self, key: tuple[int, int, int, bool]) -> tuple[str, ...]:
        kenmerken, vertrouwelijkheid, nummer, vervallen = key
        versie = self._specimen(
            kenmerken, vertrouwelijkheid=vertrouwelijkheid, nummer=nummer, vervallen=vervallen
        )
        pieces = tuple(_HOLES.split(gemeenschappelijk_of(versie).inhoud.decode()))
        if len(pieces) != _COMMON_PIECES or versie.inhoud.afnemer_is_person:
            raise Doubt
        return pieces

    def _intern(self, key: tuple[int, int, int, str, str]) -> bytes:
        kenmerken, klasse, hoogste, gebruiker, auteur = key
        versie = self._specimen(
            kenmerken, klasse=klasse, hoogste_nummer=hoogste, gebruiker=gebruiker, auteur_gebruiker=auteur
        )
        return intern_of(versie).inhoud

    def _specimen(self, kenmerken: int, **columns: object) -> Versie:
        row = {**_SPECIMEN, **columns}
        if row["klasse"] not in _VALUES or row["vertrouwelijkheid"] not in _VALUES:
            raise Doubt
        attributes = self._references.kenmerken[kenmerken]
        return versie_from(row, attributes, (), (), attributes["afnemer_oin"])

    def _person(self, key: tuple[int, int, int, int]) -> tuple[bytes, bytes]:
        betrokkene, over, nullen, nummer = key
        person: Betrokkene = self._references.betrokkenen[betrokkene]
        object_id = written(person, nullen)
        soort = self._references.objectkenmerken[over].soort_object_id
        if identify(soort, object_id, person.objecttype) != (person, nullen):
            raise Doubt
        label, begin, end = self.occurrence[over, person.objecttype, nummer]
        return label, begin + _jcs(object_id) + end

    def _occurrence(self, key: tuple[int, str, int]) -> tuple[bytes, bytes, bytes]:
        over, objecttype, nummer = key
        soort, betrokkenheid, gegevens = self._references.objectkenmerken[over]
        object_ = VerwerktObject(soort, _OPEN, objecttype, betrokkenheid, gegevens)
        (part,) = personen_of(versie_from(_SPECIMEN, _NO_KENMERKEN, (object_,), (nummer,), None))
        begin, end = part.inhoud.split(_jcs(_OPEN))
        return part.label, begin, end


def _clock(key: tuple[int, int | None]) -> tuple[str, str]:
    seconds, offset = key
    text = usual_spelling(instant_of((seconds * 1_000_000,)), offset)
    if text is None or offset_minutes(text) != offset:
        raise Doubt
    cut = -1 if offset is None else -6
    return text[:cut], text[cut:]
