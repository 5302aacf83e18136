"""What was exchanged in a record that does not fit its leaf: the salts, or a person for another (rule T3).

A hash does not say what should be there. It does say of a guess whether it is right, and whoever exchanges
two things leaves both to be guessed from.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from verwerkingenlog.domain.betrokkene import Betrokkene, identify, written
from verwerkingenlog.domain.verwerkingsactie import Verwerkingsactie
from verwerkingenlog.ledger.bladen import blad
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.rows import Record
from verwerkingenlog.storage.verificatie.dictionaries import References
from verwerkingenlog.storage.verificatie.reading import snapshot
from verwerkingenlog.storage.verificatie.rows import Beeld
from verwerkingenlog.storage.verificatie.tables import person_rows, referring_records

_MOST_GUESSES: Final = 400_000
_MOST_PERSONS: Final = 20_000
_MOST_OTHERS: Final = 200


class Verwisseling(NamedTuple):
    """What was exchanged; `rij` is the row of a person, `hele_rij` whether that row itself is another's."""

    uitleg: str
    rij: int | None = None
    hele_rij: bool = False


class _Guess(NamedTuple):
    rij: int
    other: int
    inhoud: Verwerkingsactie


class Exchanges:
    """Guesses for the records that are wrong: with each other's salts and persons, then with any person.

    Together they may take so many guesses; after that, a record is only said to be changed.
    """

    def __init__(self, connection: Connection, ring: KeyRing, wrong: Sequence[Beeld]) -> None:
        self._connection, self._ring = connection, ring
        self._records = [image.record for image in wrong if image.record is not None][:_MOST_OTHERS]
        self._numbers = {image.volgnummer for image in wrong}
        self._near: dict[int, Betrokkene] = {}
        for image in wrong:
            self._near |= image.personen or {}
        self._all: Mapping[int, Betrokkene] | None = None
        self._left = _MOST_GUESSES

    async def find(self, image: Beeld, leaf: bytes) -> Verwisseling | None:
        """Give what was exchanged in this record, whose leaf should be this; None where no guess is right."""
        record = image.record
        if record is None or image.personen is None:
            return None
        for other in self._records:
            if self._fits(record, record.versie.inhoud, other.zaad, leaf):
                return Verwisseling(f"Het zaad is dat van record {other.volgnummer}.")
        found = self._search(record, image.personen, leaf, self._near)
        if found is None and self._left > 0:
            if self._all is None:
                self._all = await _all_persons(self._connection, self._ring)
            found = self._search(record, image.personen, leaf, self._all)
        if found is None:
            return None
        # Where every record that refers to the row is wrong, it is the row that was exchanged.
        others = await referring_records(self._connection, found.rij, len(self._numbers) + 1)
        if others <= self._numbers:
            uitleg = f"In rij {found.rij} van de betrokkenen staat de persoon van rij {found.other}."
            return Verwisseling(uitleg, found.rij, hele_rij=True)
        uitleg = f"Dit record verwijst naar betrokkene {found.rij}, en hoort te verwijzen naar {found.other}."
        return Verwisseling(uitleg, found.rij)

    def _search(
        self,
        record: Record,
        present: Mapping[int, Betrokkene],
        leaf: bytes,
        persons: Mapping[int, Betrokkene],
    ) -> _Guess | None:
        for guess in _guesses(record.versie.inhoud, present, persons):
            if self._left <= 0:
                return None
            if self._fits(record, guess.inhoud, record.zaad, leaf):
                return guess
        return None

    def _fits(self, record: Record, inhoud: Verwerkingsactie, zaad: bytes, leaf: bytes) -> bool:
        self._left -= 1
        versie = replace(record.versie, inhoud=inhoud)
        return blad(versie, record.vorige, self._ring.salts(zaad)) == leaf


def _guesses(
    inhoud: Verwerkingsactie, present: Mapping[int, Betrokkene], persons: Mapping[int, Betrokkene]
) -> Iterator[_Guess]:
    for rij, person in present.items():
        for other, another in persons.items():
            if another == person:
                continue
            yield _Guess(rij, other, _with(inhoud, {person: another}))
            if other in present:
                # Two persons of one record that changed places.
                yield _Guess(rij, other, _with(inhoud, {person: another, another: person}))


def _with(inhoud: Verwerkingsactie, others: Mapping[Betrokkene, Betrokkene]) -> Verwerkingsactie:
    """Give the content with persons in the place of others, written with as many zeros."""
    objecten = []
    for object_ in inhoud.verwerkte_objecten:
        person, nullen = identify(object_.soort_object_id, object_.object_id, object_.objecttype)
        if person in others:
            other = others[person]
            objecten.append(replace(object_, object_id=written(other, nullen), objecttype=other.objecttype))
        else:
            objecten.append(object_)
    afnemer_id = inhoud.afnemer_id
    if inhoud.afnemer_is_person and afnemer_id is not None:
        person, nullen = identify(inhoud.soort_afnemer_id, afnemer_id)
        afnemer_id = written(others.get(person, person), nullen)
    return replace(inhoud, verwerkte_objecten=tuple(objecten), afnemer_id=afnemer_id)


async def _all_persons(connection: Connection, ring: KeyRing) -> Mapping[int, Betrokkene]:
    references = References(ring)
    async with snapshot(connection):
        await references.load_persons(connection, await person_rows(connection, _MOST_PERSONS))
    return references.betrokkenen
