"""Verify the whole log: its content against its tree, and that against what was signed (rules T1-T3).

A log that grows, or that a purge or a change of keys works on, gives no findings: each stretch is read as it
was at one moment, and what seems wrong is looked at again before it is named.
"""

import time
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from verwerkingenlog.ledger.checker import VerifierKey
from verwerkingenlog.ledger.tiles import WIDTH
from verwerkingenlog.operations.beheer import Clock
from verwerkingenlog.operations.verificatie.bevinding import Bevinding, Plek, Soort, Wat
from verwerkingenlog.operations.verificatie.checkpoints import (
    Gepubliceerd,
    Stand,
    check_name,
    compare,
    open_standen,
)
from verwerkingenlog.operations.verificatie.scan import STRETCH, Frame, Part, refresh, scan_markers
from verwerkingenlog.operations.verificatie.state import Voortgang, Voortgangsbestand
from verwerkingenlog.operations.verificatie.suspects import examine
from verwerkingenlog.operations.verificatie.tables import (
    check_claims,
    check_indexes,
    check_keys,
    check_manifests,
    check_seals,
    check_structure,
    read_frame,
    require_own_keys,
)
from verwerkingenlog.operations.verificatie.tree import Tree
from verwerkingenlog.operations.verificatie.workers import Toegang, alone, together
from verwerkingenlog.storage import boom
from verwerkingenlog.storage.database import UNREACHABLE, Connection
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.verificatie.reading import IMPOSSIBLE, acties_of, snapshot

SECONDS_BETWEEN_SAVES: Final = 5.0
_STUCK: Final = (
    "In de tabellen staat iets dat het log daar niet kan hebben geschreven. Daardoor is de rest niet na te"
    " gaan ({}). Herstel eerst wat hierboven staat, of zet een reservekopie terug, en controleer dan opnieuw."
)


class Opdracht(Struct, frozen=True, kw_only=True):
    """What a verification goes by, beside the log itself.

    `gepubliceerd` are checkpoints that were kept outside the database, read before this begins; `sleutels`
    the keys that must have signed, without any those of the key ring. With `toegang`, `processen` work at it.
    """

    gepubliceerd: Sequence[Gepubliceerd] = ()
    sleutels: Sequence[VerifierKey] = ()
    voortgang: Voortgangsbestand | None = None
    hervat: bool = False
    toegang: Toegang | None = None
    processen: int = 1


class Verslag(Struct, frozen=True, kw_only=True):
    """What a verification came to: of the log `naam`, with so many leaves and this root."""

    naam: str
    grootte: int
    wortel: bytes
    opgeschoond: int
    """Leaves whose records a purge took away."""
    hervat_bij: int
    checkpoints: int
    """How many checkpoints the tree was held against, the one in the database included."""
    bevindingen: tuple[Bevinding, ...]


Observe = Callable[[int, int], None]
"""Hears how many leaves are done, of how many."""


async def verify(
    connection: Connection, ring: KeyRing, clock: Clock, opdracht: Opdracht, observe: Observe
) -> Verslag:
    """Verify the log on a connection in the role `SEALING`; nothing is written to it.

    Raises `ConfigurationError` where the progress can't be kept, or the key ring is that of another log.
    """
    structure = await check_structure(connection)
    try:
        verslag = await _verify(connection, ring, clock, opdracht, observe)
    except IMPOSSIBLE as error:
        if isinstance(error, UNREACHABLE) and not structure:
            raise
        verslag = Verslag(
            naam="",
            grootte=0,
            wortel=b"",
            opgeschoond=0,
            hervat_bij=0,
            checkpoints=0,
            bevindingen=(_stuck(error),),
        )
    return replace(verslag, bevindingen=(*structure, *verslag.bevindingen))


def _stuck(error: Exception) -> Bevinding:
    """Say that it could not go on: whoever brings that about must not have hidden anything by it.

    Without the words of the error: they may hold values (rule M7).
    """
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__}, {Path(place.filename).name}:{place.lineno}"
    return Bevinding(Soort.ONLEESBAAR, Plek(Wat.STRUCTUUR), _STUCK.format(where))


async def _verify(
    connection: Connection, ring: KeyRing, clock: Clock, opdracht: Opdracht, observe: Observe
) -> Verslag:
    await require_own_keys(connection, ring)
    await refresh(connection, ring)
    async with snapshot(connection):
        frame, kop, found = await read_frame(connection)
        manifests, faults = await check_manifests(connection)
    standen, unsigned = open_standen(kop, opdracht.gepubliceerd, ring, opdracht.sleutels, clock())
    found += [*faults, *unsigned, *check_name(kop.naam, standen)]
    sizes = {stand.checkpoint.size for stand in standen if stand.checkpoint.size <= frame.grootte}
    frame = frame._replace(manifesten=manifests, maten=tuple(sorted(sizes)))

    voortgang = await _begin(connection, frame, opdracht)
    begun_at = voortgang.gedaan
    tree, rest = await _leaves(connection, ring, frame, opdracht, voortgang, observe)
    found += [*voortgang.bevindingen, *tree.finish(frame, rest)]
    found += await _standen(connection, frame, standen, voortgang.wortels)
    async with snapshot(connection):
        found += await check_seals(connection)
    async with snapshot(connection):
        found += await check_indexes(connection)
    found += await _keys(connection, ring)
    suspects, refs = await scan_markers(connection, ring)
    records = await examine(
        connection,
        ring,
        [*voortgang.verdacht, *suspects],
        [*voortgang.verwijzingen, *refs],
        ever_sealed=kop.grootte is not None or frame.grootte > 0,
    )
    found += [*records, *await _claims(connection, records)]
    if opdracht.voortgang is not None:
        opdracht.voortgang.forget()
    return Verslag(
        naam=frame.naam,
        grootte=frame.grootte,
        wortel=tree.root(rest),
        opgeschoond=voortgang.opgeschoond,
        hervat_bij=begun_at,
        checkpoints=len(standen),
        bevindingen=tuple(dict.fromkeys(found)),
    )


async def _keys(connection: Connection, ring: KeyRing) -> list[Bevinding]:
    """Give what is wrong with the keys, on a second look: one may have been made meanwhile."""
    if not await check_keys(connection, ring):
        return []
    await refresh(connection, ring)
    return await check_keys(connection, ring)


async def _begin(connection: Connection, frame: Frame, opdracht: Opdracht) -> Voortgang:
    """Give where to go on; from the start where that is asked, or the tree is another one by now."""
    if opdracht.hervat and opdracht.voortgang is not None:
        earlier = opdracht.voortgang.read()
        same = earlier is not None and earlier.naam == frame.naam and earlier.gedaan <= frame.grootte
        if earlier and same and await _stored_root(connection, earlier.gedaan) == earlier.wortel:
            return earlier
    return Voortgang(frame.naam)


async def _leaves(
    connection: Connection,
    ring: KeyRing,
    frame: Frame,
    opdracht: Opdracht,
    voortgang: Voortgang,
    observe: Observe,
) -> tuple[Tree, tuple[bytes, ...]]:
    """Go through all leaves and build the tree above them; give that, and the leaves that fill no tile."""
    tree = Tree(voortgang.gedaan // WIDTH, voortgang.rand)
    rest: tuple[bytes, ...] = ()
    saved = time.monotonic()
    observe(voortgang.gedaan, frame.grootte)
    async for part in _parts(connection, ring, frame, opdracht, voortgang.gedaan):
        rest = part.rest
        await _grow(connection, tree, part, voortgang)
        observe(part.end, frame.grootte)
        if opdracht.voortgang is not None and not rest and time.monotonic() - saved > SECONDS_BETWEEN_SAVES:
            await _save(connection, opdracht.voortgang, voortgang, tree, part.end)
            saved = time.monotonic()
    voortgang.wortels[frame.grootte] = tree.root(rest)
    return tree, rest


def _parts(
    connection: Connection, ring: KeyRing, frame: Frame, opdracht: Opdracht, first: int
) -> AsyncIterator[Part]:
    processes = min(opdracht.processen, -(-(frame.grootte - first) // STRETCH))
    if opdracht.toegang is None or processes <= 1:
        return alone(connection, ring, frame, first)
    return together(opdracht.toegang, processes, frame, first)


async def _grow(connection: Connection, tree: Tree, part: Part, voortgang: Voortgang) -> None:
    begin = tree.tiles
    for size, leaves in sorted(part.randen.items()):
        roots = part.tegels[tree.tiles - begin : size // WIDTH - begin]
        voortgang.bevindingen += await tree.add(connection, roots)
        voortgang.wortels[size] = tree.root(leaves)
    voortgang.bevindingen += await tree.add(connection, part.tegels[tree.tiles - begin :])
    voortgang.bevindingen += part.bevindingen
    voortgang.verdacht += part.verdacht
    voortgang.verwijzingen += part.verwijzingen
    voortgang.opgeschoond += part.opgeschoond


async def _save(
    connection: Connection, bestand: Voortgangsbestand, voortgang: Voortgang, tree: Tree, done: int
) -> None:
    voortgang.gedaan, voortgang.rand = done, tree.edge
    voortgang.wortel = await _stored_root(connection, done) or b""
    bestand.write(voortgang)


async def _standen(
    connection: Connection, frame: Frame, standen: Sequence[Stand], roots: dict[int, bytes]
) -> list[Bevinding]:
    found = []
    for stand in standen:
        size = stand.checkpoint.size
        root = roots.get(size)
        if root is None and size <= frame.grootte:
            # It was passed before an interruption, by a run that was not asked for it.
            root = await _stored_root(connection, size)
        found += compare(stand, frame.grootte, root)
    return found


async def _claims(connection: Connection, records: Sequence[Bevinding]) -> list[Bevinding]:
    """Give the claims on versions that are not there; where records were removed, the claims tell of them."""
    named = {one.plek.volgnummer for one in records if one.plek.volgnummer is not None}
    async with snapshot(connection):
        # Of an actie with a version that is not what it was, it can't be said which versions it has.
        doubtful = named | await acties_of(connection, named)
        claims = [one for one in await check_claims(connection) if one.plek.volgnummer not in doubtful]
    gone = any(one.soort is Soort.VERWIJDERD and one.plek.wat is Wat.VERSIE for one in records)
    if not gone:
        return claims
    uitleg = "Van deze versie is er nog wel het nummer, maar niet meer het record."
    return [Bevinding(Soort.VERWIJDERD, one.plek, uitleg) for one in claims]


async def _stored_root(connection: Connection, size: int) -> bytes | None:
    try:
        return await boom.root_at(connection, size)
    except ValueError:
        return None  # a tile is gone or too short
