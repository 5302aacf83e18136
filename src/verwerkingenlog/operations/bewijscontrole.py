"""Check a proof file without the log, and whether the log that it is of only grew since (rule T2)."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from verwerkingenlog.errors import ConfigurationError, NotFound, ProofRefused
from verwerkingenlog.ledger.checker import (
    Checkpoint,
    NotProven,
    VerifierKey,
    describe,
    open_checkpoint,
    parse_verifier_key,
    verify_consistency,
    verify_proof,
)
from verwerkingenlog.ledger.tiles import TilePath, tile_path, width_at
from verwerkingenlog.ledger.tree import consistency, hashes, tiles_of

Tegels = Callable[[str], bytes]
"""Gives the tile at a path below the prefix of the log, as `tile/0/000.p/3`. Raises `NotFound`.

It need not be trusted: the hashes in it either lead to the signed roots or they do not.
"""


class Bewezen(NamedTuple):
    """What a proof has proven: in words, and the checkpoint that it leads to."""

    tekst: str
    checkpoint: Checkpoint


def keys_from(sleutels: Iterable[str]) -> list[VerifierKey]:
    """Read verifier keys as people keep them: name+hash+key. Raises `ConfigurationError`."""
    try:
        return [parse_verifier_key(text) for text in sleutels]
    except NotProven as error:
        raise ConfigurationError(f"--sleutel: {error}") from None


def check_proof(proof: bytes, keys: Iterable[VerifierKey]) -> Bewezen:
    """Check a proof file. Raises `ProofRefused`, which says what does not hold."""
    try:
        held, checkpoint = verify_proof(proof, keys)
    except NotProven as error:
        raise ProofRefused(f"Dit is niet bewezen. {error}") from None
    return Bewezen(describe(held, checkpoint), checkpoint)


def check_growth(one: Checkpoint, note: str, keys: Iterable[VerifierKey], tegels: Tegels) -> Checkpoint:
    """Check that of this checkpoint and that in a note one log extends the other; give the second one.

    Raises `ProofRefused`, and what `tegels` raises.
    """
    try:
        other = open_checkpoint(note, keys)
        old, new = sorted((one, other), key=lambda checkpoint: checkpoint.size)
        _check_same_log(old, new)
        verify_consistency(old.size, new.size, _path(old.size, new.size, tegels), old.root, new.root)
    except NotProven as error:
        raise ProofRefused(f"Niet bewezen is dat het log alleen groeide. {error}") from None
    return other


def _check_same_log(old: Checkpoint, new: Checkpoint) -> None:
    if old.origin != new.origin:
        raise NotProven("Het bewijs en het checkpoint zijn van verschillende logs.")


def _path(old: int, new: int, tegels: Tegels) -> tuple[bytes, ...]:
    if not 0 < old < new:
        return ()
    ranges = consistency(old, new)
    try:
        found = {(level, number): _tile(level, number, new, tegels) for level, number in tiles_of(ranges)}
        return hashes(ranges, lambda level, number: found[level, number])
    except ValueError:
        raise NotProven("Een tegel van het log is korter dan hij hoort te zijn.") from None


def _tile(level: int, number: int, size: int, tegels: Tegels) -> bytes:
    asked = TilePath(level, number, width_at(level, number, size))
    try:
        return tegels(tile_path(asked))
    except NotFound:
        # One that is full by now may have replaced it (tlog-tiles, Partial Tiles).
        return tegels(tile_path(TilePath(level, number)))
