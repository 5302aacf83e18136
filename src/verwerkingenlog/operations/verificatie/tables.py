"""The tables of the evidence itself: head, seals, claims, manifests and keys beside each other (rule T3)."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.ledger.checker import HASH_BYTES, root_hash
from verwerkingenlog.ledger.tiles import HEIGHT, WIDTH, edge_root
from verwerkingenlog.operations.verificatie.bevinding import Bevinding, Plek, Soort, Wat
from verwerkingenlog.operations.verificatie.scan import Frame
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.verificatie import tables
from verwerkingenlog.storage.verificatie.reading import Manifest, read_leaves, read_manifests
from verwerkingenlog.storage.verificatie.structure import differing_counts, strange_and_missing
from verwerkingenlog.storage.verificatie.tables import Kop, Manifestrij

_IN_USE: Final = ("komend", "actief", "gaand")


async def read_frame(connection: Connection) -> tuple[Frame, Kop, list[Bevinding]]:
    """Give the tree that there is to verify, its head, and what is wrong with its size. Within a `snapshot`.

    Where head and seals tell another size, the one counts that the right edge fits.
    """
    kop = await tables.read_kop(connection)
    edges = await tables.read_edges(connection)
    found: list[Bevinding] = [
        Bevinding(Soort.VERWIJDERD, Plek(Wat.KOP, rij=column), "Hier hoort iets te staan.")
        for column, value in (("naam", kop.naam), ("wortel", kop.wortel))
        if kop.grootte is not None and value is None
    ]
    size = kop.verzegeld_tot if kop.grootte is None else kop.grootte
    if kop.grootte is None and (kop.verzegeld_tot or edges):
        found.append(Bevinding(Soort.VERWIJDERD, Plek(Wat.KOP), "De kop van de boom is weg."))
    elif size != kop.verzegeld_tot:
        if _fits(kop.verzegeld_tot, edges) and not _fits(size, edges):
            uitleg = f"De kop noemt {size} bladeren, en er zijn er {kop.verzegeld_tot} verzegeld."
            found.append(Bevinding(Soort.GEWIJZIGD, Plek(Wat.KOP, rij="grootte"), uitleg))
            size = kop.verzegeld_tot
        elif size > kop.verzegeld_tot:
            uitleg = (
                f"Van de bladeren {kop.verzegeld_tot} tot {size} is niet meer bekend welk record erbij hoort."
            )
            found.append(Bevinding(Soort.VERWIJDERD, Plek(Wat.ZEGEL, rij=str(kop.verzegeld_tot)), uitleg))
        else:
            uitleg = f"De zegels gaan tot blad {kop.verzegeld_tot}, en de boom heeft er {size}."
            found.append(Bevinding(Soort.TOEGEVOEGD, Plek(Wat.ZEGEL, rij=str(size)), uitleg))
    if size > kop.uitgegeven:
        # Else this would look for leaves that were never there, without end.
        uitleg = f"Er horen {size} bladeren te zijn, en het log gaf maar {kop.uitgegeven} nummers uit."
        found.append(Bevinding(Soort.GEWIJZIGD, Plek(Wat.KOP, rij="grootte"), uitleg))
        size = kop.uitgegeven
    wortel = kop.wortel
    if wortel is None:
        wortel = edge_root([edges[level] for level in sorted(edges)]) if edges else root_hash(())
    found += [
        Bevinding(Soort.TOEGEVOEGD, Plek(Wat.TEGEL, rij=f"{level}/{number}"), "Zo groot is de boom nog niet.")
        for level, number in await tables.surplus_tiles(connection, size)
    ]
    return Frame(kop.naam or "", max(size, 0), wortel, edges), kop, found


async def check_structure(connection: Connection) -> list[Bevinding]:
    """Give where the schema is not what this release makes: it could have a query hide what there is."""
    strange, missing = await strange_and_missing(connection)
    plek = Plek(Wat.STRUCTUUR)
    found = [
        Bevinding(
            Soort.TOEGEVOEGD, plek, f"Dit hoort niet in de database van deze versie van het log: {regel}"
        )
        for regel in strange
    ]
    return found + [
        Bevinding(Soort.VERWIJDERD, plek, f"Dit hoort in de database, en staat er niet (zo): {regel}")
        for regel in missing
    ]


async def check_indexes(connection: Connection) -> list[Bevinding]:
    """Give the tables with rows that a look by index does not find. Within a `snapshot`."""
    return [
        Bevinding(
            Soort.GEWIJZIGD,
            Plek(Wat.STRUCTUUR),
            f"In {name} staan {count} rijen, en via de index zijn het er {found}. Maak de indexen opnieuw met"
            f" 'reindex table verwerkingenlog.{name}', en controleer dan nog eens.",
        )
        for name, found, count in await differing_counts(connection)
    ]


def _fits(size: int, edges: dict[int, bytes]) -> bool:
    """Tell whether a tree of this size has partial tiles of these lengths."""
    levels = range(max(len(edges), -(-max(size, 0).bit_length() // HEIGHT)))
    widths = [(size >> HEIGHT * level) % WIDTH * HASH_BYTES for level in levels]
    return size >= 0 and widths == [len(edges.get(level, b"")) for level in levels]


async def check_manifests(connection: Connection) -> tuple[tuple[Manifest, ...], list[Bevinding]]:
    """Give the manifests that a sealed record tells of, and what is wrong with the others.

    Whether that record itself is right, its leaf tells like any other's. Within a `snapshot`.
    """
    rows = await tables.read_manifest_rows(connection)
    leaves = await read_leaves(connection, [row.beheer for row in rows])
    # Of what a lapsed one names nothing went by it. Whether that is true, the leaf of that record tells too.
    lapsed = {number for text in await tables.read_lapses(connection) for number in _lapsed(text)}
    sound, found = set(), []
    for row in rows:
        fault = _manifest_fault(row)
        if fault is not None:
            found.append(fault)
        elif leaves[row.beheer][0] is not None and row.beheer not in lapsed:
            sound.add(row.beheer)
    manifests = await read_manifests(connection)
    return tuple(one for one in manifests if one.beheer in sound), found


def _manifest_fault(row: Manifestrij) -> Bevinding | None:
    plek = Plek(Wat.MANIFEST, volgnummer=row.beheer)
    if not row.lijst:
        uitleg = "Van deze opschoning is de lijst van records weg."
        return Bevinding(Soort.VERWIJDERD, plek, uitleg)
    if row.inhoud is None:
        uitleg = "Bij deze lijst van opgeschoonde records hoort geen opschoning in het beheerlog."
        return Bevinding(Soort.TOEGEVOEGD, plek, uitleg)
    if _promised_hash(row.inhoud) != row.versies_sha256:
        uitleg = "De lijst van records is niet die waar de opschoning in het beheerlog over gaat."
        return Bevinding(Soort.GEWIJZIGD, plek, uitleg)
    return None


def _promised_hash(inhoud: str) -> object:
    return _fields(inhoud).get("versies_sha256")


def _lapsed(inhoud: str) -> Iterable[object]:
    numbers = _fields(inhoud).get("manifesten")
    return [one for one in numbers if isinstance(one, int)] if isinstance(numbers, list) else ()


def _fields(inhoud: str) -> Mapping[str, object]:
    try:
        value = msgspec.json.decode(inhoud)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


async def check_seals(connection: Connection) -> list[Bevinding]:
    """Give what is wrong with the seals among themselves, and with the markers beside them."""
    found = []
    for blad, eerste, aantal, verwacht in await tables.loose_seals(connection):
        plek = Plek(Wat.ZEGEL, volgnummer=eerste, rij=str(blad))
        if blad > verwacht:
            uitleg = f"Van de bladeren {verwacht} tot {blad} is niet bekend welk record erbij hoort."
            found.append(Bevinding(Soort.VERWIJDERD, plek, uitleg))
        else:
            uitleg = f"Dit zegel van {aantal} records begint bij blad {blad}, waar al een ander record hoort."
            found.append(Bevinding(Soort.TOEGEVOEGD, plek, uitleg))
    for eerste, begin in await tables.double_seals(connection):
        wat = Wat.MERK if begin is None else Wat.ZEGEL
        uitleg = "Dit gaat over een record dat al ergens anders in het log zijn plaats heeft."
        rij = None if begin is None else str(begin)
        found.append(Bevinding(Soort.TOEGEVOEGD, Plek(wat, volgnummer=eerste, rij=rij), uitleg))
    return found


async def check_claims(connection: Connection) -> list[Bevinding]:
    """Give the version numbers that were claimed and not used."""
    return [
        Bevinding(
            Soort.TOEGEVOEGD,
            Plek(Wat.OPVOLGING, volgnummer=actie, actie_id=actie_id, versie=nummer),
            "Hier staat dat er een versie is met dit nummer, maar die is er niet.",
        )
        for actie, nummer, actie_id in await tables.loose_claims(connection)
    ]


async def require_own_keys(connection: Connection, ring: KeyRing) -> None:
    """Refuse a ring that is of another database. Raises `ConfigurationError`.

    One that knows no keys at all lost them: that is found.
    """
    rows = await tables.read_key_rows(connection)
    own = {(key.id, key.controle) for key in ring.sleutels}
    if rows and not own & {(row.id, row.controle) for row in rows}:
        raise ConfigurationError(
            "De sleutelbos hoort bij een andere database. Wijs de juiste aan met VERWERKINGENLOG_SLEUTELS."
        )


async def check_keys(connection: Connection, ring: KeyRing) -> list[Bevinding]:
    """Give the keys in the database that are not those of the ring."""
    rows = await tables.read_key_rows(connection)
    held = {key.id: key for key in ring.sleutels}
    found = []
    for row in rows:
        own = held.get(row.id)
        if own is None and row.staat in _IN_USE:
            uitleg = "Deze sleutel staat niet in de sleutelbos."
            found.append(Bevinding(Soort.TOEGEVOEGD, Plek(Wat.SLEUTEL, rij=str(row.id)), uitleg))
        elif own is not None and row.differs_from(own):
            uitleg = "Deze sleutel is niet die van de sleutelbos."
            found.append(Bevinding(Soort.GEWIJZIGD, Plek(Wat.SLEUTEL, rij=str(row.id)), uitleg))
    active = {row.doel for row in rows if row.staat == "actief"}
    for doel in sorted({key.doel for key in ring.sleutels} - active):
        ids = ", ".join(str(row.id) for row in rows if row.doel == doel) or "-"
        uitleg = f"Er is geen sleutel meer in gebruik om te {doel}."
        found.append(Bevinding(Soort.GEWIJZIGD, Plek(Wat.SLEUTEL, rij=ids), uitleg))
    return found
