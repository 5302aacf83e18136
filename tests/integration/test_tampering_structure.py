"""Rule T3: a schema that lies, or rows that no schema of ours lets in, are found and stop nothing."""

import pytest

from tests.support.tampering import Copy, Tampering
from verwerkingenlog.operations.verificatie.bevinding import Soort, Wat
from verwerkingenlog.storage.database import SEALING, connect
from verwerkingenlog.storage.verificatie.structure import strange_and_missing

ONE = "(select min(volgnummer) from versie where is_gezegeld(volgnummer))"
NULL = """
do $$ declare name text; begin
    for name in select format('alter table %s drop constraint %I cascade', conrelid::regclass, conname)
        from pg_constraint where conrelid = '{table}'::regclass and contype in ('c', 'p', 'f', 'u')
    loop execute name; end loop;
    alter table {table} alter {column} drop not null;
end $$;
update {table} set {column} = null where {where};
"""
WHERE = {
    "versie": "volgnummer = (select min(volgnummer) from versie where nummer = 2)",
    "versie ": "volgnummer = (select min(volgnummer) from versie where betrokkene is not null)",
    "verwerkt_object": "versie = (select min(versie) from verwerkt_object where nummer is not null)",
    "betrokkene": "id = (select min(betrokkene) from verwerkt_object)",
    "kenmerken": "id = (select min(kenmerken) from versie)",
    "objectkenmerken": "id = (select min(kenmerken) from verwerkt_object)",
    "beheer": "volgnummer = (select max(volgnummer) from beheer)",
    "opvolging": "actie = (select min(actie) from opvolging)",
    "zegel": "blad = (select min(blad) from zegel where blad > 0)",
    "ongezegeld": "eerste = (select min(eerste) from ongezegeld)",
    "tegel": "true",
    "rand": "niveau = 0",
    "kop": "true",
    "opschoning": "true",
}
COLUMNS = (
    "select table_name || ' ' || column_name from information_schema.columns"
    " where table_schema = 'verwerkingenlog' and is_nullable = 'NO'"
    " and column_name not in ('klasse', 'sinds', 'verzegeld')"
)


@pytest.fixture
def copy(tampering: Tampering) -> Copy:
    return tampering.copy()


@pytest.mark.parametrize("cluster", [18, 16], indirect=True)
@pytest.mark.usefixtures("log")
async def test_T3_the_schema_is_what_the_verification_expects(database: str) -> None:
    connection = await connect(database, SEALING)
    try:
        assert await strange_and_missing(connection) == ([], [])
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("alter table versie enable row level security", "beveiligd per rij"),
        (
            "create policy p on versie_normaal to verwerkingenlog_dienst using (volgnummer <> 7)",
            "beleid p van versie_normaal",
        ),
        (
            "create or replace function is_gezegeld(record bigint) returns bool language sql as 'select 1=1'",
            "functie is_gezegeld",
        ),
        ("alter table versie disable trigger alleen_aanvullen", "trigger D"),
        ("create rule r as on insert to beheer do instead nothing", "herschrijving r van beheer"),
        (
            "alter table beheer rename to echt; create view beheer as select * from echt",
            "relatie beheer soort v",
        ),
        ("alter table versie alter zaad drop not null", "kolom versie.zaad uuid"),
        (
            "update pg_index set indisready = false where indexrelid = 'beheer_pkey'::regclass",
            "buiten gebruik",
        ),
        ("drop index versie_afnemer", "versie_afnemer"),
        ("create function length(bytea, text) returns integer language sql as 'select 1'", "functie length"),
    ],
)
async def test_T3_a_schema_that_can_lie_is_named(copy: Copy, statement: str, words: str) -> None:
    copy.do(statement)
    found = [one for one in await copy.strict() if one.plek.wat is Wat.STRUCTUUR]
    assert words in "\n".join(map(str, found))


@pytest.mark.parametrize("table", WHERE)
async def test_T3_what_no_row_of_ours_lacks_is_found_and_stops_nothing(
    tampering: Tampering, table: str
) -> None:
    unseen = []
    where, table = WHERE[table], table.strip()
    for line in tampering.copy().do(f"{COLUMNS} and table_name = '{table}'").splitlines():
        _, column = line.split()
        copy = tampering.copy()
        if copy.can(NULL.format(table=table, column=column, where=where)):
            found = await copy.verifier([tampering.checkpoint])
            stuck = Soort.ONLEESBAAR in {one.soort for one in await copy.strict()}
            if not found and not stuck:
                unseen.append(column)
    assert unseen == []


@pytest.mark.parametrize(
    ("table", "index", "values", "where"),
    [
        ("versie", "versie%volgnummer", {"volgnummer": "999999"}, "true"),
        ("versie", "versie%actie_id_idx", {"volgnummer": "999999"}, "true"),
        ("versie", "versie%betrokkene_tijdstip_idx", {"volgnummer": "999999"}, "betrokkene is not null"),
        ("verwerkt_object", "verwerkt_object%versie_idx", {}, "true"),
        ("verwerkt_object", "verwerkt_object%tijdstip_idx", {}, "true"),
        ("beheer", "beheer_pkey", {"volgnummer": "999999"}, "true"),
        ("opvolging", "opvolging_pkey", {"nummer": "99"}, "true"),
    ],
)
async def test_T3_a_row_that_an_index_hides_is_found(
    copy: Copy, table: str, index: str, values: dict[str, str], where: str
) -> None:
    columns = copy.do(
        "select string_agg(quote_ident(column_name), ', ') from information_schema.columns"
        f" where table_name = '{table}' and table_schema = 'verwerkingenlog' and is_identity = 'NO'"
    )
    given = ", ".join(values.get(name, name) for name in columns.split(", "))
    of_index = f"indexrelid in (select oid from pg_class where relname like '{index}')"
    copy.do(f"update pg_index set indisready = false, indisvalid = false where {of_index}")
    copy.do(
        f"insert into {table} ({columns}) select {given} from {table} t where {where} limit 1;"
        f"update pg_index set indisready = true, indisvalid = true where {of_index}"
    )
    assert "via de index" in "\n".join(map(str, await copy.strict()))


ENDLESS = (
    "update zegel set aantal = 2000000000 where blad = (select max(blad) from zegel);"
    "update kop set grootte = (select max(blad + aantal) from zegel)"
)


@pytest.mark.parametrize(
    ("statement", "wat"),
    [
        (ENDLESS, Wat.KOP),
        ("delete from sleutel", Wat.SLEUTEL),
        ("update beheer set inhoud = repeat('[', 100000) where gebeurtenis = 'opschoning'", Wat.BEHEER),
        ("update beheer set inhoud = repeat('[', 100000) where gebeurtenis <> 'opschoning'", Wat.BEHEER),
        ("update zegel set eerste = 9223372036854775807 where blad = 0", Wat.STRUCTUUR),
        ("drop table rand", Wat.STRUCTUUR),
    ],
)
async def test_T3_what_was_meant_to_stop_a_verification_does_not(
    tampering: Tampering, copy: Copy, statement: str, wat: Wat
) -> None:
    copy.do(statement)
    assert wat in {one.plek.wat for one in await copy.strict([tampering.checkpoint])}
