"""Rule T3: whoever may do everything in the database can't remove, add, move or exchange anything unseen."""

from collections.abc import Sequence

import pytest

from tests.support.tampering import Copy, Tampering, named
from verwerkingenlog.operations.verificatie.bevinding import Bevinding, Soort, Wat

# A record with one person, one whose persons have rows of their own, and the latest with one person that is
# sealed: each of an actie without other versions.
_ALONE = "nummer = 1 and actie_id not in (select actie_id from versie where nummer > 1)"
ONE = f"(select min(volgnummer) from versie where {_ALONE} and betrokkene is not null)"
MORE = f"(select min(volgnummer) from versie where {_ALONE} and hoogste_nummer > 1)"
TWO = (
    f"(select max(volgnummer) from versie where {_ALONE} and betrokkene is not null"
    " and is_gezegeld(volgnummer))"
)
FIRST_OF_MORE = "(select min(actie) from opvolging)"
LATER = "(select max(volgnummer) from versie where nummer = 2 and is_gezegeld(volgnummer))"
WAITING = "(select max(volgnummer) from versie)"
PURGE = "(select max(beheer) from opschoning)"
BEHEER = "(select max(volgnummer) from beheer where gebeurtenis = 'export_gemaakt')"
COLUMNS = (
    "select string_agg(quote_ident(column_name), ', ') from information_schema.columns"
    " where table_schema = 'verwerkingenlog'"
)


def kinds(findings: Sequence[Bevinding]) -> set[tuple[Soort, Wat]]:
    return {(one.soort, one.plek.wat) for one in findings}


@pytest.fixture
def copy(tampering: Tampering) -> Copy:
    return tampering.copy()


def of_record(number: str) -> str:
    """Give what removes a record with all that belongs to it."""
    return (
        f"create temp table weg as select volgnummer, actie, nummer from versie where volgnummer = {number};"
        "delete from verwerkt_object using weg where versie = weg.volgnummer;"
        "delete from opvolging o using weg where o.actie = weg.actie and o.nummer = weg.nummer;"
        "delete from versie using weg where versie.volgnummer = weg.volgnummer;"
    )


@pytest.mark.parametrize(
    ("record", "statement"),
    [
        (ONE, of_record(ONE)),
        (MORE, of_record(MORE)),
        (TWO, of_record(TWO)),
        (LATER, of_record(LATER)),
        (WAITING, of_record(WAITING)),
        (ONE, f"delete from versie where volgnummer = {ONE}"),
        (MORE, f"delete from versie where volgnummer = {MORE}"),
        (FIRST_OF_MORE, f"delete from versie where volgnummer = {FIRST_OF_MORE}"),
        (BEHEER, f"delete from beheer where volgnummer = {BEHEER}"),
    ],
)
async def test_T3_a_removed_record_is_named(copy: Copy, record: str, statement: str) -> None:
    number = copy.value(f"select {record}")
    copy.do(statement)
    findings = await copy.verifier()
    assert {(one.soort, one.plek.volgnummer) for one in findings if one.plek.wat is Wat.VERSIE} == {
        (Soort.VERWIJDERD, number)
    }
    assert {one.plek.wat for one in findings} <= {Wat.VERSIE, Wat.OPVOLGING}


async def test_T3_of_a_removed_version_the_actie_is_named(copy: Copy) -> None:
    actie = copy.do(f"select actie_id from versie where volgnummer = {LATER}")
    copy.do(f"delete from versie where volgnummer = {LATER}")
    findings = await copy.verifier()
    assert {(one.soort, one.plek.actie_id) for one in findings} == {(Soort.VERWIJDERD, actie)}
    assert 2 in {one.plek.versie for one in findings}


REMOVED = {
    "betrokkene": (f"id in (select betrokkene from versie where volgnummer = {ONE})", Wat.VERSIE),
    "betrokkene ": (f"id in (select betrokkene from verwerkt_object where versie = {MORE})", Wat.VERSIE),
    "kenmerken": (f"id in (select kenmerken from versie where volgnummer = {ONE})", Wat.VERSIE),
    "objectkenmerken": (f"id in (select objectkenmerken from versie where volgnummer = {ONE})", Wat.VERSIE),
    "objectkenmerken ": (f"id in (select kenmerken from verwerkt_object where versie = {MORE})", Wat.VERSIE),
    "verwerkt_object": (f"versie = {MORE}", Wat.VERSIE),
    "opvolging": (f"actie = (select actie from versie where volgnummer = {LATER})", Wat.VERSIE),
    "ongezegeld": ("eerste = (select min(eerste) from ongezegeld)", Wat.VERSIE),
    "zegel": ("blad = (select max(blad) from zegel)", Wat.ZEGEL),
    "zegel ": ("blad = (select blad from zegel order by blad offset 3 limit 1)", Wat.ZEGEL),
    "tegel": ("true", Wat.TEGEL),
    "rand": ("niveau = 0", Wat.RAND),
    "rand ": ("niveau = 1", Wat.RAND),
    "kop": ("true", Wat.KOP),
    "opschoning": (f"beheer = {PURGE}", Wat.MANIFEST),
    "sleutel": ("doel = 'ondertekenen'", Wat.SLEUTEL),
    "sleutel ": ("doel = 'zoeken'", Wat.SLEUTEL),
}


@pytest.mark.parametrize("table", REMOVED)
async def test_T3_a_removed_row_of_any_table_is_named(copy: Copy, table: str) -> None:
    where, wat = REMOVED[table]
    copy.do(f"delete from {table} where {where}")
    assert wat in {one.plek.wat for one in await copy.verifier()}


async def test_T3_a_removed_seal_leaves_its_records_sound(copy: Copy) -> None:
    copy.do("delete from zegel where blad = (select blad from zegel order by blad offset 3 limit 1)")
    findings = await copy.verifier()
    assert (Soort.VERWIJDERD, Wat.ZEGEL) in kinds(findings)
    assert Soort.TOEGEVOEGD not in {one.soort for one in findings}
    assert Soort.GEWIJZIGD not in {one.soort for one in findings}


def insert(copy: Copy, table: str, where: str, **changes: str) -> str:
    """Give what inserts a copy of a row with these columns changed."""
    columns = copy.do(f"{COLUMNS} and table_name = '{table}' and is_identity = 'NO'").split(", ")
    values = ", ".join(changes.get(column, column) for column in columns)
    return f"insert into {table} ({', '.join(columns)}) select {values} from {table} where {where} limit 1;"


async def test_T3_an_added_record_is_named(copy: Copy) -> None:
    copy.do(
        insert(
            copy,
            "versie",
            f"volgnummer = {ONE}",
            volgnummer="999999",
            actie_id="'48086bf2-11b7-4603-9526-000000000000'",
        )
    )
    [finding] = await copy.verifier()
    assert (finding.soort, finding.plek.wat, finding.plek.volgnummer) == (
        Soort.TOEGEVOEGD,
        Wat.VERSIE,
        999999,
    )
    assert finding.plek.actie_id == "48086bf2-11b7-4603-9526-000000000000"


async def test_T3_a_forged_record_with_a_marker_of_its_own_is_named(copy: Copy) -> None:
    copy.do(
        insert(copy, "versie", f"volgnummer = {ONE}", volgnummer="999999")
        + "insert into ongezegeld (eerste, bladeren) values (999999, sha256('guessed'))"
    )
    assert named(await copy.verifier()) == {999999}


CLOSING = {"nummer": "null", "kenmerken": "null", "actueel": "false"}


@pytest.mark.parametrize(
    ("table", "record", "changes"),
    [
        ("versie", ONE, {"klasse": "1"}),
        ("versie", MORE, {"klasse": "1"}),
        ("verwerkt_object", MORE, {}),
        ("verwerkt_object", MORE, {"nummer": "3"}),
        ("verwerkt_object", MORE, CLOSING),
        ("verwerkt_object", MORE, {"versie": ONE, "actie": ONE}),
        ("verwerkt_object", MORE, {"versie": ONE, "actie": ONE, **CLOSING}),
    ],
)
async def test_T3_an_added_row_is_named_by_its_record(
    copy: Copy, table: str, record: str, changes: dict[str, str]
) -> None:
    number = copy.value(f"select {changes.get('versie', record)}")
    key = "volgnummer" if table == "versie" else "versie"
    copy.do(insert(copy, table, f"{key} = {record}", **changes))
    findings = await copy.verifier()
    assert named(findings) == {number}
    assert {one.soort for one in findings} <= {Soort.TOEGEVOEGD, Soort.GEWIJZIGD}


@pytest.mark.parametrize(
    ("table", "where", "changes", "wat"),
    [
        ("beheer", "true", {"volgnummer": "999999"}, Wat.BEHEER),
        ("opvolging", "true", {"nummer": "99"}, Wat.OPVOLGING),
        ("opvolging", "true", {"actie": "999999"}, Wat.OPVOLGING),
        ("zegel", "true", {"blad": "blad + 100000", "eerste": "eerste + 1"}, Wat.ZEGEL),
        ("tegel", "true", {"nummer": "77"}, Wat.TEGEL),
        ("rand", "true", {"niveau": "6"}, Wat.RAND),
        ("opschoning", "true", {"beheer": BEHEER}, Wat.MANIFEST),
        ("sleutel", "doel = 'zoeken'", {"id": "99", "staat": "'gaand'"}, Wat.SLEUTEL),
        ("ongezegeld", "true", {"eerste": ONE}, Wat.MERK),
    ],
)
async def test_T3_an_added_row_of_the_evidence_is_named(
    copy: Copy, table: str, where: str, changes: dict[str, str], wat: Wat
) -> None:
    copy.do(insert(copy, table, where, **changes))
    assert (Soort.TOEGEVOEGD, wat) in kinds(await copy.verifier())


async def test_T3_rows_that_nothing_refers_to_are_no_fault(copy: Copy) -> None:
    copy.do(
        "insert into betrokkene (zoekindex, sleutel, cijfertekst)"
        " select sha256('nobody'), sleutel, cijfertekst from betrokkene limit 1;"
        + insert(copy, "kenmerken", "true", vingerafdruk="null")
    )
    assert await copy.verifier() == []


async def test_T3_a_purged_record_that_comes_back_is_named(copy: Copy) -> None:
    number = copy.value(f"select versies[1] from opschoning where beheer = {PURGE}")
    copy.do(insert(copy, "versie", f"volgnummer = {ONE}", volgnummer=str(number)))
    assert named(await copy.verifier()) == {number}


async def test_T3_a_removal_that_a_purge_is_made_to_name_is_named(copy: Copy) -> None:
    number = copy.value(f"select {ONE}")
    copy.do(
        f"update opschoning set versies = versies || {number}::bigint where beheer = {PURGE};"
        f"{of_record(str(number))}"
    )
    findings = await copy.verifier()
    assert (Soort.GEWIJZIGD, Wat.MANIFEST) in kinds(findings)
    assert (Soort.VERWIJDERD, number) in {(one.soort, one.plek.volgnummer) for one in findings}
    copy.do(
        "update beheer b set inhoud = replace(inhoud, inhoud::jsonb ->> 'versies_sha256', ("
        "select encode(sha256(string_agg(int8send(v), '' order by v)), 'hex')"
        " from opschoning o, unnest(o.versies) v"
        f" where o.beheer = b.volgnummer)) where volgnummer = {PURGE}"
    )
    findings = await copy.verifier()
    assert (Soort.GEWIJZIGD, Wat.BEHEER) in kinds(findings)
    assert (Soort.VERWIJDERD, number) in {(one.soort, one.plek.volgnummer) for one in findings}
