"""Signed notes, verifier keys and checkpoints: the specification's examples, round trips, and each bit."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.ledger_cases import flips
from verwerkingenlog.ledger.checker import (
    KEY_NAME,
    Checkpoint,
    NotProven,
    VerifierKey,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    parse_verifier_key,
)
from verwerkingenlog.ledger.checkpoint import checkpoint_text, sign_checkpoint
from verwerkingenlog.ledger.note import Signer, sign_note

NAME = "voorbeeld.example/log"
OLD = Signer.from_seed(NAME, bytes(32))
NEW = Signer.from_seed(NAME, b"\x01" * 32)
WITNESS = Signer.from_seed("getuige.example", b"\x02" * 32)
CHECKPOINT = Checkpoint(NAME, 20852163, bytes(range(32)))

# From C2SP signed-note, sections Verifier keys and Example.
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = (
    "This is an example message.\n\n"
    "\N{EM DASH} example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)

names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=20).filter(
    KEY_NAME.fullmatch
)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=60).map(
    lambda text: text + "\n"
)
seeds = st.binary(min_size=32, max_size=32)


def refused(note: bytes, *keys: VerifierKey) -> bool:
    try:
        open_note(note.decode(), keys)
    except (NotProven, UnicodeDecodeError):
        return True
    return False


def test_T1_the_example_of_the_specification_verifies() -> None:
    key = parse_verifier_key(EXAMPLE_KEY)
    assert key.text == EXAMPLE_KEY
    assert key.key_id.hex() == "530d903a"
    assert open_note(EXAMPLE_NOTE, [key]) == ("This is an example message.\n", (key,))


@given(texts, st.lists(st.builds(Signer.from_seed, names, seeds), min_size=1, max_size=4))
def test_T1_notes_round_trip(text: str, signers: list[Signer]) -> None:
    note = sign_note(text, signers)
    keys = tuple(signer.verifier for signer in signers)
    assert open_note(note, keys) == (text, keys)
    assert open_note(note, keys[:1])[0] == text


@given(names, seeds)
def test_T1_verifier_keys_round_trip(name: str, seed: bytes) -> None:
    key = Signer.from_seed(name, seed).verifier
    assert parse_verifier_key(key.text) == key


@given(names, st.integers(0, 2**63 - 1), seeds)
def test_T1_checkpoints_round_trip(origin: str, size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin, size, root)
    assert parse_checkpoint(checkpoint_text(checkpoint)) == checkpoint
    signer = Signer(origin, Ed25519PrivateKey.from_private_bytes(root))
    assert open_checkpoint(sign_checkpoint(checkpoint, [signer]), [signer.verifier]) == checkpoint


def test_T1_each_flipped_bit_of_a_note_is_refused() -> None:
    note = sign_checkpoint(CHECKPOINT, [OLD]).encode()
    assert not refused(note, OLD.verifier)
    assert [place for place, changed in flips(note) if not refused(changed, OLD.verifier)] == []


def test_T1_each_flipped_bit_of_a_verifier_key_is_refused() -> None:
    for _, changed in flips(OLD.verifier.text.encode()):
        with pytest.raises((NotProven, UnicodeDecodeError)):
            parse_verifier_key(changed.decode())


def test_T1_only_whose_signature_it_is_can_change_beside_a_valid_one() -> None:
    # A signature by an unknown key MUST be ignored (signed-note, Signatures): where another one holds, a
    # flip in the name or key ID of a line makes it one. The text stays proven by the same key as before.
    note = sign_checkpoint(CHECKPOINT, [OLD, NEW])
    line = len(note[: note.index("\n\n") + 2].encode())
    key_id = len(f"\N{EM DASH} {NAME} ".encode())
    named = range(len("\N{EM DASH} ".encode()), key_id - 1)
    for place, changed in flips(note.encode()):
        if not refused(changed, OLD.verifier, NEW.verifier):
            within = (place // 8 - line) % (len(note.encode()[line:]) // 2)
            # Six characters hold the 32 bits of the key ID; of the sixth only the first two.
            assert within in named or key_id <= within < key_id + 6
            text, signed = open_note(changed.decode(), [OLD.verifier, NEW.verifier])
            assert text == checkpoint_text(CHECKPOINT)
            assert len(signed) == 1


def test_T1_signatures_of_others_are_ignored_and_wrong_ones_refused() -> None:
    text = checkpoint_text(CHECKPOINT)
    note = sign_note(text, [WITNESS, OLD, NEW])
    assert open_note(note, [OLD.verifier]) == (text, (OLD.verifier,))
    assert open_note(note, [NEW.verifier, WITNESS.verifier])[1] == (WITNESS.verifier, NEW.verifier)
    with pytest.raises(NotProven, match="Geen van de opgegeven sleutels"):
        open_note(note, [Signer.from_seed(NAME, b"\x03" * 32).verifier])
    with pytest.raises(NotProven, match="Geen van de opgegeven sleutels"):
        open_note(note, [])
    forged = text + "\n" + OLD.signature_line(text) + NEW.signature_line("iets anders\n")
    assert open_note(forged, [OLD.verifier])[0] == text
    with pytest.raises(NotProven, match="ondertekening klopt niet"):
        open_note(forged, [OLD.verifier, NEW.verifier])


def test_T1_a_signature_of_an_unknown_kind_may_be_long() -> None:
    text = checkpoint_text(CHECKPOINT)
    unknown = f"\N{EM DASH} iemand {base64.b64encode(bytes(5000)).decode()}\n"
    assert open_note(sign_note(text, [OLD]) + 99 * unknown, [OLD.verifier])[0] == text
    with pytest.raises(NotProven, match="te lang"):
        open_note(sign_note(text, [OLD]) + 100 * unknown, [OLD.verifier])
    with pytest.raises(NotProven, match="te lang"):
        open_note(sign_note("a" * 1_000_000 + "\n", [OLD]), [OLD.verifier])


def test_T1_a_checkpoint_of_another_log_is_refused() -> None:
    text = checkpoint_text(CHECKPOINT._replace(origin="ander.example/log"))
    with pytest.raises(NotProven, match="ander log"):
        open_checkpoint(sign_note(text, [OLD]), [OLD.verifier])
    with pytest.raises(NotProven, match="ander log"):
        open_checkpoint(sign_note(checkpoint_text(CHECKPOINT), [WITNESS, OLD]), [WITNESS.verifier])
    with pytest.raises(ValueError, match="voorbeeld"):
        sign_checkpoint(CHECKPOINT, [WITNESS])


@pytest.mark.parametrize(
    "note",
    [
        "", "\n", "\n\n", "tekst\n", "tekst\n\n", "tekst\n\n\n", EXAMPLE_NOTE[:-1], EXAMPLE_NOTE + "\n",
        EXAMPLE_NOTE.replace("\n", "\r\n"), EXAMPLE_NOTE.replace("\n\n", "\n"), EXAMPLE_NOTE + "naschrift\n",
        EXAMPLE_NOTE.replace("\N{EM DASH}", "-"), EXAMPLE_NOTE.replace("example.com/foo", "example.com/foo "),
        EXAMPLE_NOTE.replace("example.com/foo", ""), EXAMPLE_NOTE.replace("example.com/foo",
        "example.com\u2003foo"),
        EXAMPLE_NOTE.replace("example.com/foo", "example+foo"), EXAMPLE_NOTE.replace("aQM=", "aQN="),
        EXAMPLE_NOTE.replace("aQM=", "aQM"), EXAMPLE_NOTE.replace("aQM=", "aQM= "),
        EXAMPLE_NOTE + "\N{EM DASH} a UwM=\n",
        EXAMPLE_NOTE + "\N{EM DASH} a Uw2QOg==\n", EXAMPLE_NOTE.replace("message", "\tmessage"),
        EXAMPLE_NOTE + "\0",
        EXAMPLE_NOTE.replace("message", "mes\udc80sage"),
    ],
)  # fmt: skip
def test_T1_malformed_notes_are_refused(note: str) -> None:
    with pytest.raises(NotProven):
        open_note(note, [parse_verifier_key(EXAMPLE_KEY)])


@pytest.mark.parametrize(
    "text",
    [
        "", NAME, EXAMPLE_KEY + "=", EXAMPLE_KEY.replace("530d903a", "530D903A"), " " + EXAMPLE_KEY,
        EXAMPLE_KEY.replace("530d903a", "530d903b"), EXAMPLE_KEY.replace("example", "exemple"),
        EXAMPLE_KEY.replace("+Aeky", "+Beky"), EXAMPLE_KEY + "\n", EXAMPLE_KEY.replace("example", "exam ple"),
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", EXAMPLE_KEY[:-4], "\udc80" + EXAMPLE_KEY,
        EXAMPLE_KEY + "+",
    ],
)  # fmt: skip
def test_T1_other_keys_are_refused(text: str) -> None:
    with pytest.raises(NotProven):
        parse_verifier_key(text)


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "", "\n\n\n", f"a\n1\n{ROOT}", f"a\n01\n{ROOT}\n", f"a\n-1\n{ROOT}\n", f"a\n+1\n{ROOT}\n",
        f"a\n1_0\n{ROOT}\n",
        f"a\n \n{ROOT}\n", f"\n1\n{ROOT}\n", f"a\n1\n{ROOT}\n\n", f"a\n1\n{ROOT[:-4]}\n", f"a\n1\n{ROOT} \n",
        f"a\n1\n{ROOT}{ROOT}\n", f"a\n\u0661\n{ROOT}\n", f"a\n{10**19}\n{ROOT}\n", "a\n1\n",
        f"a\n1\n{ROOT[:-2]}B=\n",
    ],
)  # fmt: skip
def test_T1_malformed_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(NotProven):
        parse_checkpoint(text)


def test_T1_extension_lines_are_passed_over() -> None:
    assert parse_checkpoint(checkpoint_text(CHECKPOINT) + "uitbreiding\n") == CHECKPOINT


@pytest.mark.parametrize("text", ["", "zonder einde", "met\tteken\n"])
def test_T1_only_notes_are_signed(text: str) -> None:
    with pytest.raises(ValueError, match="1"):
        sign_note(text, [OLD])


def test_T1_a_note_has_a_signer_with_a_name() -> None:
    with pytest.raises(ValueError, match="0"):
        sign_note("tekst\n", [])
    for name in ("", "a b", "a+b", "a\n"):
        with pytest.raises(ValueError, match=name.replace("+", ".") or "^$"):
            Signer.from_seed(name, bytes(32))
    assert bytes(32).hex() not in repr(OLD)
