"""Rule T3: an occurrence of a person that is altered, moved, doubled or taken away is found and named.

That of a first version with one person lies in the row of the version; all others have rows of their own.
"""

import pytest

from tests.integration.test_tampering import LATER, MORE, ONE
from tests.integration.test_tampering_columns import columns_of
from tests.support.tampering import Copy, Tampering, named
from verwerkingenlog.operations.verificatie.bevinding import Soort, Wat

LOOSEN = """
do $$ declare name text; begin
    for name in select format('alter table %s drop constraint %I', conrelid::regclass, conname)
        from pg_constraint
        where conrelid in ('versie'::regclass, 'verwerkt_object'::regclass) and contype = 'c' and conislocal
    loop execute name; end loop;
end $$;
"""
"""Lets in what a check constraint would stop; the schema is then found as well."""

OUT = """
    insert into verwerkt_object (betrokkene, versie, actie, tijdstip, nummer, kenmerken, klasse, nullen,
        actueel, eerste, herziening)
    select betrokkene, volgnummer, coalesce(actie, volgnummer), tijdstip, 1, objectkenmerken, klasse,
        coalesce(nullen, 0), true, true, false
    from versie where volgnummer = {0};
"""
EMPTY = """
    update versie set betrokkene = null, objectkenmerken = null, nullen = null, hoogste_nummer = 1
    where volgnummer = {0};
"""
IN = """
    update versie v set betrokkene = o.betrokkene, objectkenmerken = o.kenmerken, nullen = nullif(o.nullen, 0)
    from verwerkt_object o where v.volgnummer = {0} and o.versie = v.volgnummer and o.nummer = 1;
"""
LATER_WITH = (
    "(select max(v.volgnummer) from versie v join verwerkt_object o on o.versie = v.volgnummer"
    " where v.nummer = 2 and o.nummer = 1)"
)
AWAY = "delete from verwerkt_object where versie = {0} and nummer = 1;"
UNNUMBERED = "update versie set hoogste_nummer = null where volgnummer = {0};"

CASES = {
    "moved out of the row": (ONE, OUT + EMPTY),
    "doubled, out of the row": (ONE, OUT),
    "moved into the row": (MORE, IN + AWAY),
    "moved into the row, and told so": (MORE, IN + AWAY + UNNUMBERED),
    "doubled, into the row": (MORE, IN),
    "moved into the row of a later version": (LATER_WITH, IN + AWAY + UNNUMBERED),
    "doubled, into the row of a later version": (LATER_WITH, IN),
    "gone from the row": (ONE, EMPTY),
    "gone, and its number too": (ONE, EMPTY.replace("hoogste_nummer = 1", "hoogste_nummer = 0")),
    "without its person": (ONE, "update versie set betrokkene = null where volgnummer = {0}"),
    "without its attributes": (ONE, "update versie set objectkenmerken = null where volgnummer = {0}"),
    "with zeros that mean none": (ONE, "update versie set nullen = 0 where volgnummer = {0}"),
    "with zeros": (ONE, "update versie set nullen = 1 where volgnummer = {0}"),
    "with less than no zeros": (ONE, "update versie set nullen = -1 where volgnummer = {0}"),
    "with a number that follows": (ONE, "update versie set hoogste_nummer = 1 where volgnummer = {0}"),
    "with another number": (ONE, "update versie set hoogste_nummer = 2 where volgnummer = {0}"),
    "without the highest number": (MORE, UNNUMBERED),
    "attributes without a person": (
        MORE,
        "update versie set objectkenmerken = (select max(id) from objectkenmerken) where volgnummer = {0}",
    ),
    "zeros without a person": (MORE, "update versie set nullen = 0 where volgnummer = {0}"),
    "other attributes": (
        ONE,
        (
            "update versie v set objectkenmerken = k.id from objectkenmerken k"
            " where v.volgnummer = {0} and k.id <> v.objectkenmerken"
        ),
    ),
    "an actie that follows": (ONE, "update versie set actie = volgnummer where volgnummer = {0}"),
    "an actie of another": (ONE, "update versie set actie = volgnummer - 1 where volgnummer = {0}"),
    "an actie for many": (MORE, "update versie set actie = volgnummer where volgnummer = {0}"),
    "no actie": (LATER, "update versie set actie = null where volgnummer = {0}"),
    "itself for actie": (LATER, "update versie set actie = volgnummer where volgnummer = {0}"),
    "a value that follows": (ONE, "update versie set vertrouwelijkheid = klasse where volgnummer = {0}"),
    "lapsed": (ONE, "update versie set vervallen = true where volgnummer = {0}"),
    "another number of the version": (ONE, "update versie set nummer = 2 where volgnummer = {0}"),
    "the other partition": (ONE, "update versie set klasse = 2 where volgnummer = {0}"),
}


@pytest.fixture
def copy(tampering: Tampering) -> Copy:
    return tampering.copy()


@pytest.mark.parametrize("case", CASES)
async def test_T3_an_occurrence_that_is_not_as_it_was_is_found_and_named(copy: Copy, case: str) -> None:
    record, statement = CASES[case]
    number = copy.value(f"select {record}")
    copy.do(LOOSEN + statement.format(number))
    findings = await copy.verifier()
    assert {number} <= named(findings), findings
    # Of a version that seems to be another, the others of its actie can't be told.
    assert {one.plek.wat for one in findings} <= {Wat.VERSIE, Wat.OPVOLGING}


async def test_T3_an_exchanged_person_in_the_row_is_named(copy: Copy) -> None:
    number = copy.value(f"select {ONE}")
    was = copy.value(f"select betrokkene from versie where volgnummer = {number}")
    other = copy.value(f"select max(betrokkene) from voorkomen where betrokkene <> {was}")
    copy.do(f"update versie set betrokkene = {other} where volgnummer = {number}")
    [finding] = await copy.verifier()
    assert (finding.soort, finding.plek.volgnummer) == (Soort.VERWISSELD, number)
    assert f"naar {was}." in finding.uitleg


async def test_T3_a_moved_occurrence_is_said_to_lie_elsewhere(copy: Copy) -> None:
    number = copy.value(f"select {ONE}")
    copy.do((OUT + EMPTY).format(number))
    [finding] = await copy.verifier()
    assert (finding.soort, finding.plek.volgnummer) == (Soort.GEWIJZIGD, number)
    assert "betrokkene" in finding.uitleg
    assert "verwerkt_object" in finding.uitleg


@pytest.mark.parametrize("table", ["versie", "verwerkt_object"])
async def test_T3_a_value_that_is_taken_away_is_found_and_named(tampering: Tampering, table: str) -> None:
    key = "volgnummer" if table == "versie" else "versie"
    unseen = []
    for column, _ in columns_of(tampering.copy(), table):
        copy = tampering.copy()
        found = copy.do(f"select max({key}) from {table} where {column} is not null")
        if not found or column == key:
            continue
        where = f"{key} = {found} and {column} is not null"
        emptied = copy.can(f"{LOOSEN} update {table} set {column} = null where {where}")
        if emptied and {int(found)} - named(await copy.verifier()):
            unseen.append(column)
    assert unseen == []
