"""What a proof of the log consists of, and how it is checked.

This file needs nothing but Python's standard library and `cryptography`: an auditor can read it, keep it, and
run it without the log. The rest of the log uses these same functions.

    python checker.py BEWIJS --sleutel SLEUTEL

Formats: RFC 6962 (the tree), RFC 9162 (how its proofs are checked), C2SP signed-note, tlog-checkpoint and
tlog-proof. Each text has one spelling: what was read is written again and must be the same bytes, so that no
bit of a proof can be changed unseen.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASH_BYTES: Final = 32
NO_LEAF: Final = bytes(HASH_BYTES)
"""Stands for the leaf before that of an actie's first version."""

_VERSIE: Final = b"verwerkingenlog/versie/1\n"
_BEHEER: Final = b"verwerkingenlog/beheer/1\n"
_PROOF: Final = "c2sp.org/tlog-proof@v1"
_ED25519: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
_DECIMAL: Final = re.compile("0|[1-9][0-9]{0,18}")
_MOST_CHARACTERS: Final = 1_000_000
_MOST_SIGNATURES: Final = 100


class NotProven(Exception):
    """Dit is niet bewezen. The message says, in Dutch, what does not hold."""


# --- The tree ---------------------------------------------------------------------------------------------


def commitment(salt: bytes, content: bytes) -> bytes:
    """Commit to content without showing it: SHA-256 over a secret salt of 32 bytes and the content."""
    return hashlib.sha256(salt + content).digest()


def versie_entry(gemeenschappelijk: bytes, intern: bytes, personen: bytes, vorige: bytes) -> bytes:
    """Give the entry of a version: three commitments and the leaf of the version before, 32 bytes each.

    `personen` is the root of the small tree over the commitments to each person. Rule T1.
    """
    return b"".join((_VERSIE, gemeenschappelijk, intern, personen, vorige))


def beheer_entry(inhoud: bytes) -> bytes:
    """Give the entry of what an administrator did, from the commitment to it."""
    return _BEHEER + inhoud


def leaf_hash(entry: bytes) -> bytes:
    """Give the hash of an entry as a leaf (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the hash of a node of the tree from those of its children (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_hash(leaves: Sequence[bytes]) -> bytes:
    """Give the root of the tree over these leaf hashes (RFC 6962, section 2.1: MTH)."""
    if not leaves:
        return hashlib.sha256().digest()
    level = list(leaves)
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        # A node without a neighbour moves up as it is: so the left part is always the largest full tree.
        level = paired + level[len(paired) * 2 :]
    return level[0]


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Check that `leaf` is number `index`, from 0, of the tree (RFC 9162, 2.1.3.2). Rule T2."""
    if not 0 <= index < size:
        raise NotProven("Het log heeft geen blad met dit nummer.")
    _check_hashes(leaf, *path)
    first, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise NotProven("Het pad naar de wortel van het log is te lang.")
        if first & 1 or first == last:
            found = node_hash(sibling, found)
            first, last = _skip_levels_without_sibling(first, last)
        else:
            found = node_hash(found, sibling)
        first, last = first >> 1, last >> 1
    if last or found != root:
        raise NotProven("Dit blad staat niet op deze plaats in het log.")


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree of size `new` extends the one of size `old` (RFC 9162, 2.1.4.2). Rule T2."""
    if not 0 < old <= new:
        raise NotProven("Alleen van een log dat niet leeg is en niet kleiner werd, is te zien dat het klopt.")
    if old == new:
        if path or old_root != new_root:
            raise NotProven("Twee even grote logs zijn niet gelijk.")
        return
    if not path:
        raise NotProven("Het bewijs dat het log alleen groeide, is leeg.")
    _check_hashes(*path)
    old_is_full = old & (old - 1) == 0
    start, *siblings = [old_root, *path] if old_is_full else path
    first, last = _skip_shared_levels(old - 1, new - 1)
    found_old = found_new = start
    for sibling in siblings:
        if last == 0:
            raise NotProven("Het bewijs dat het log alleen groeide, is te lang.")
        if first & 1 or first == last:
            found_old, found_new = node_hash(sibling, found_old), node_hash(sibling, found_new)
            first, last = _skip_levels_without_sibling(first, last)
        else:
            found_new = node_hash(found_new, sibling)
        first, last = first >> 1, last >> 1
    if last or (found_old, found_new) != (old_root, new_root):
        raise NotProven("Het latere log is niet een voortzetting van het eerdere.")


def _skip_levels_without_sibling(first: int, last: int) -> tuple[int, int]:
    """Go up while a node has no neighbour to its right (2.1.3.2, step 4b; 2.1.4.2, step 6b)."""
    while first and not first & 1:
        first, last = first >> 1, last >> 1
    return first, last


def _skip_shared_levels(first: int, last: int) -> tuple[int, int]:
    """Go up to the first full subtree that both trees have (2.1.4.2, step 4)."""
    while first & 1:
        first, last = first >> 1, last >> 1
    return first, last


def _check_hashes(*hashes: bytes) -> None:
    if any(len(value) != HASH_BYTES for value in hashes):
        raise NotProven("Een hash in het bewijs heeft niet de goede lengte.")


# --- Signed notes and checkpoints -------------------------------------------------------------------------


class VerifierKey(NamedTuple):
    """A public Ed25519 key with the name under which it signs (signed-note, Verifier keys)."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that a signature names its key by."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_KEY_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as people keep it: name+hash+key."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(_ED25519 + self.public)}"


class Checkpoint(NamedTuple):
    """How large a log was, and the root of its tree then (tlog-checkpoint)."""

    origin: str
    size: int
    root: bytes


def parse_verifier_key(text: str) -> VerifierKey:
    """Read a verifier key. Raises NotProven for another kind of key, and for any other spelling."""
    name, _, rest = text.partition("+")
    material = from_base64(rest.partition("+")[2])
    key = VerifierKey(name, material[1:])
    if not is_key_name(name) or len(key.public) != HASH_BYTES or key.text != text:
        raise NotProven("De sleutel is niet goed overgenomen, of is er geen van de soort Ed25519.")
    return key


def is_key_name(name: str) -> bool:
    """Tell whether keys may have this name (signed-note, Format)."""
    return name != "" and not any(
        c.isspace() or c == "+" or c < " " or "\ud800" <= c < "\ue000" for c in name
    )


def open_note(note: str, keys: Iterable[VerifierKey]) -> tuple[str, tuple[VerifierKey, ...]]:
    """Give the text of a signed note and the keys that signed it, at least one of them (signed-note).

    Signatures by other keys are passed over, as the specification demands; a wrong one by these is refused.
    """
    known = {(key.name, key.key_id): key for key in keys}
    text, signatures = _split_note(note)
    signed = []
    for name, signature in signatures:
        key = known.get((name, signature[:_KEY_ID_BYTES]))
        if key is not None:
            _check_signature(key, text, signature[_KEY_ID_BYTES:])
            signed.append(key)
    if not signed:
        raise NotProven("Geen van de opgegeven sleutels heeft dit ondertekend.")
    return text, tuple(signed)


def open_checkpoint(note: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """Give the checkpoint in a signed note; a key with the name of its log must have signed it. Rule T1."""
    text, signed = open_note(note, keys)
    checkpoint = parse_checkpoint(text)
    if all(key.name != checkpoint.origin for key in signed):
        raise NotProven("Dit is ondertekend met de sleutel van een ander log.")
    return checkpoint


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint (tlog-checkpoint, Note text); extension lines are passed over."""
    *lines, end = text.split("\n")
    if len(lines) < 3 or end or not all(lines) or _DECIMAL.fullmatch(lines[1]) is None:  # noqa: PLR2004
        raise NotProven("De stand van het log is niet goed geschreven.")
    checkpoint = Checkpoint(lines[0], int(lines[1]), from_base64(lines[2]))
    _check_hashes(checkpoint.root)
    return checkpoint


def to_base64(data: bytes) -> str:
    """Write bytes as RFC 4648, section 4, has it."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes:
    """Read what `to_base64` wrote, and no other spelling: the last character may have bits to spare."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if to_base64(data) != text:
        raise NotProven("Een deel dat base64 moet zijn, is het niet.")
    return data


def _split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    head, blank_line, tail = note.rpartition("\n\n")
    *lines, end = tail.split("\n")
    if not blank_line or end or not lines or any(c < " " and c != "\n" for c in note):
        raise NotProven("Dit is geen ondertekende tekst.")
    if len(note) > _MOST_CHARACTERS or len(lines) > _MOST_SIGNATURES:
        raise NotProven("De ondertekende tekst is te lang.")
    return head + "\n", [_split_signature(line) for line in lines]


def _split_signature(line: str) -> tuple[str, bytes]:
    """Read `— name base64(key ID || signature)`."""
    mark, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    signature = from_base64(encoded)
    if mark != "\N{EM DASH}" or not is_key_name(name) or len(signature) <= _KEY_ID_BYTES:
        raise NotProven("Een ondertekening is niet goed geschreven.")
    return name, signature


def _check_signature(key: VerifierKey, text: str, signature: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except (InvalidSignature, ValueError) as error:
        raise NotProven("De ondertekening klopt niet: de tekst of de sleutel is een andere.") from error
