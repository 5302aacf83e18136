"""One stretch of the log: its leaves recomputed from content beside those of the tree (rule T3).

What is wrong here is only a suspicion about records: they are looked at again before they are named. Of a
tile it is certain, for full tiles never change.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from verwerkingenlog.errors import VerwerkingenlogError
from verwerkingenlog.ledger.checker import HASH_BYTES, root_hash
from verwerkingenlog.ledger.tiles import WIDTH, edge_root, full_root
from verwerkingenlog.operations.verificatie.bevinding import Bevinding, Plek, Soort, Wat
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.verificatie.dictionaries import Ref, References
from verwerkingenlog.storage.verificatie.quick import Quick
from verwerkingenlog.storage.verificatie.reading import (
    Manifest,
    places,
    purged,
    read_batch,
    read_seals,
    read_tiles,
    snapshot,
    split,
)
from verwerkingenlog.storage.verificatie.rows import Beeld, images
from verwerkingenlog.storage.verificatie.tables import read_markers

STRETCH: Final = 32 * WIDTH
"""Leaves that are looked at together: so many that the queries cost little, so few that memory stays flat."""
_MOST_DOUBTED: Final = 8
Holds = Callable[[Sequence[bytes]], bool]


class Frame(NamedTuple):
    """The tree as it was when the verification began, which is what it verifies."""

    naam: str
    grootte: int
    wortel: bytes
    rand: Mapping[int, bytes]
    manifesten: tuple[Manifest, ...] = ()
    """The purges that were on record and sealed by then."""
    maten: tuple[int, ...] = ()
    """The sizes of which the root is asked, since a checkpoint tells of them."""


class Verdacht(NamedTuple):
    """A leaf whose record is not what the leaf says; without a number, no seal says which record it is.

    Without a leaf it waits for its seal.
    """

    blad: int | None
    hash: bytes
    volgnummer: int | None


class Part(NamedTuple):
    """What a stretch came to: the hashes of its full tiles and, of the last, the leaves that fill none."""

    end: int
    tegels: tuple[bytes, ...]
    rest: tuple[bytes, ...]
    verdacht: tuple[Verdacht, ...]
    verwijzingen: tuple[Ref, ...]
    """Rows of persons and attributes that seem to be wrong in themselves."""
    bevindingen: tuple[Bevinding, ...]
    opgeschoond: int
    randen: Mapping[int, tuple[bytes, ...]]
    """For each size that is asked, the leaves behind the full tiles of a tree of that size."""


class _Leaf(NamedTuple):
    volgnummer: int | None
    content: bytes | None
    """As the rows of the record have it; None where there are none, or they can't be read."""
    sound: bool
    """Whether there is nothing wrong with the rows but, perhaps, their content."""


class _Content(NamedTuple):
    """What the rows of some records show."""

    sound: Mapping[int, bytes]
    """The leaves of those that nothing is wrong with, as far as their rows tell."""
    careful: Mapping[int, _Leaf]
    """Those that took a careful look."""
    gone: int
    """How many a purge took away."""

    def leaf(self, number: int | None) -> _Leaf:
        """Give what is known of a record; without a number nothing is."""
        if number is None:
            return _leaf(None, (), purged=False)
        return self.careful.get(number) or _Leaf(number, self.sound[number], sound=True)


class Looks:
    """The quick look at a record and the careful one, with what each remembers between two stretches."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.quick = Quick(ring)
        self.references = References(ring)


class _Tile(NamedTuple):
    """The hashes of a tile as stored, and as they must have been; whether these fit what is above."""

    stored: list[bytes] | None
    believed: list[bytes]
    holds: bool


async def scan(connection: Connection, looks: Looks, frame: Frame, first: int, end: int) -> Part:
    """Look at the leaves from `first`, a multiple of 256, up to `end`."""
    async with snapshot(connection):
        numbers = places(await read_seals(connection, first, end), first, end)
        content = await _content(connection, looks, frame, numbers)
        tiles = await read_tiles(connection, 0, first // WIDTH, -(-end // WIDTH))
        low_above, most_above = first // WIDTH**2, frame.grootte // WIDTH**2
        above = await read_tiles(connection, 1, low_above, min(end // WIDTH**2 + 1, most_above))
    roots: list[bytes] = []
    rest: tuple[bytes, ...] = ()
    suspects: list[Verdacht] = []
    findings: list[Bevinding] = []
    edges: dict[int, tuple[bytes, ...]] = {}
    for low in range(first, end, WIDTH):
        of_tile = numbers[low - first : min(low + WIDTH, end) - first]
        full = len(of_tile) == WIDTH
        stored = tiles.get(low // WIDTH) if full else frame.rand.get(0)
        parent = _parent(low // WIDTH, above, frame)
        if full and stored is not None and _is_plain(stored, of_tile, content, parent):
            believed = split(stored)
            roots.append(parent)
        else:
            part = [content.leaf(number) for number in of_tile]
            tile = _tile(stored, part, _full_holds(parent) if full else _edge_holds(frame))
            believed = tile.believed
            findings += _tile_findings(low, tile, part)
            suspects += _suspects(low, tile, part)
            if not full:
                rest = tuple(believed)
            elif tile.stored is None and not tile.holds and parent:
                roots.append(parent)  # all that is left of it
            else:
                roots.append(root_hash(believed))
        edges |= {
            size: tuple(believed[: size - low])
            for size in frame.maten
            if low <= size < low + WIDTH and size <= low + len(of_tile)
        }
    faults = tuple(looks.references.faults)
    looks.references.faults.clear()
    if faults:
        await refresh(connection, looks.ring)  # perhaps a key came into use meanwhile
    return Part(end, tuple(roots), rest, tuple(suspects), faults, tuple(findings), content.gone, edges)


def _is_plain(stored: bytes, numbers: Iterable[int | None], content: _Content, parent: bytes) -> bool:
    """Tell whether a full tile is right, and all its records are: then there is nothing more to look at."""
    leaves = b"".join([content.sound.get(number, b"") for number in numbers if number is not None])
    return leaves == stored and full_root(stored) == parent


def _suspects(first: int, tile: _Tile, part: Sequence[_Leaf]) -> list[Verdacht]:
    return [
        Verdacht(first + place, hash_, leaf.volgnummer)
        for place, (hash_, leaf) in enumerate(zip(tile.believed, part, strict=True))
        if not leaf.sound or leaf.content not in {hash_, None} or leaf.volgnummer is None
    ]


async def refresh(connection: Connection, ring: KeyRing) -> None:
    """Learn of keys that came meanwhile; what is wrong with them is told by others."""
    try:
        await ring.refresh(connection)
    except (VerwerkingenlogError, ValueError):
        return


async def scan_markers(connection: Connection, ring: KeyRing) -> tuple[list[Verdacht], tuple[Ref, ...]]:
    """Give what is wrong, as `Part` has it, of the records that wait for their seal: by their markers."""
    suspects = []
    looks = Looks(ring)
    nothing = Frame("", 0, b"", {})
    async with snapshot(connection):
        async for marked in read_markers(connection):
            content = await _content(connection, looks, nothing, list(marked))
            suspects += [
                Verdacht(None, hash_, number)
                for number, hash_ in marked.items()
                if content.sound.get(number) != hash_
            ]
    return suspects, tuple(looks.references.faults)


async def _content(
    connection: Connection, looks: Looks, frame: Frame, numbers: Sequence[int | None]
) -> _Content:
    known = [number for number in numbers if number is not None]
    sound = await looks.quick.leaves(connection, known)
    doubted = [number for number in known if number not in sound]
    if not doubted:
        return _Content(sound, {}, 0)
    batch = await read_batch(connection, doubted)
    await looks.references.load(
        connection,
        (row for rows in batch.versies.values() for row in rows),
        (row for rows in batch.objecten.values() for row in rows),
    )
    absent = [number for number in doubted if number not in batch.versies and number not in batch.beheer]
    gone = await purged(connection, absent, frame.manifesten)
    leaves = {}
    for number in doubted:
        shown = images(number, batch, looks.references, looks.ring)
        bare = number not in batch.objecten
        leaf = leaves[number] = _leaf(number, shown, purged=number in gone and bare)
        if leaf.sound and leaf.content is not None:
            sound[number] = leaf.content
    return _Content(sound, leaves, len(gone))


def _leaf(number: int | None, shown: Sequence[Beeld], *, purged: bool) -> _Leaf:
    if len(shown) == 1:
        only = shown[0]
        return _Leaf(number, only.blad, only.blad is not None and not only.afwijkingen)
    return _Leaf(number, None, purged)


def _tile(stored: bytes | None, part: Sequence[_Leaf], holds: Holds) -> _Tile:
    content = [leaf.content for leaf in part]
    if stored is None or len(stored) != len(part) * HASH_BYTES:
        believed = [hash_ or bytes(HASH_BYTES) for hash_ in content]
        return _Tile(None if stored is None else split(stored), believed, holds(believed))
    believed = _settle(split(stored), content, holds)
    return _Tile(split(stored), believed, holds(believed))


def _parent(number: int, above: Mapping[int, bytes], frame: Frame) -> bytes:
    """Give the hash that the level above has of a full tile."""
    place = number % WIDTH * HASH_BYTES
    return above.get(number // WIDTH, frame.rand.get(1, b""))[place : place + HASH_BYTES]


def _full_holds(parent: bytes) -> Holds:
    return lambda leaves: root_hash(leaves) == parent


def _edge_holds(frame: Frame) -> Holds:
    higher = [hashes for level, hashes in sorted(frame.rand.items()) if level > 0]
    return lambda leaves: edge_root([b"".join(leaves), *higher]) == frame.wortel


def _settle(stored: list[bytes], content: Sequence[bytes | None], holds: Holds) -> list[bytes]:
    """Give the leaves that fit the tree above: where the tile was edited, those of the content."""
    if holds(stored):
        return stored
    doubted = [i for i, hash_ in enumerate(content) if hash_ not in {None, stored[i]}]
    for count in range(1, min(len(doubted), _MOST_DOUBTED) + 1):
        for chosen in combinations(doubted, count):
            candidate = list(stored)
            for place in chosen:
                candidate[place] = content[place] or stored[place]
            if holds(candidate):
                return candidate
        if len(doubted) > _MOST_DOUBTED:
            break
    every = [hash_ or stored[i] for i, hash_ in enumerate(content)]
    return every if holds(every) else stored


def _tile_findings(first: int, tile: _Tile, part: Sequence[_Leaf]) -> list[Bevinding]:
    full = len(part) == WIDTH
    wat, rij = (Wat.TEGEL, f"0/{first // WIDTH}") if full else (Wat.RAND, "0")
    if len(tile.stored or ()) != len(part):
        soort = Soort.VERWIJDERD if tile.stored is None else Soort.GEWIJZIGD
        uitleg = f"Hier horen de hashes te staan van {len(part)} bladeren, vanaf blad {first}."
        if not tile.holds:
            uitleg += " Of de inhoud van hun records klopt, is niet meer na te gaan."
        return [Bevinding(soort, Plek(wat, rij=rij), uitleg)]
    return [
        Bevinding(
            Soort.GEWIJZIGD,
            Plek(wat, volgnummer=part[place].volgnummer, rij=rij),
            f"De hash van blad {first + place} is veranderd; de inhoud van het record klopt.",
        )
        for place, (is_, should) in enumerate(zip(tile.stored or (), tile.believed, strict=True))
        if is_ != should
    ]
