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
import json
import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASH_BYTES: Final = 32
NO_LEAF: Final = bytes(HASH_BYTES)
"""Stands for the leaf before that of an actie's first version."""

_UNREADABLE: Final = "Dit is geen bewijs van het verwerkingenlog, of het is veranderd."
_VERSIE: Final = b"verwerkingenlog/versie/1\n"
_BEHEER: Final = b"verwerkingenlog/beheer/1\n"
_ED25519: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
KEY_NAME: Final = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")
"""The names that a key may have (signed-note, Format)."""
_VERIFIER_KEY: Final = re.compile(rf"({KEY_NAME.pattern})\+[0-9a-f]{{8}}\+([A-Za-z0-9+/]{{44}})")
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
    if old == new and (path or old_root != new_root):
        raise NotProven("Twee even grote logs zijn niet gelijk.")
    if old == new:
        return
    if not path:
        raise NotProven("Het bewijs dat het log alleen groeide, is leeg.")
    _check_hashes(*path)
    old_is_full_tree = old & (old - 1) == 0
    start, *siblings = [old_root, *path] if old_is_full_tree else path
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
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
    written = _VERIFIER_KEY.fullmatch(text)
    key = VerifierKey(written[1], from_base64(written[2])[1:]) if written else None
    if key is None or key.text != text:
        raise NotProven("De sleutel is niet goed overgenomen, of is er geen van de soort Ed25519.")
    return key


def open_note(note: str, keys: Iterable[VerifierKey]) -> tuple[str, tuple[VerifierKey, ...]]:
    """Give the text of a signed note and the keys that signed it, at least one of them (signed-note).

    Signatures by other keys are passed over, as the specification demands; a wrong one by these is refused.
    """
    known = {(key.name, key.key_id): key for key in keys}
    text, signatures = _split_note(note)
    signed = []
    for name, signature in signatures:
        key = known.get((name, signature[:_KEY_ID_BYTES]))
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature[_KEY_ID_BYTES:], text.encode())
        except (InvalidSignature, ValueError) as error:
            raise NotProven("De ondertekening klopt niet: de tekst of de sleutel is een andere.") from error
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
    return Checkpoint(lines[0], int(lines[1]), _hash_from(lines[2]))


def to_base64(data: bytes) -> str:
    """Write bytes as RFC 4648, section 4, has it."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes:
    """Read what `to_base64` wrote, and no other spelling: the last character may have bits to spare."""
    with suppress(ValueError):
        data = base64.b64decode(text, validate=True)
        if to_base64(data) == text:
            return data
    raise NotProven(_UNREADABLE)


def _hash_from(text: str) -> bytes:
    value = from_base64(text)
    _check_hashes(value)
    return value


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
    if mark != "\N{EM DASH}" or not KEY_NAME.fullmatch(name) or len(signature) <= _KEY_ID_BYTES:
        raise NotProven("Een ondertekening is niet goed geschreven.")
    return name, signature


# --- Proofs -----------------------------------------------------------------------------------------------


class Opened(NamedTuple):
    """A part of a record that a proof shows: its text (JSON, as RFC 8785 writes it), and its salt."""

    inhoud: str
    zout: bytes

    @property
    def commitment(self) -> bytes:
        """What the log committed to."""
        return commitment(self.zout, self.inhoud.encode())

    @property
    def fields(self) -> dict[str, object]:
        """The names and values in it, none where it holds something else."""
        fields = _read_json(self.inhoud)
        return fields if isinstance(fields, dict) else {}


Part: TypeAlias = Opened | bytes
"""A part that is open, or the commitment to one that stays closed."""


class Persoon(NamedTuple):
    """A person of the record that a proof shows, and the way up to the root of the small tree.

    Each step is the hash that stands beside it, and whether that stands to the left.
    """

    deel: Opened
    pad: tuple[tuple[bool, bytes], ...]

    @property
    def root(self) -> bytes:
        """The root of the small tree that this person is in."""
        found = leaf_hash(self.deel.commitment)
        for is_left, sibling in self.pad:
            found = node_hash(sibling, found) if is_left else node_hash(found, sibling)
        return found


class VersieOpening(NamedTuple):
    """What a proof shows of a version; `personen` is the root of the small tree, `geopend` who are shown."""

    gemeenschappelijk: Part
    intern: Part
    personen: bytes
    geopend: tuple[Persoon, ...]
    alle: bool
    """Whether those are all persons, in order; then none has a way up to the root."""
    vorige: bytes


Opening: TypeAlias = VersieOpening | Opened
"""What a proof shows: of a version some parts, of what an administrator did (beheer) the whole."""


class Proof(NamedTuple):
    """A proof file: what it opens, its leaf's number, the path to the root, and the signed checkpoint."""

    opening: Opening
    number: int
    path: tuple[bytes, ...]
    checkpoint: str


def verify_proof(data: bytes, keys: Iterable[VerifierKey]) -> tuple[Proof, Checkpoint]:
    """Check a proof file from its opened parts up to the signature (tlog-proof, Verifying). Rule T2."""
    proof = parse_proof(data)
    checkpoint = open_checkpoint(proof.checkpoint, keys)
    verify_inclusion(proof.number, checkpoint.size, opening_leaf(proof.opening), proof.path, checkpoint.root)
    return proof, checkpoint


def opening_leaf(opening: Opening) -> bytes:
    """Compute the leaf of a record from what is shown of it and the commitments to the rest."""
    if isinstance(opening, Opened):
        return leaf_hash(beheer_entry(opening.commitment))
    gemeenschappelijk, intern, personen, geopend, alle, vorige = opening
    # Where all are shown none may have a way up: it would be shown beside the root, and proven by nothing.
    whole = [root_hash([leaf_hash(deel.commitment) for deel, _ in geopend]), *(b"" for p in geopend if p.pad)]
    if any(root != personen for root in (whole if alle else [persoon.root for persoon in geopend])):
        raise NotProven("De gegevens van een persoon horen niet bij deze actie.")
    return leaf_hash(versie_entry(closed(gemeenschappelijk), closed(intern), personen, vorige))


def closed(part: Part) -> bytes:
    """Give the commitment to a part."""
    return part.commitment if isinstance(part, Opened) else part


def proof_text(proof: Proof) -> str:
    """Write a proof file (tlog-proof, Format); what is opened is the extra data."""
    extra = to_base64(_opening_text(proof.opening).encode())
    lines = ["c2sp.org/tlog-proof@v1", f"extra {extra}", f"index {proof.number}", *map(to_base64, proof.path)]
    return "\n".join(lines) + "\n\n" + proof.checkpoint


def parse_proof(data: bytes) -> Proof:
    """Read a proof file as `proof_text` writes it. Says nothing yet about whether it holds."""
    with suppress(KeyError, TypeError, ValueError, RecursionError):
        head, _, checkpoint = data.decode().partition("\n\n")
        _, extra, number, *path = head.split("\n")
        opening = _opening(_read_json(from_base64(extra.removeprefix("extra ")).decode()))
        proof = Proof(opening, int(number.removeprefix("index ")), tuple(map(_hash_from, path)), checkpoint)
        if proof_text(proof).encode() == data:
            return proof
    raise NotProven(_UNREADABLE)


def _opening_text(opening: Opening) -> str:
    if isinstance(opening, Opened):
        return canonical_json({"soort": "beheer", "inhoud": _written(opening)})
    gemeenschappelijk, intern, personen, geopend, alle, vorige = opening
    value = {
        "soort": "versie",
        "alle": alle,
        "gemeenschappelijk": _written(gemeenschappelijk),
        "intern": _written(intern),
        "personen": to_base64(personen),
        "geopend": [*map(_written_person, geopend)],
        "vorige": to_base64(vorige),
    }
    return canonical_json(value)


def _written(part: Part) -> object:
    if isinstance(part, Opened):
        return {"inhoud": part.inhoud, "zout": to_base64(part.zout)}
    return to_base64(part)


def _written_person(persoon: Persoon) -> object:
    pad = [["links" if is_left else "rechts", to_base64(sibling)] for is_left, sibling in persoon.pad]
    return {"deel": _written(persoon.deel), "pad": pad}


def _opening(value: Any) -> Opening:  # noqa: ANN401 - what is wrong shows when it is written again
    if value["soort"] == "beheer":
        return _opened(value["inhoud"])
    return VersieOpening(
        _part(value["gemeenschappelijk"]),
        _part(value["intern"]),
        _hash_from(value["personen"]),
        tuple(map(_persoon, value["geopend"])),
        bool(value["alle"]),
        _hash_from(value["vorige"]),
    )


def _part(value: Any) -> Part:  # noqa: ANN401 - as above
    return _hash_from(value) if isinstance(value, str) else _opened(value)


def _opened(value: Any) -> Opened:  # noqa: ANN401 - as above
    part = Opened(value["inhoud"], _hash_from(value["zout"]))
    if part.fields:
        return part
    raise NotProven(_UNREADABLE)


def _persoon(value: Any) -> Persoon:  # noqa: ANN401 - as above
    pad = ((side == "links", _hash_from(sibling)) for side, sibling in value["pad"])
    return Persoon(_opened(value["deel"]), tuple(pad))


def canonical_json(value: object) -> str:
    """Write a value as RFC 8785 has it, for names in ASCII and numbers that are whole."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _read_json(text: str) -> object:
    """Read what `canonical_json` wrote, and no other spelling."""
    value: object = json.loads(text)
    if canonical_json(value) != text:
        raise NotProven(_UNREADABLE)
    return value


# --- The program ------------------------------------------------------------------------------------------


def describe(proof: Proof, checkpoint: Checkpoint) -> str:
    """Say in Dutch what a proof that holds has proven."""
    lines = [
        "Dit is bewezen: de gegevens hieronder staan precies zo in het log.",
        f"Log: {_printable(checkpoint.origin)}",
        f"Plaats: blad {proof.number} (het eerste is 0) van een log met {checkpoint.size} bladen",
    ]
    if isinstance(proof.opening, Opened):
        return "\n".join(lines + _described("Beheer van het log", proof.opening))
    gemeenschappelijk, intern, _, geopend, alle, vorige = proof.opening
    lines.append(f"Noemt de versie waar zij op volgt: {'nee' if vorige == NO_LEAF else 'ja'}")
    lines += _described("Gegevens over de actie", gemeenschappelijk)
    lines += _described("Interne gegevens", intern)
    for persoon in geopend:
        lines += _described("Gegevens over een persoon", persoon.deel)
    some = "Zijn er nog andere personen in deze actie, dan zegt dit bewijs niet wie dat zijn."
    return "\n".join([*lines, "", "Andere personen zijn er niet in deze actie." if alle else some])


def _described(title: str, part: Part) -> list[str]:
    if not isinstance(part, Opened):
        return ["", f"{title}: niet geopend"]
    return ["", title, *(f"  {_printable(name)}: {_printable(value)}" for name, value in part.fields.items())]


def _printable(value: object) -> str:
    """Write a value so that it can't steer the terminal or look like a line of this program."""
    text = value if isinstance(value, str) else canonical_json(value)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def main(arguments: Sequence[str]) -> int:
    """Check the proof file that the command line names. Gives 0 if it holds, 1 if not, 2 without one."""
    path, *options = arguments or [""]
    if not options or len(options) % 2 or set(options[::2]) != {"--sleutel"}:
        sys.stderr.write("Gebruik: python checker.py BEWIJS --sleutel SLEUTEL [--sleutel SLEUTEL]\n")
        return 2
    try:
        keys = [parse_verifier_key(text) for text in options[1::2]]
        proof, checkpoint = verify_proof(Path(path).read_bytes(), keys)
    except (NotProven, OSError) as error:
        unread = f"Het bestand is niet te lezen: {path}"
        sys.stderr.write(f"{unread if isinstance(error, OSError) else f'Dit is niet bewezen. {error}'}\n")
        return 1
    sys.stdout.write(describe(proof, checkpoint) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
