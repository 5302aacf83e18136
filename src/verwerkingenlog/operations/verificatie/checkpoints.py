"""Signed checkpoints beside the tree: the one in the database, and those that were published (rule T1)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.ledger.checker import (
    Checkpoint,
    NotProven,
    VerifierKey,
    open_checkpoint,
    parse_checkpoint,
    parse_verifier_key,
)
from verwerkingenlog.operations.verificatie.bevinding import Bevinding, Plek, Soort, Wat
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.verificatie.tables import Kop

_TIME_TO_SIGN: Final = timedelta(minutes=1)
_OWN: Final = Plek(Wat.KOP, rij="checkpoint")


class Gepubliceerd(NamedTuple):
    """A checkpoint that was kept outside the database: where, and the note."""

    naam: str
    note: str


class Stand(NamedTuple):
    """What a signed checkpoint says, and where it was found."""

    plek: Plek
    checkpoint: Checkpoint


def read_verifier_keys(texts: Iterable[str]) -> tuple[VerifierKey, ...]:
    """Read verifier keys that were kept elsewhere. Raises `ConfigurationError` for any that is none."""
    try:
        return tuple(parse_verifier_key(text) for text in texts)
    except NotProven as error:
        raise ConfigurationError(f"--sleutel: {error}") from None


def open_standen(
    kop: Kop,
    published: Iterable[Gepubliceerd],
    ring: KeyRing,
    keys: Sequence[VerifierKey],
    now: datetime,
) -> tuple[list[Stand], list[Bevinding]]:
    """Open all checkpoints with these keys, or else with those of the ring; give what is no checkpoint too.

    The one in the database comes first; its key is never taken from there.
    """
    notes = [(Plek(Wat.CHECKPOINT, rij=one.naam), one.note) for one in published]
    found: list[Bevinding] = []
    if kop.checkpoint is not None:
        notes.insert(0, (_OWN, kop.checkpoint))
    elif kop.grootte and not _still_signing(kop, now):
        found.append(Bevinding(Soort.VERWIJDERD, _OWN, "De stand van het log is niet ondertekend."))
    standen = []
    for plek, note in notes:
        try:
            standen.append(Stand(plek, _opened(note, ring, keys)))
        except NotProven as error:
            found.append(Bevinding(Soort.GEWIJZIGD, plek, str(error)))
    return standen, found


def compare(stand: Stand, size: int, root: bytes | None) -> list[Bevinding]:
    """Give where a tree of this size does not extend a checkpoint, at whose size it has this root."""
    checkpoint = stand.checkpoint
    if checkpoint.size > size:
        uitleg = (
            f"Toen waren er {checkpoint.size} bladeren, en nu {size}: de laatste {checkpoint.size - size}"
            " zijn weg, of er is een oude reservekopie teruggezet."
        )
        return [Bevinding(Soort.AFGEBROKEN, stand.plek, uitleg)]
    if root != checkpoint.root:
        uitleg = f"De eerste {checkpoint.size} bladeren van de boom zijn niet meer die van toen."
        return [Bevinding(Soort.AFGEBROKEN, stand.plek, uitleg)]
    return []


def check_name(naam: str | None, standen: Sequence[Stand]) -> list[Bevinding]:
    """Give whether the log has another name than what was signed."""
    origins = {stand.checkpoint.origin for stand in standen}
    if naam is None or origins <= {naam}:
        return []
    uitleg = f"Het log heet {naam}, en ondertekende als {', '.join(sorted(origins - {naam}))}."
    return [Bevinding(Soort.GEWIJZIGD, Plek(Wat.KOP, rij="naam"), uitleg)]


def _opened(note: str, ring: KeyRing, keys: Sequence[VerifierKey]) -> Checkpoint:
    text, _, _ = note.rpartition("\n\n")
    origin = parse_checkpoint(f"{text}\n").origin
    own = [VerifierKey(origin, key.publiek) for key in ring.sleutels if key.publiek is not None]
    return open_checkpoint(note, keys or own)


def _still_signing(kop: Kop, now: datetime) -> bool:
    """Tell whether the sealer may be about to sign: it commits first."""
    return kop.verzegeld is not None and timedelta(0) <= now - kop.verzegeld < _TIME_TO_SIGN
