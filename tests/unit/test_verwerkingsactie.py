"""The numbers of occurrences from version to version (rules I5, U3)."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from tests.support.store import AUTEUR, OTHER, PERSON, a_version
from verwerkingenlog.domain.verwerkingsactie import (
    MOST_OCCURRENCES,
    Versie,
    VerwerktObject,
    next_version,
    occurrence_number,
    verwerkt_object_id,
)
from verwerkingenlog.errors import InvalidInput

OFTEN = 50_000


def put(before: Versie, *objecten: VerwerktObject) -> Versie:
    return next_version(
        before, replace(before.inhoud, verwerkte_objecten=objecten), AUTEUR, datetime.now(UTC)
    )


def named(versie: Versie, nummer: int) -> VerwerktObject:
    return replace(PERSON, verwerkt_object_id=verwerkt_object_id(versie.actie_id, nummer))


def test_U3_those_with_an_id_are_matched_first() -> None:
    before = a_version(PERSON, PERSON, OTHER)
    after = put(before, replace(PERSON, betrokkenheid="zonder"), named(before, 1), OTHER)
    assert after.nummers == (1, 2, 3)
    assert [object_.betrokkenheid for object_ in after.inhoud.verwerkte_objecten] == ["", "zonder", ""]


def test_U3_an_occurrence_is_kept_only_once() -> None:
    before = a_version(PERSON)
    assert put(before, named(before, 1), named(before, 1), PERSON).nummers == (1, 2, 3)


@pytest.mark.parametrize("with_ids", [True, False])
def test_U3_a_person_who_is_there_very_often_is_matched_in_order(*, with_ids: bool) -> None:
    # With the square of this number a worker would answer nobody for minutes.
    before = a_version(*[PERSON] * OFTEN)
    again = [named(before, nummer) if with_ids else PERSON for nummer in range(OFTEN, 0, -1)]
    assert put(before, *again).nummers == before.nummers


def test_I5_numbers_end_where_an_id_has_no_room_for_more() -> None:
    full = replace(a_version(PERSON), hoogste_nummer=MOST_OCCURRENCES - 1)
    last = put(full, PERSON, OTHER)
    assert occurrence_number(last.actie_id, verwerkt_object_id(last.actie_id, last.nummers[-1])) == 2**24 - 1
    assert put(last, PERSON, OTHER).nummers == last.nummers
    with pytest.raises(InvalidInput):
        put(last, PERSON, OTHER, OTHER)
