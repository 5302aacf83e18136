"""From a person to a pseudonym and back (rule M7)."""

from typing import NamedTuple

from verwerkingenlog.domain.betrokkene import Betrokkene
from verwerkingenlog.storage.keyring import KeyRing


class Pseudonym(NamedTuple):
    """What the database holds of a person: `zoekindex` finds, `cijfertekst` reveals under key `sleutel`."""

    zoekindex: bytes
    sleutel: int
    cijfertekst: bytes
    zoekindex_nieuw: bytes | None = None
    """The index under the search key that is to follow, while one follows another."""


def _plaintext(betrokkene: Betrokkene) -> bytes:
    # No part can hold NUL (rule P4), so two different persons never give the same bytes.
    return "\0".join(betrokkene).encode()


def search_index(ring: KeyRing, betrokkene: Betrokkene) -> bytes:
    """Give the index under which a person is found."""
    return ring.search_index(_plaintext(betrokkene))


def pseudonymise(ring: KeyRing, betrokkene: Betrokkene) -> Pseudonym:
    """Make the pseudonym of a person; its ciphertext is bound to its index, so no two can be exchanged."""
    plaintext = _plaintext(betrokkene)
    zoekindex = ring.search_index(plaintext)
    return Pseudonym(
        zoekindex, ring.reveal_id, ring.hide(plaintext, zoekindex), ring.second_search_index(plaintext)
    )


def reveal(ring: KeyRing, pseudonym: Pseudonym) -> Betrokkene:
    """Give the person behind a pseudonym. Raises `ConfigurationError` as `KeyRing.reveal` does."""
    plaintext = ring.reveal(pseudonym.sleutel, pseudonym.cijfertekst, pseudonym.zoekindex)
    return Betrokkene(*plaintext.decode().split("\0"))
