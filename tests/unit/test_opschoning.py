"""What a purge counts, in which steps it works, and how its record names what went (rules R2, R3)."""

import hashlib
import struct

from hypothesis import given
from hypothesis import strategies as st

from verwerkingenlog.domain.opschoning import (
    Groep,
    Telling,
    VerlopenActie,
    count,
    manifest,
    merged,
    steps,
    told,
    total,
    versies_sha256,
    written,
)

ONE, OTHER = Groep("opgegeven", "P1Y", "Zaken", ""), Groep("maximum", "P9Y", "Burgerzaken", "")
rows = st.lists(st.integers(1, 30_000), max_size=30)


def acties(sizes: list[int]) -> list[VerlopenActie]:
    return [
        VerlopenActie(number, (number, 10**6 + number), size, number, ONE)
        for number, size in enumerate(sizes)
    ]


@given(rows)
def test_R2_steps_hold_every_actie_once_in_order(sizes: list[int]) -> None:
    assert [actie for step in steps(acties(sizes)) for actie in step] == acties(sizes)


@given(rows)
def test_R2_a_step_is_bounded_unless_it_is_one_actie(sizes: list[int]) -> None:
    for step in steps(acties(sizes)):
        assert len(step) == 1 or sum(actie.rijen for actie in step) <= 20_000


def test_R2_a_step_holds_no_more_than_so_many_acties() -> None:
    assert [len(step) for step in steps(acties([1] * 4001))] == [2000, 2000, 1]


def test_R3_a_manifest_names_every_version_in_order() -> None:
    assert manifest(acties([1, 1])) == [0, 1, 1_000_000, 1_000_001]


@given(st.lists(st.integers(0, 2**63 - 1), unique=True))
def test_R3_the_hash_is_over_the_numbers_as_eight_bytes_each(numbers: list[int]) -> None:
    packed = b"".join(struct.pack(">q", number) for number in sorted(numbers))
    assert versies_sha256(numbers) == hashlib.sha256(packed).hexdigest()


def test_R2_counts_are_kept_per_group() -> None:
    found = [
        VerlopenActie(1, (1, 2), 3, 50, ONE),
        VerlopenActie(3, (3,), 1, 20, ONE),
        VerlopenActie(4, (4,), 1, 9, OTHER),
    ]
    counted = merged([count(found[:1]), count(found[1:])])
    assert counted == count(found) == {ONE: Telling(2, 3, 20, 50), OTHER: Telling(1, 1, 9, 9)}
    assert total(counted) == Telling(3, 4, 9, 50)
    assert [groep["reden"] for groep in told(counted)] == ["maximum", "opgegeven"]


def test_R2_nothing_is_counted_as_nothing() -> None:
    assert (total({}).acties, total({}).versies, told({})) == (0, 0, [])


def test_R2_a_moment_beyond_the_calendar_is_told_as_its_edge() -> None:
    assert written(1) == "1970-01-01T00:00:00.000001Z"
    assert written(-(2**60)) == "0001-01-01T00:00:00.000000Z"
    assert written(2**60) == "9999-12-31T23:59:59.999999Z"
