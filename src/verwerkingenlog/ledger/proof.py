"""Making proofs of a record (C2SP tlog-proof). Reading and checking them is `checker`'s."""

from collections.abc import Callable, Sequence
from functools import cache

from verwerkingenlog.ledger.checker import (
    Opened,
    Opening,
    Part,
    Persoon,
    Proof,
    VersieOpening,
    closed,
    leaf_hash,
    node_hash,
    proof_text,
    root_hash,
)
from verwerkingenlog.ledger.tree import inclusion, largest_power_below


def open_versie(
    gemeenschappelijk: Part, intern: Part, personen: Sequence[Part], vorige: bytes
) -> VersieOpening:
    """Show of a version the parts that are given opened, and only the commitments to the others.

    `personen` are all persons of the record in the order of its leaf. Rule I4: of those that stay closed a
    proof holds no more than hashes over salted commitments.
    """
    leaves = [leaf_hash(closed(persoon)) for persoon in personen]
    if all(isinstance(persoon, Opened) for persoon in personen):
        geopend = tuple(Persoon(persoon, ()) for persoon in personen if isinstance(persoon, Opened))
        return VersieOpening(gemeenschappelijk, intern, root_hash(leaves), geopend, alle=True, vorige=vorige)
    subtree = _subtrees(leaves)
    geopend = tuple(
        Persoon(persoon, _path(place, len(leaves), subtree))
        for place, persoon in enumerate(personen)
        if isinstance(persoon, Opened)
    )
    return VersieOpening(gemeenschappelijk, intern, root_hash(leaves), geopend, alle=False, vorige=vorige)


def _path(place: int, count: int, subtree: Callable[[int, int], bytes]) -> tuple[tuple[bool, bytes], ...]:
    """Give the way from a leaf of the small tree of persons up to its root (RFC 6962, section 2.1.1).

    It says left or right at each step instead of number and count: those would not be bound by the root.
    """
    return tuple((part.end <= place, subtree(*part)) for part in inclusion(place, count))


def _subtrees(leaves: Sequence[bytes]) -> Callable[[int, int], bytes]:
    """Give what gives the hash over a part of the leaves, each computed once (RFC 6962, section 2.1)."""

    @cache
    def subtree(first: int, end: int) -> bytes:
        if end - first == 1:
            return leaves[first]
        middle = first + largest_power_below(end - first)
        return node_hash(subtree(first, middle), subtree(middle, end))

    return subtree


def make_proof(opening: Opening, number: int, path: Sequence[bytes], checkpoint: str) -> bytes:
    """Give the proof file of a record: leaf `number` under the signed checkpoint, by this path. Rule T2."""
    return proof_text(Proof(opening, number, tuple(path), checkpoint)).encode()
