"""Records that seemed wrong: look again, and say of each that is what happened to it (rule T3)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from verwerkingenlog.operations.verificatie.bevinding import Bevinding, Plek, Soort, Wat
from verwerkingenlog.operations.verificatie.exchange import Exchanges, Verwisseling
from verwerkingenlog.operations.verificatie.scan import Verdacht, refresh
from verwerkingenlog.operations.verificatie.tables import check_manifests
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.verificatie.dictionaries import Ref, References
from verwerkingenlog.storage.verificatie.reading import (
    Batch,
    gone_by,
    purged,
    read_batch,
    read_leaves,
    records_of,
    snapshot,
)
from verwerkingenlog.storage.verificatie.rows import NO_PREDECESSOR, Beeld, images
from verwerkingenlog.storage.verificatie.tables import acties_of_remains, unclaimed_records

_TOGETHER: Final = 500
_MOST_IN_FULL: Final = 1000
"""Of so many wrong records it is searched with what they were exchanged."""


class Geval(NamedTuple):
    """A record that is wrong: what the tree says of it, and what its rows show."""

    verdacht: Verdacht
    beelden: tuple[Beeld, ...]


async def examine(
    connection: Connection,
    ring: KeyRing,
    suspects: Sequence[Verdacht],
    refs: Iterable[Ref],
    *,
    ever_sealed: bool,
) -> list[Bevinding]:
    """Give what is wrong with these, and with records that nothing in the tree tells of.

    Before the first seal, a record from before the log had leaves waits for its marker.
    """
    await refresh(connection, ring)
    found = await _references(connection, ring, refs)
    cases = await _look_again(connection, ring, suspects)
    lost = {one.hash: one for one in suspects if one.volgnummer is None}
    lost |= {case.verdacht.hash: case.verdacht for case in cases}
    moved, added = await _unclaimed(connection, ring, lost) if ever_sealed else ({}, [])
    for new in moved.values():
        found.append(_moved(lost, new))
    explained = {new.blad for new in moved.values()}
    cases = [case for case in cases if case.beelden or case.verdacht.hash not in explained]
    wrong = [image for case in cases for image in case.beelden]
    guesses = Exchanges(connection, ring, wrong)
    found += [bevinding for case in cases for bevinding in await _name(connection, case, lost, guesses)]
    return found + added + await _wrongly_purged(connection, cases)


async def _wrongly_purged(connection: Connection, cases: Sequence[Geval]) -> list[Bevinding]:
    """Give what is gone by the word of a record that is wrong itself."""
    numbers = [case.verdacht.volgnummer for case in cases if case.verdacht.volgnummer is not None]
    async with snapshot(connection):
        gone = await gone_by(connection, numbers)
    uitleg = "Dit record is weg, en de opschoning die het noemt, is niet te vertrouwen."
    return [Bevinding(Soort.VERWIJDERD, Plek(Wat.VERSIE, volgnummer=number), uitleg) for number in gone]


async def _references(connection: Connection, ring: KeyRing, refs: Iterable[Ref]) -> list[Bevinding]:
    """Give which of these rows are wrong in themselves, on a second look.

    Of one that is gone, the records that refer to it tell.
    """
    found = []
    async with snapshot(connection):
        for ref in sorted(set(refs)):
            references = References(ring)
            await references.load_one(connection, ref)
            if ref in references.faults and not references.is_gone(ref):
                plek = Plek(Wat(ref.tabel), rij=str(ref.id))
                found.append(Bevinding(Soort.GEWIJZIGD, plek, references.faults[ref]))
    return found


async def _look_again(connection: Connection, ring: KeyRing, suspects: Sequence[Verdacht]) -> list[Geval]:
    known = [one for one in suspects if one.volgnummer is not None]
    cases: list[Geval] = []
    for first in range(0, len(known), _TOGETHER):
        group = known[first : first + _TOGETHER]
        async with snapshot(connection):
            wrong = await _wrong(connection, ring, group)
        cases += wrong if len(cases) < _MOST_IN_FULL else map(_without_content, wrong)
    return cases


def _without_content(case: Geval) -> Geval:
    """Drop what is only of use to guess with, so that any number of cases fits in memory."""
    images = (image._replace(record=None, personen=None) for image in case.beelden)
    return Geval(case.verdacht, tuple(images))


async def _wrong(connection: Connection, ring: KeyRing, group: Sequence[Verdacht]) -> list[Geval]:
    numbers = [one.volgnummer for one in group if one.volgnummer is not None]
    batch, references = await read_whole(connection, ring, numbers)
    absent = [number for number in numbers if number not in batch.versies and number not in batch.beheer]
    gone: set[int] = set()
    if absent:
        manifests, _ = await check_manifests(connection)
        gone = await purged(connection, absent, manifests)
    cases = []
    for one in group:
        assert one.volgnummer is not None  # noqa: S101 - so they were chosen
        shown = tuple(images(one.volgnummer, batch, references, ring))
        if not shown and one.volgnummer in gone and one.volgnummer not in batch.objecten:
            continue
        if len(shown) != 1 or shown[0].blad != one.hash or shown[0].afwijkingen:
            cases.append(Geval(one, shown))
    return cases


async def read_whole(
    connection: Connection, ring: KeyRing, numbers: Sequence[int]
) -> tuple[Batch, References]:
    """Read records, with all that they refer to."""
    batch = await read_batch(connection, numbers)
    references = References(ring)
    await references.load(
        connection,
        (row for rows in batch.versies.values() for row in rows),
        (row for rows in batch.objecten.values() for row in rows),
    )
    return batch, references


async def _unclaimed(
    connection: Connection, ring: KeyRing, lost: Mapping[bytes, Verdacht]
) -> tuple[dict[int, Beeld], list[Bevinding]]:
    """Give the records that stand under another number than the tree has for them, and what was added."""
    moved: dict[int, Beeld] = {}
    added: list[Bevinding] = []
    async with snapshot(connection):
        async for numbers in unclaimed_records(connection):
            batch, references = await read_whole(connection, ring, numbers)
            for number in numbers:
                shown = images(number, batch, references, ring)
                for image in shown:
                    if image.blad in lost:
                        moved[number] = image
                    else:
                        added.append(_added(image))
                if not shown:
                    plek = Plek(Wat.VERSIE, volgnummer=number)
                    uitleg = "Er zijn personen vastgelegd bij een record dat het log niet heeft."
                    added.append(Bevinding(Soort.TOEGEVOEGD, plek, uitleg))
    return moved, added


def plek_of(image: Beeld, rij: str | None = None) -> Plek:
    """Give the place of what these rows show."""
    wat = Wat.BEHEER if image.actie_id is None else Wat.VERSIE
    return Plek(wat, image.volgnummer, image.actie_id, image.nummer, rij)


def _moved(lost: Mapping[bytes, Verdacht], image: Beeld) -> Bevinding:
    leaf = lost[image.blad or b""]
    was = "het record zonder zegel" if leaf.volgnummer is None else f"record {leaf.volgnummer}"
    uitleg = f"Dit is {was}, dat bij blad {leaf.blad} hoort, onder een ander nummer."
    return Bevinding(Soort.VERWISSELD, plek_of(image), uitleg)


def _added(image: Beeld) -> Bevinding:
    return Bevinding(Soort.TOEGEVOEGD, plek_of(image), "Het log heeft dit record nooit verzegeld.")


async def _name(
    connection: Connection, case: Geval, lost: Mapping[bytes, Verdacht], guesses: Exchanges
) -> list[Bevinding]:
    if not case.beelden:
        return [await _removed(connection, case.verdacht)]
    own = [image for image in case.beelden if image.blad == case.verdacht.hash]
    if own:
        # Another row under the number of a record that is there.
        extra = [_added(image) for image in case.beelden if image.blad != case.verdacht.hash]
        if own[0].afwijkingen and not _follows(own[0], lost):
            extra.append(_changed(own[0]))
        return extra
    return [await _mismatch(connection, case, image, lost, guesses) for image in case.beelden]


def _follows(image: Beeld, lost: Mapping[bytes, Verdacht]) -> bool:
    """Tell whether it only lacks the version before, and that has a finding of its own."""
    return image.afwijkingen == NO_PREDECESSOR and image.record is not None and image.record.vorige in lost


async def _removed(connection: Connection, leaf: Verdacht) -> Bevinding:
    number = leaf.volgnummer or 0
    acties = await acties_of_remains(connection, [number])
    plek = Plek(Wat.VERSIE, volgnummer=number, actie_id=acties.get(number))
    return Bevinding(Soort.VERWIJDERD, plek, f"Het record van blad {leaf.blad} is weg.")


def _changed(image: Beeld) -> Bevinding:
    if image.afwijkingen == NO_PREDECESSOR:
        plek = Plek(Wat.VERSIE, actie_id=image.actie_id, versie=(image.nummer or 0) - 1)
        return Bevinding(Soort.VERWIJDERD, plek, "Deze versie is weg, en er is nog een latere.")
    columns = ", ".join(image.afwijkingen)
    return Bevinding(Soort.GEWIJZIGD, plek_of(image), f"Dit past niet bij de inhoud: {columns}.")


async def _mismatch(
    connection: Connection,
    case: Geval,
    image: Beeld,
    lost: Mapping[bytes, Verdacht],
    guesses: Exchanges,
) -> Bevinding:
    if image.onleesbaar:
        rows = ", ".join(f"{ref.tabel} {ref.id}" for ref in dict.fromkeys(image.onleesbaar))
        plek = plek_of(image, ", ".join(str(ref.id) for ref in dict.fromkeys(image.onleesbaar)))
        return Bevinding(
            Soort.ONLEESBAAR, plek, f"Dit record verwijst naar wat weg of onleesbaar is: {rows}."
        )
    other = lost.get(image.blad or b"") or await _original(connection, image)
    if other is not None:
        uitleg = f"Hier staat de inhoud van record {other.volgnummer}, dat bij blad {other.blad} hoort."
        return Bevinding(Soort.VERWISSELD, plek_of(image), uitleg)
    exchange = await guesses.find(image, case.verdacht.hash)
    if exchange is not None:
        return _exchanged(image, exchange)
    where = "het blad" if case.verdacht.blad is not None else "het merk waarmee het op zijn zegel wacht"
    columns = f" Ook past dit niet bij elkaar: {', '.join(image.afwijkingen)}." if image.afwijkingen else ""
    return Bevinding(Soort.GEWIJZIGD, plek_of(image), f"De inhoud past niet bij {where}.{columns}")


async def _original(connection: Connection, image: Beeld) -> Verdacht | None:
    """Give the record that this one is a copy of."""
    if image.blad is None or image.actie_id is None or image.nummer is None:
        return None
    async with snapshot(connection):
        numbers = await records_of(connection, image.actie_id, image.nummer)
        leaves = await read_leaves(connection, [one for one in numbers if one != image.volgnummer])
    for number, (index, hash_) in leaves.items():
        if hash_ == image.blad:
            return Verdacht(index, hash_, number)
    return None


def _exchanged(image: Beeld, exchange: Verwisseling) -> Bevinding:
    if exchange.rij is None:
        return Bevinding(Soort.VERWISSELD, plek_of(image), exchange.uitleg)
    plek = plek_of(image, str(exchange.rij))
    if exchange.hele_rij:
        plek = Plek(Wat.BETROKKENE, plek.volgnummer, plek.actie_id, plek.versie, plek.rij)
    return Bevinding(Soort.VERWISSELD, plek, exchange.uitleg)
