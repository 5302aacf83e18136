"""Write a whole log into an archive that its next keeper can open and check (rules M2, M7, T2)."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from typing import BinaryIO, Final

from msgspec import Struct
from pyrage.x25519 import Recipient

from verwerkingenlog import __version__
from verwerkingenlog.domain.beheer import Gebeurtenis
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.ledger.bladen import BEHEER
from verwerkingenlog.ledger.checker import HASH_BYTES, to_base64
from verwerkingenlog.ledger.tiles import WIDTH
from verwerkingenlog.operations.verhuizing.archief import LineWriter, encrypted
from verwerkingenlog.operations.verhuizing.geschiedenis import versieregel
from verwerkingenlog.operations.verhuizing.regels import (
    FORMAAT,
    Actie,
    Beheer,
    Bladeren,
    Kop,
    Slot,
    signed_text,
    written,
)
from verwerkingenlog.operations.verhuizing.stand import Stand, signed_moment
from verwerkingenlog.operations.verhuizing.verhuizer import Verhuizer
from verwerkingenlog.storage import boom, verhuizing
from verwerkingenlog.storage.beheer import canonical
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.verhuizing import Geplaatst

_TILES: Final = 64


class Manifest(Struct, frozen=True, kw_only=True, rename="camel"):
    """What stands beside an archive for who handles it: nothing of a betrokkene (rule M7)."""

    formaat: int
    naam: str
    moment: str
    programma: str
    grootte: int
    """How many leaves the tree has."""
    wortel: str
    checkpoint: str
    sleutels: tuple[str, ...]
    acties: int
    versies: int
    beheer: int
    opgeschoond: int
    later: int
    """Records that came in meanwhile, and are not in the archive."""
    bytes: int
    sha256: str
    """Of the archive, as hexadecimal digits."""
    ontvangers: tuple[str, ...]


async def export(verhuizer: Verhuizer, target: BinaryIO, recipients: Sequence[Recipient]) -> Manifest:
    """Write the log as it was last signed into `target`, encrypted to these recipients, and leave a record.

    The log goes on meanwhile. Raises `ConfigurationError` where the log has no signed state or is not whole,
    or the target can't take it: then what was written is worth nothing.
    """
    counted = _Counted(target)
    await verhuizing.prefer_indexes(verhuizer.dienst)
    async with signed_moment(verhuizer.dienst) as stand:
        with encrypted(counted, recipients) as lines:
            kop = _kop(verhuizer, stand)
            slot = await _write(verhuizer, stand, kop, lines)
    manifest = Manifest(
        formaat=FORMAAT,
        naam=kop.naam,
        moment=kop.moment.isoformat(),
        programma=kop.programma,
        grootte=kop.grootte,
        wortel=to_base64(stand.checkpoint.root),
        checkpoint=kop.checkpoint,
        sleutels=kop.sleutels,
        acties=slot.acties,
        versies=slot.versies,
        beheer=slot.beheer,
        opgeschoond=slot.opgeschoond,
        later=await _later(verhuizer.dienst, kop.grootte),
        bytes=counted.size,
        sha256=counted.sha256,
        ontvangers=tuple(map(str, recipients)),
    )
    await _leave_record(verhuizer, manifest)
    return manifest


class _Counted:
    """A target that knows the size and the SHA-256 of what went into it."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.size += len(data)
        return self._target.write(data)

    def flush(self) -> None:
        self._target.flush()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def _kop(verhuizer: Verhuizer, stand: Stand) -> Kop:
    return Kop(
        formaat=FORMAAT,
        naam=stand.checkpoint.origin,
        grootte=stand.checkpoint.size,
        checkpoint=stand.note,
        sleutels=tuple(key.text for key in stand.keys),
        moment=verhuizer.clock(),
        programma=f"verwerkingenlog {__version__}",
    )


async def _write(verhuizer: Verhuizer, stand: Stand, kop: Kop, lines: LineWriter) -> Slot:
    lines.write(written(kop))
    async for bladeren in _leaves(verhuizer.dienst, kop.grootte):
        lines.write(written(bladeren))
    acties = versies = beheer = 0
    opgeschoond = await verhuizing.purged(verhuizer.dienst)
    async for regel in _content(verhuizer, kop.grootte):
        if isinstance(regel, Actie):
            acties, versies = acties + 1, versies + len(regel.versies)
        else:
            beheer += 1
        lines.write(written(regel))
        verhuizer.progress(versies + beheer + opgeschoond, kop.grootte)
    if versies + beheer + opgeschoond != kop.grootte:
        raise ConfigurationError(
            "Het log is niet heel: het heeft meer of minder records dan er verzegeld zijn. Er is geen archief"
            " gemaakt. Zie wat er is veranderd met: verwerkingenlog verifieer"
        )
    sha256 = lines.sha256
    slot = Slot(
        acties=acties,
        versies=versies,
        beheer=beheer,
        opgeschoond=opgeschoond,
        sha256=sha256,
        handtekening=stand.sign(verhuizer.ring, signed_text(kop.naam, sha256)),
    )
    lines.write(written(slot))
    return slot


async def _leaves(connection: Connection, size: int) -> AsyncIterator[Bladeren]:
    count = -(-size // WIDTH)
    for first in range(0, count, _TILES):
        numbers = range(first, min(first + _TILES, count))
        found = await boom.tiles(connection, [(0, number) for number in numbers])
        for number in numbers:
            end = min(size - number * WIDTH, WIDTH) * HASH_BYTES
            yield Bladeren(eerste=number * WIDTH, hashes=found.get((0, number), b"")[:end])


async def _content(verhuizer: Verhuizer, size: int) -> AsyncIterator[Actie | Beheer]:
    ring = verhuizer.ring
    async for daad in verhuizing.daden(verhuizer.dienst, size):
        yield Beheer(
            blad=daad.blad,
            inhoud=canonical(daad.record.daad).decode(),
            zout=ring.salts(daad.record.zaad)(BEHEER),
            versies=daad.versies,
            bladen=daad.bladen,
        )
    async for page in verhuizing.acties(verhuizer.dienst, ring, size):
        for history in page:
            yield _actie(ring, history)


def _actie(ring: KeyRing, history: Sequence[Geplaatst]) -> Actie:
    return Actie(
        actie_id=history[0].record.versie.actie_id,
        versies=tuple(
            versieregel(record.versie, blad, record.vorige, ring.salts(record.zaad))
            for record, blad in history
        ),
    )


async def _later(connection: Connection, size: int) -> int:
    head = await boom.head(connection)
    waiting = await verhuizing.waiting(connection)
    return waiting + (0 if head is None else head.grootte - size)


async def _leave_record(verhuizer: Verhuizer, manifest: Manifest) -> None:
    inhoud = {
        "acties": manifest.acties,
        "grootte": manifest.grootte,
        "ontvangers": list(manifest.ontvangers),
        "sha256": manifest.sha256,
        "versies": manifest.versies,
        "wortel": manifest.wortel,
    }
    await verhuizer.note(Gebeurtenis.EXPORT, inhoud)
