"""What the rows of a record should be, derived from its content, beside what they are (rules M2, T1, T3)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from verwerkingenlog.domain.betrokkene import Betrokkene, written
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.verwerkingsactie import Versie, VerwerktObject
from verwerkingenlog.ledger.bladen import beheer_blad, blad
from verwerkingenlog.ledger.checker import NO_LEAF
from verwerkingenlog.storage import beheer
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.rows import (
    Numbers,
    Record,
    kenmerken_of,
    object_rows,
    objectkenmerken_of,
    versie_from,
    versie_row,
)
from verwerkingenlog.storage.verificatie.dictionaries import Ref, References
from verwerkingenlog.storage.verificatie.reading import TAMPERED, Batch, Row

VERSIE_COLUMNS: Final = 23
NO_PREDECESSOR: Final = ("vorige versie",)
"""What differs where the version before is gone and this one is not: a purge takes an actie as a whole."""


class Beeld(NamedTuple):
    """One version or act as its rows show it.

    `blad` is the leaf of that content; None where the content can't be made out. `afwijkingen` names the
    columns that are not what that content demands, `onleesbaar` the rows that it refers to in vain.
    """

    volgnummer: int
    actie_id: str | None
    nummer: int | None
    """Both None for an act of an administrator."""
    blad: bytes | None
    afwijkingen: tuple[str, ...] = ()
    onleesbaar: tuple[Ref, ...] = ()
    record: Record | None = None
    personen: Mapping[int, Betrokkene] | None = None
    """The persons of the version by their rows."""


def images(volgnummer: int, batch: Batch, references: References, ring: KeyRing) -> list[Beeld]:
    """Give what the rows of this record show: one image, none if they are gone, more if some were added."""
    found = [versie_image(row, batch, references, ring) for row in batch.versies.get(volgnummer, ())]
    found += [beheer_image(row, ring) for row in batch.beheer.get(volgnummer, ())]
    return found


def versie_image(row: Row, batch: Batch, references: References, ring: KeyRing) -> Beeld:
    """Judge a row of `versie` with all that belongs to it."""
    volgnummer, actie_id, nummer = row["volgnummer"], row["actie_id"], row["nummer"]
    objects = batch.objecten.get(volgnummer, ())
    missing = tuple(_unreadable(row, objects, references))
    if missing:
        return Beeld(volgnummer, actie_id, nummer, None, (), missing)
    try:
        record, personen = _record(row, objects, references)
        leaf = blad(record.versie, record.vorige, ring.salts(record.zaad))
        before = _before(row, batch, references, ring) if nummer > 1 else None
        differing = tuple(_differing(row, objects, record, personen, before))
        if nummer > 1 and (actie_id, nummer - 1) not in batch.before:
            differing += NO_PREDECESSOR
    except TAMPERED:
        return Beeld(volgnummer, actie_id, nummer, None, ("inhoud",))
    return Beeld(volgnummer, actie_id, nummer, leaf, differing, (), record, personen)


def beheer_image(row: Row, ring: KeyRing) -> Beeld:
    """Judge a row of `beheer`."""
    volgnummer = row["volgnummer"]
    try:
        daad = beheer.from_row({**row, "gezegeld": False}).daad
        leaf = beheer_blad(beheer.canonical(daad), ring.salts(row["zaad"].bytes))
        differing = () if beheer.inhoud_text(daad) == row["inhoud"] else ("inhoud",)
    except TAMPERED:
        return Beeld(volgnummer, None, None, None, ("inhoud",))
    return Beeld(volgnummer, None, None, leaf, differing)


def _unreadable(row: Row, objects: Iterable[Any], references: References) -> Iterable[Ref]:
    if row["kenmerken"] not in references.kenmerken:
        yield Ref("kenmerken", row["kenmerken"])
    for person in (row["betrokkene"], row["afnemer"]):
        if person is not None and person not in references.betrokkenen:
            yield Ref("betrokkene", person)
    yield from _unreadable_kenmerken(row["objectkenmerken"], references)
    for object_ in objects:
        if object_["betrokkene"] not in references.betrokkenen:
            yield Ref("betrokkene", object_["betrokkene"])
        yield from _unreadable_kenmerken(object_["kenmerken"], references)


def _unreadable_kenmerken(id_: int | None, references: References) -> Iterable[Ref]:
    if id_ is not None and id_ not in references.objectkenmerken:
        yield Ref("objectkenmerken", id_)


def _occurrences(row: Row, objects: Iterable[Any]) -> Iterable[tuple[int, int | None, Any, int]]:
    """Give the person, the number, the attributes and the zeros of each occurrence, that of the row first.

    A closing row has no number.
    """
    if row["betrokkene"] is not None:
        yield row["betrokkene"], 1, row["objectkenmerken"], row["nullen"] or 0
    for betrokkene, _, _, _, nummer, over, _, nullen, *_ in objects:
        yield betrokkene, nummer, over, nullen


def _record(row: Row, objects: Sequence[Any], references: References) -> tuple[Record, dict[int, Betrokkene]]:
    """Give back the version, and its persons by their rows."""
    kenmerken = references.kenmerken[row["kenmerken"]]
    personen: dict[int, Betrokkene] = {}
    objecten, nummers = [], []
    for betrokkene, nummer, over, nullen in _occurrences(row, objects):
        person = personen[betrokkene] = references.betrokkenen[betrokkene]
        if nummer is not None:
            soort, betrokkenheid, gegevens = references.objectkenmerken[over]
            objecten.append(
                VerwerktObject(soort, written(person, nullen), person.objecttype, betrokkenheid, gegevens)
            )
            nummers.append(nummer)
    afnemer_id = kenmerken["afnemer_oin"]
    if row["afnemer"] is not None:
        person = personen[row["afnemer"]] = references.betrokkenen[row["afnemer"]]
        afnemer_id = written(person, row["afnemer_nullen"])
    # What is empty follows from the rest of the row.
    full = {
        **row,
        "hoogste_nummer": 1 if row["hoogste_nummer"] is None else row["hoogste_nummer"],
        "vertrouwelijkheid": row["klasse"] if row["vertrouwelijkheid"] is None else row["vertrouwelijkheid"],
    }
    versie = versie_from(full, kenmerken, tuple(objecten), tuple(nummers), afnemer_id)
    actie = row["actie"] if row["begin"] is None else row["begin"]
    record = Record(row["volgnummer"], actie, versie, bytes.fromhex(row["zaad"]), row["vorige"] or NO_LEAF)
    return record, personen


def _before(
    row: Row, batch: Batch, references: References, ring: KeyRing
) -> tuple[Versie, dict[int, Betrokkene]] | None:
    """Give the version that this one follows on; None where it is not as it was when this one was written."""
    number = batch.before.get((row["actie_id"], row["nummer"] - 1))
    if number is None:
        return None
    for earlier in batch.versies.get(number, ()):
        objects = batch.objecten.get(number, ())
        if any(_unreadable(earlier, objects, references)):
            continue
        try:
            record, personen = _record(earlier, objects, references)
            leaf = blad(record.versie, record.vorige, ring.salts(record.zaad))
        except TAMPERED:
            continue
        # A record from before the log had leaves names none.
        if row["vorige"] is None or leaf == row["vorige"]:
            return record.versie, personen
    return None


def _differing(
    row: Row,
    objects: Sequence[Any],
    record: Record,
    personen: Mapping[int, Betrokkene],
    before: tuple[Versie, Mapping[int, Betrokkene]] | None,
) -> Iterable[str]:
    versie = record.versie
    if row["tijdstip_tekst"] is not None:
        # The instant was read from its column; the text is what the leaf holds.
        moment = parse_tijdstip(row["tijdstip_tekst"])
        versie = replace(versie, inhoud=replace(versie.inhoud, tijdstip=moment))
    ids = {person: id_ for id_, person in personen.items()}
    if before is not None:
        ids = {person: id_ for id_, person in before[1].items()} | ids
    numbers = Numbers(
        ids,
        {kenmerken_of(versie): row["kenmerken"]},
        {
            objectkenmerken_of(object_): over
            for object_, (_, _, over, _) in zip(
                versie.inhoud.verwerkte_objecten, _occurrences(row, objects), strict=False
            )
        },
        0,
    )
    expected = record._replace(versie=versie, before=None if before is None else before[0])
    should, stored = versie_row(expected, numbers), tuple(row.values())[:VERSIE_COLUMNS]
    if should != stored:
        columns = zip(row.keys(), should, stored, strict=False)
        yield from (name for name, one, other in columns if one != other)
    if row["vervallen"] is None:
        yield "vervallen"  # as good as false, to what makes the leaf
    if versie.nummer > 1 and (not row["volgt"] or row["vorige"] == NO_LEAF):
        yield "opvolging"
    complete = before is not None or versie.nummer == 1
    yield from _differing_objects(list(object_rows(expected, numbers)), objects, complete=complete)


def _differing_objects(
    expected: list[tuple[Any, ...]], objects: Sequence[Any], *, complete: bool
) -> Iterable[str]:
    """Compare occurrences, and closing rows where those are known."""
    stored = [tuple(object_) for object_ in objects if complete or object_["nummer"] is not None]
    if expected == stored:
        return
    lacking, extra = Counter(expected) - Counter(stored), Counter(stored) - Counter(expected)
    if lacking.total() != extra.total():
        yield "verwerkt_object"
    elif lacking:
        pairs = zip(lacking.elements(), extra.elements(), strict=True)
        columns = {
            name
            for should, is_ in pairs
            for name, one, other in zip(objects[0].keys(), should, is_, strict=True)
            if one != other
        }
        yield from (f"verwerkt_object.{name}" for name in sorted(columns))
