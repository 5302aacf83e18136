"""Making proofs of a record (C2SP tlog-proof). Reading and checking them is `checker`'s."""

from collections.abc import Sequence

from verwerkingenlog.ledger.checker import (
    Opened,
    Opening,
    Part,
    Persoon,
    Proof,
    VersieOpening,
    closed,
    leaf_hash,
    proof_text,
    root_hash,
)
from verwerkingenlog.ledger.tree import inclusion


def open_versie(
    gemeenschappelijk: Part, intern: Part, personen: Sequence[Part], vorige: bytes
) -> VersieOpening:
    """Show of a version the parts that are given opened, and only the commitments to the others.

    `personen` are all persons of the record in the order of its leaf. Rule I4: of those that stay closed a
    proof holds no more than hashes over salted commitments.
    """
    leaves = [leaf_hash(closed(persoon)) for persoon in personen]
    geopend = tuple(
        Persoon(persoon, person_path(place, leaves))
        for place, persoon in enumerate(personen)
        if isinstance(persoon, Opened)
    )
    return VersieOpening(gemeenschappelijk, intern, root_hash(leaves), geopend, vorige)


def person_path(place: int, leaves: Sequence[bytes]) -> tuple[tuple[bool, bytes], ...]:
    """Give the way from a leaf of the small tree of persons up to its root (RFC 6962, section 2.1.1).

    It says left or right at each step instead of number and count: those would not be bound by the root.
    """
    return tuple(
        (part.end <= place, root_hash(leaves[part.first : part.end]))
        for part in inclusion(place, len(leaves))
    )


def make_proof(opening: Opening, number: int, path: Sequence[bytes], checkpoint: str) -> bytes:
    """Give the proof file of a record: leaf `number` under the signed checkpoint, by this path. Rule T2."""
    return proof_text(Proof(opening, number, tuple(path), checkpoint)).encode()
