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
from verwerkingenlog.storage.verifying import snapshot
from verwerkingenlog.storage.verifying_dictionaries import References
from verwerkingenlog.storage.verifying_rows import Beeld
from verwerkingenlog.storage.verifying_tables import person_rows, referring_records

_MOST_GUESSES: Final = 100_000
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


async def exchanges(
    connection: Connection, ring: KeyRing, image: Beeld, leaf: bytes, wrong: Sequence[Beeld]
) -> Verwisseling | None:
    """Give what was exchanged in a record: with another record that is wrong too, or with any person."""
    record = image.record
    if record is None or image.personen is None:
        return None
    for other in wrong[:_MOST_OTHERS]:
        if other.record is not None and _leaf(ring, record, zaad=other.record.zaad) == leaf:
            return Verwisseling(f"Het zaad is dat van record {other.volgnummer}.")
    persons: dict[int, Betrokkene] = {}
    for other in wrong:
        persons |= other.personen or {}
    found = _search(ring, record, image.personen, leaf, persons)
    if found is None:
        found = _search(ring, record, image.personen, leaf, await _all_persons(connection, ring))
    if found is None:
        return None
    whole = await _is_wrong_everywhere(connection, found.rij, wrong)
    uitleg = (
        f"In rij {found.rij} van de betrokkenen staat de persoon van rij {found.other}."
        if whole
        else f"Dit record verwijst naar betrokkene {found.rij}, en hoort te verwijzen naar {found.other}."
    )
    return Verwisseling(uitleg, found.rij, whole)


def _leaf(ring: KeyRing, record: Record, *, zaad: bytes) -> bytes:
    return blad(record.versie, record.vorige, ring.salts(zaad))


def _search(
    ring: KeyRing,
    record: Record,
    present: Mapping[int, Betrokkene],
    leaf: bytes,
    persons: Mapping[int, Betrokkene],
) -> _Guess | None:
    salts = ring.salts(record.zaad)
    guesses = _guesses(record.versie.inhoud, present, persons)
    for _, guess in zip(range(_MOST_GUESSES), guesses, strict=False):
        if blad(replace(record.versie, inhoud=guess.inhoud), record.vorige, salts) == leaf:
            return guess
    return None


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


async def _is_wrong_everywhere(connection: Connection, rij: int, wrong: Sequence[Beeld]) -> bool:
    """Tell whether no record that refers to this row of a person is right."""
    numbers = {image.volgnummer for image in wrong}
    return await referring_records(connection, rij, len(numbers) + 1) <= numbers
