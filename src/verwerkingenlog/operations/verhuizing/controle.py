"""Is an archive what the log signed? Every line must lead to the root in its checkpoint (rules T2, T3)."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing
from typing import Final

from msgspec import Struct

from verwerkingenlog.domain.beheer import Gebeurtenis
from verwerkingenlog.domain.opschoning import versies_sha256
from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.errors import ArchiveRefused
from verwerkingenlog.ledger.bladen import BEHEER, beheer_blad, blad
from verwerkingenlog.ledger.checker import (
    HASH_BYTES,
    NO_LEAF,
    Checkpoint,
    NotProven,
    VerifierKey,
    open_checkpoint,
    open_note,
)
from verwerkingenlog.ledger.tiles import TILE_BYTES, extend
from verwerkingenlog.operations.verhuizing.geschiedenis import history, salts_of
from verwerkingenlog.operations.verhuizing.regels import (
    Actie,
    Beheer,
    Bladeren,
    Kop,
    Regel,
    Slot,
    parse,
    signed_text,
)
from verwerkingenlog.operations.verhuizing.schijf import Leaves, Seen

_MOST_LEAVES: Final = 1 << 40


class Overzicht(Struct, frozen=True):
    """What an archive that holds was found to be."""

    kop: Kop
    checkpoint: Checkpoint
    slot: Slot


def header_of(lines: Iterable[bytes]) -> Kop:
    """Give the first line of an archive. Raises `ArchiveRefused`."""
    for line in lines:
        regel = _parsed(line, 1)
        if isinstance(regel, Kop):
            return regel
        break
    raise ArchiveRefused("Dit is geen archief van een verwerkingenlog: het begint niet met een kop.")


class Controle:
    """The check of one archive, line by line, in the order in which they stand.

    `keys` are those of the log that the user trusts. What is wrong raises `ArchiveRefused`, which names the
    line and nothing of its content (rule M7). To be closed when done.
    """

    def __init__(self, keys: Sequence[VerifierKey]) -> None:
        self._keys = keys
        self._files = ExitStack()
        self._leaves = self._files.enter_context(closing(Leaves()))
        self._hash = hashlib.sha256()
        self._line = 0
        self._size = 0
        self._edge: tuple[bytes, ...] = ()
        self._acties = self._versies = self._beheer = 0
        self._kop: Kop | None = None
        self._slot: Slot | None = None

    def close(self) -> None:
        """Let go of what was remembered on disk."""
        self._files.close()

    def take(self, line: bytes) -> tuple[Versie, ...] | None:
        """Check the next line; gives the history where it holds an actie."""
        self._line += 1
        regel = _parsed(line, self._line)
        if self._slot is not None:
            raise self._refusal("er staat nog iets na het slot")
        if isinstance(regel, Slot):
            self._end(regel)
            return None
        self._hash.update(line)
        match regel:
            case Kop():
                self._begin(regel)
            case Bladeren():
                self._grow(regel)
            case Beheer():
                self._check_beheer(regel)
            case Actie():
                return self._check_actie(regel)
        return None

    @property
    def done(self) -> int:
        """How many leaves were met with their content."""
        return self._leaves.struck

    @property
    def total(self) -> int:
        """How many leaves there are."""
        return self._size

    def outcome(self) -> Overzicht:
        """Give what was found, once all lines were taken."""
        if self._kop is None or self._slot is None:
            raise ArchiveRefused("Het archief is niet compleet: het slot ontbreekt.")
        return Overzicht(self._kop, self._checkpoint, self._slot)

    def _begin(self, kop: Kop) -> None:
        if self._kop is not None:
            raise self._refusal("er is al een kop")
        try:
            self._checkpoint = open_checkpoint(kop.checkpoint, self._keys)
        except NotProven as error:
            raise self._refusal(
                f"de stand van het log is niet bewezen. {error} Geef met --sleutel alle sleutels van dat log"
            ) from None
        if (kop.naam, kop.grootte) != self._checkpoint[:2] or kop.grootte > _MOST_LEAVES:
            raise self._refusal("de kop en de ondertekende stand spreken elkaar tegen")
        self._kop = kop
        self._seen = self._files.enter_context(closing(Seen(kop.grootte)))

    def _grow(self, regel: Bladeren) -> None:
        kop = self._header()
        left = (kop.grootte - self._size) * HASH_BYTES
        if regel.eerste != self._size or len(regel.hashes) != min(left, TILE_BYTES) or not left:
            raise self._refusal("de bladeren sluiten niet aan")
        leaves = [regel.hashes[i : i + HASH_BYTES] for i in range(0, len(regel.hashes), HASH_BYTES)]
        grown = extend(self._size, self._edge, leaves)
        self._leaves.put(self._size, regel.hashes)
        self._size, self._edge = grown.size, grown.edge
        if self._size == kop.grootte and grown.root != self._checkpoint.root:
            raise self._refusal("de bladeren geven niet de wortel die het log heeft ondertekend")

    def _check_beheer(self, regel: Beheer) -> None:
        self._require_tree()
        salts = {BEHEER: regel.zout}
        if not self._leaves.strike(regel.blad, beheer_blad(regel.inhoud.encode(), salts.__getitem__)):
            raise self._refusal("wat een beheerder deed, is niet wat er in het log staat")
        if not _is_manifest(regel):
            raise self._refusal("de lijst van een opschoning is niet die waar het log van zegt")
        if not all(self._leaves.purge(blad) for blad in regel.bladen if blad is not None):
            raise self._refusal("een opschoning noemt een versie die er nog is, of er nooit was")
        self._beheer += 1

    def _check_actie(self, actie: Actie) -> tuple[Versie, ...]:
        self._require_tree()
        try:
            versies = history(actie)
            bladen = [
                blad(versie, regel.vorige, salts_of(regel))
                for versie, regel in zip(versies, actie.versies, strict=True)
            ]
        except (ValueError, LookupError):
            raise self._refusal("deze actie is niet zoals een log haar schrijft") from None
        if not self._seen.add(actie.actie_id):
            raise self._refusal("deze actie staat er twee keer in")
        before = NO_LEAF
        for regel, leaf in zip(actie.versies, bladen, strict=True):
            # A version from before the log had leaves has none that the next could name.
            if regel.vorige not in {before, NO_LEAF} or not self._leaves.strike(regel.blad, leaf):
                raise self._refusal("deze actie is niet wat er in het log staat")
            before = leaf
        self._acties += 1
        self._versies += len(versies)
        return versies

    def _end(self, slot: Slot) -> None:
        self._require_tree()
        found = Slot(
            acties=self._acties,
            versies=self._versies,
            beheer=self._beheer,
            opgeschoond=self._leaves.purged,
            sha256=self._hash.hexdigest(),
            handtekening=slot.handtekening,
        )
        if slot != found:
            raise self._refusal("het slot klopt niet met wat ervoor staat")
        if self._leaves.struck != self._size:
            missing = self._size - self._leaves.struck
            raise self._refusal(f"van {missing} records is alleen de hash er, niet de inhoud")
        self._check_signature(slot)
        self._slot = slot

    def _check_signature(self, slot: Slot) -> None:
        # The tree does not tell which of the versions that a purge names are gone; the log does.
        try:
            text, signed = open_note(slot.handtekening, self._keys)
        except NotProven as error:
            raise self._refusal(f"het slot is niet ondertekend. {error}") from None
        naam = self._checkpoint.origin
        if text != signed_text(naam, slot.sha256) or all(key.name != naam for key in signed):
            raise self._refusal("het slot is van een ander archief")

    def _header(self) -> Kop:
        if self._kop is None:
            raise self._refusal("de kop ontbreekt")
        return self._kop

    def _require_tree(self) -> None:
        if self._size != self._header().grootte:
            raise self._refusal("de bladeren zijn niet compleet")

    def _refusal(self, reason: str) -> ArchiveRefused:
        return ArchiveRefused(
            f"Het archief klopt niet. Regel {self._line}: {reason.removesuffix('.')}. Er is niets ingelezen."
        )


def _is_manifest(regel: Beheer) -> bool:
    """Tell whether the versions that a line names are those of a purge, or none where it is of no purge."""
    match json.loads(regel.inhoud):
        case {"gebeurtenis": Gebeurtenis.OPSCHONING, "inhoud": {"versies_sha256": sha256}}:
            named = sha256 == versies_sha256(regel.versies)
        case _:
            named = not regel.versies
    return named and len(regel.versies) == len(regel.bladen)


def _parsed(line: bytes, number: int) -> Regel:
    try:
        return parse(line)
    except ValueError:
        # Without its words: they may hold values (rule M7).
        raise ArchiveRefused(
            f"Het archief klopt niet. Regel {number} is niet te lezen: zij is veranderd, of van een nieuwere"
            " versie van het log. Er is niets ingelezen."
        ) from None
