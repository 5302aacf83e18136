"""Proof files: what they open holds up to the signature, they open nothing else, and no bit can change."""

import base64
import json
from collections.abc import Iterable

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.ledger_cases import flips
from verwerkingenlog.ledger.checker import (
    NO_LEAF,
    Checkpoint,
    NotProven,
    Opened,
    Opening,
    Part,
    Persoon,
    VersieOpening,
    beheer_entry,
    canonical_json,
    closed,
    describe,
    leaf_hash,
    opening_leaf,
    parse_proof,
    proof_text,
    root_hash,
    verify_inclusion,
    verify_proof,
    versie_entry,
)
from verwerkingenlog.ledger.checkpoint import sign_checkpoint
from verwerkingenlog.ledger.note import Signer
from verwerkingenlog.ledger.proof import make_proof, open_versie
from verwerkingenlog.ledger.tiles import extend
from verwerkingenlog.ledger.tree import hashes, inclusion

ORIGIN = "voorbeeld.example/log"
SIGNER = Signer.from_seed(ORIGIN, bytes(32))
KEYS = [SIGNER.verifier]

PERSONEN = [
    Opened(canonical_json({"nummer": number, "objectId": bsn}), bytes([number]) * 32)
    for number, bsn in enumerate(["999993653", "999990342", "999994748", "999991905", "999993653"], 1)
]
GEMEENSCHAPPELIJK = Opened('{"actieNaam":"Zoeken café","versie":1}', b"g" * 32)
INTERN = Opened('{"systeem":"Zaaksysteem"}', b"i" * 32)
BEHEER = Opened('{"gebeurtenis":"sleutel vernietigd"}', b"b" * 32)


def seal(opening: Opening, number: int = 5, size: int = 7, signers: Iterable[Signer] = (SIGNER,)) -> bytes:
    """Put a record in a small log, and make its proof."""
    leaves = [leaf_hash(b"%d" % i) for i in range(size)]
    leaves[number] = opening_leaf(opening)
    growth = extend(0, (), leaves)
    checkpoint = sign_checkpoint(Checkpoint(ORIGIN, size, growth.root), list(signers))
    path = hashes(inclusion(number, size), lambda level, _number: growth.edge[level])
    return make_proof(opening, number, path, checkpoint)


def versie(opened: Iterable[int] = (), gemeenschappelijk: Part = GEMEENSCHAPPELIJK) -> VersieOpening:
    personen: list[Part] = [p if i in set(opened) else p.commitment for i, p in enumerate(PERSONEN)]
    return open_versie(gemeenschappelijk, INTERN.commitment, personen, NO_LEAF)


def extra_of(proof: bytes) -> str:
    return base64.b64decode(proof.split(b"\n")[1].removeprefix(b"extra ")).decode()


def with_extra(proof: bytes, extra: str) -> bytes:
    lines = proof.split(b"\n")
    return b"\n".join([lines[0], b"extra " + base64.b64encode(extra.encode()), *lines[2:]])


def is_proven(proof: bytes) -> bool:
    try:
        verify_proof(proof, KEYS)
    except NotProven:
        return False
    return True


@pytest.mark.parametrize("opening", [versie(), versie([2]), versie(range(5)), BEHEER])
def test_T2_a_proof_holds_without_the_log(opening: Opening) -> None:
    proof, checkpoint = verify_proof(seal(opening), KEYS)
    assert proof.opening == opening
    assert (checkpoint.origin, checkpoint.size, proof.number) == (ORIGIN, 7, 5)


def test_T1_the_leaf_is_that_of_the_whole_record_whatever_is_opened() -> None:
    personen = root_hash([leaf_hash(p.commitment) for p in PERSONEN])
    entry = versie_entry(GEMEENSCHAPPELIJK.commitment, INTERN.commitment, personen, NO_LEAF)
    for opened in ([], [0], [1, 3], range(5)):
        assert opening_leaf(versie(opened)) == leaf_hash(entry)
    assert opening_leaf(versie([1], GEMEENSCHAPPELIJK.commitment)) == leaf_hash(entry)
    assert opening_leaf(BEHEER) == leaf_hash(beheer_entry(BEHEER.commitment))


@pytest.mark.parametrize(("vorige", "told"), [(NO_LEAF, "nee"), (b"v" * 32, "ja")])
def test_T2_the_checker_tells_whether_a_version_names_the_one_before_it(vorige: bytes, told: str) -> None:
    opening = open_versie(GEMEENSCHAPPELIJK, INTERN, (), vorige)
    said = describe(*verify_proof(seal(opening), KEYS))
    assert f"Noemt de versie waar zij op volgt: {told}" in said.splitlines()


def test_T1_a_record_without_persons_has_an_empty_small_tree() -> None:
    opening = open_versie(GEMEENSCHAPPELIJK, INTERN, [], b"v" * 32)
    assert opening.personen == root_hash([])
    assert is_proven(seal(opening))


def test_I4_a_proof_opens_nothing_of_other_persons() -> None:
    proof = extra_of(seal(versie([2])))
    hidden = [part for i, part in enumerate([*PERSONEN, INTERN]) if i != 2]
    for part in hidden:
        assert base64.b64encode(part.zout).decode() not in proof
        assert part.inhoud not in proof.replace('\\"', '"')
    for commitment in (part.commitment for part in hidden[:-1]):
        assert base64.b64encode(commitment).decode() not in proof


@pytest.mark.parametrize("opening", [versie(), versie([0, 4]), BEHEER], ids=["closed", "persons", "beheer"])
def test_T2_each_flipped_bit_of_a_proof_is_refused(opening: Opening) -> None:
    proof = seal(opening)
    assert is_proven(proof)
    assert [place for place, changed in flips(proof) if is_proven(changed)] == []


def test_T2_each_flipped_bit_of_a_leaf_is_refused() -> None:
    proof, checkpoint = verify_proof(seal(versie()), KEYS)
    for _, leaf in flips(opening_leaf(proof.opening)):
        with pytest.raises(NotProven, match="niet op deze plaats"):
            verify_inclusion(proof.number, checkpoint.size, leaf, proof.path, checkpoint.root)


def test_T2_each_cut_or_lengthened_proof_is_refused() -> None:
    proof = seal(versie([1]))
    assert not any(is_proven(proof[:end]) for end in range(len(proof)))
    assert not any(is_proven(proof + bytes([byte])) for byte in range(256))
    assert not is_proven(proof.replace(b"\n", b"\r\n"))
    assert not is_proven(proof + b" " * 1_000_000)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"soort":"versie"', '"soort":"beheer"'),
        ('"soort":"versie"', '"soort": "versie"'),
        ('"soort":"versie"', '"soort":"versie","soort":"versie"'),
        ('"soort":"versie"', '"soort":"versie","zomaar":1'),
        ('"soort":"versie",', ""),
        ('"links"', "true"),
        ('"alle":false', '"alle":true'),
        ('"alle":false', '"alle":0'),
        ('"rechts"', '"anders"'),
        ("caf\u00e9", "caf\\u00e9"),
        ('\\"versie\\":1', '\\"versie\\":1.0'),
        ('\\"versie\\":1', '\\"versie\\":01'),
        ('\\"versie\\":1', '\\"versie\\":2'),
        ('"zout":"Z', '"zout":" Z'),
    ],
)
def test_T2_another_spelling_of_what_is_opened_is_refused(before: str, after: str) -> None:
    proof = seal(versie([2]))
    extra = extra_of(proof)
    assert before in extra
    assert is_proven(with_extra(proof, extra))
    assert not is_proven(with_extra(proof, extra.replace(before, after, 1)))


@pytest.mark.parametrize(
    "extra",
    [
        "", "{}", "[]", "1", "null", '""', '"versie"', "NaN", "[" * 100_000, "1" * 5000, '{"soort":"beheer"}',
        '{"inhoud":[],"soort":"beheer"}', '{"inhoud":{"inhoud":1,"zout":2},"soort":"beheer"}',
        '{"inhoud":{"inhoud":"\\ud800","zout":""},"soort":"beheer"}', '{"soort":["beheer"]}',
    ],
)  # fmt: skip
def test_T2_anything_else_in_the_extra_line_is_refused(extra: str) -> None:
    with pytest.raises(NotProven):
        parse_proof(with_extra(seal(BEHEER), extra))


@pytest.mark.parametrize(
    "inhoud", ["1", "[]", "{}", "tekst", '{"a":1.0e2}', '{"a": 1}', '{"b":1,"a":1}', '{"a":NaN}']
)
def test_T2_what_is_opened_is_canonical_json_with_names(inhoud: str) -> None:
    with pytest.raises(NotProven):
        verify_proof(seal(Opened(inhoud, bytes(32))), KEYS)


def test_T2_hashes_can_not_be_cut_elsewhere() -> None:
    # An entry is commitments in a row: other lengths with the same sum would give the same leaf.
    opening = versie()
    row = closed(opening.gemeenschappelijk) + closed(opening.intern)
    shifted = opening._replace(gemeenschappelijk=row[:31], intern=row[31:])
    assert opening_leaf(shifted) == opening_leaf(opening)
    assert not is_proven(seal(shifted))
    moved = Opened('{"a":1}', b"z" * 33)
    assert not is_proven(seal(moved))


def test_T2_a_person_of_another_record_is_refused() -> None:
    other = open_versie(GEMEENSCHAPPELIJK, INTERN, [PERSONEN[0]], NO_LEAF)
    proof = parse_proof(seal(versie()))
    for swapped in (
        versie()._replace(geopend=other.geopend),
        versie()._replace(geopend=other.geopend, alle=True),
    ):
        with pytest.raises(NotProven, match="horen niet bij deze actie"):
            verify_proof(proof_text(proof._replace(opening=swapped)).encode(), KEYS)


def test_T2_all_persons_are_all_persons_and_need_no_way_up() -> None:
    opening = versie(range(5))
    assert opening.alle
    assert [persoon.pad for persoon in opening.geopend] == [()] * 5
    proof = parse_proof(seal(opening))
    some, others = versie([0, 1]), opening.geopend
    for wrong in (
        opening._replace(geopend=others[:4]),
        opening._replace(geopend=others[::-1]),
        opening._replace(geopend=(*others, others[4])),
        opening._replace(geopend=(others[0]._replace(pad=((True, NO_LEAF),)), *others[1:])),
        opening._replace(geopend=(*others, Persoon(INTERN, ((True, NO_LEAF),)))),
        opening._replace(alle=False),
        some._replace(alle=True),
    ):
        with pytest.raises(NotProven, match="horen niet bij deze actie"):
            verify_proof(proof_text(proof._replace(opening=wrong)).encode(), KEYS)


def test_T2_a_proof_without_extra_data_opens_nothing() -> None:
    lines = seal(versie()).split(b"\n")
    with pytest.raises(NotProven, match="geen bewijs"):
        parse_proof(b"\n".join([lines[0], *lines[2:]]))


def test_T1_after_a_rotation_the_old_key_and_the_new_one_prove() -> None:
    new = Signer.from_seed(ORIGIN, b"\x01" * 32)
    proof = seal(versie(), signers=[SIGNER, new])
    for keys in (KEYS, [new.verifier], [SIGNER.verifier, new.verifier]):
        assert verify_proof(proof, keys)[1].size == 7
    with pytest.raises(NotProven, match="Geen van de opgegeven sleutels"):
        verify_proof(proof, [Signer.from_seed(ORIGIN, b"\x02" * 32).verifier])


names = st.text("abcdefghijklmnopqrstuvwxyzABC_", min_size=1, max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
salts = st.binary(min_size=32, max_size=32)
opened_parts = st.builds(
    Opened, st.dictionaries(names, values, min_size=1, max_size=4).map(canonical_json), salts
)
parts = opened_parts | salts
openings = opened_parts | st.builds(open_versie, parts, parts, st.lists(parts, max_size=6), salts)


@given(values)
def test_T1_canonical_json_is_that_of_rfc_8785(value: object) -> None:
    assert canonical_json(value).encode() == rfc8785.dumps(value)  # type: ignore[arg-type]
    assert json.loads(canonical_json(value)) == value


@settings(deadline=None)
@given(openings, st.data())
def test_T2_proofs_round_trip(opening: Opening, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 40))
    proof = seal(opening, data.draw(st.integers(0, size - 1)), size)
    parsed = parse_proof(proof)
    assert proof_text(parsed).encode() == proof
    assert parsed.opening == opening
    assert verify_proof(proof, KEYS)[0] == parsed


@settings(deadline=None)
@given(st.lists(opened_parts, min_size=1, max_size=20), st.data())
def test_I4_each_person_can_be_opened_alone(personen: list[Opened], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(personen) - 1))
    one: list[Part] = [p if i == place else p.commitment for i, p in enumerate(personen)]
    opening = open_versie(GEMEENSCHAPPELIJK, INTERN, one, NO_LEAF)
    assert [persoon.deel for persoon in opening.geopend] == [personen[place]]
    assert is_proven(seal(opening))


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_T2_no_bytes_upset_the_checker(data: bytes) -> None:
    assert not is_proven(data)
