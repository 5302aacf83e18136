"""Rule T3: no column of the log can be edited unseen, by whoever may do everything in the database."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from tests.support.postgres import psql
from tests.support.tampering import Copy, Tampering, named
from verwerkingenlog.operations.verificatie.bevinding import Bevinding, Wat
from verwerkingenlog.storage.embedded import Cluster

Row = Mapping[str, Any]
Right = Callable[[Row, Row, Sequence[Bevinding]], bool]

FREE = {
    "kop.enig": "can only be true",
    "kop.verzegeld": "when the sealer last worked; it has a minute from then to sign for the first time",
    "ongezegeld.sinds": "how long a record waits: a measure of the sealer's lag, gone once it is sealed",
}
"""The columns of the log that say nothing of what was logged, each with what it is for."""

FREE_TABLES = {
    "applicatie": "who may use the log, which its administrator decides; each change is a record of beheer",
    "generatie": "makes workers look anew; a wrong number only makes them look once more",
    "idempotentie": "what was answered in the last 24 hours",
    "migratie": "which migrations ran; the start compares their fingerprints with the release",
    "mogelijk_wees": "what a purge has still to look at",
    "open_opschoning": "which manifests a purge has still to carry out",
}
"""Tables beside the log."""

VALUES = {
    "bigint": ("{0} + 1", "7"),
    "integer": ("{0} + 1", "7"),
    "smallint": ("{0} + 1", "{0} - 1", "7"),
    "text": ("{0} || 'x'", "'x'"),
    "uuid": ("gen_random_uuid()",),
    "boolean": ("not {0}",),
    "bytea": ("set_byte({0}, 0, get_byte({0}, 0) # 1)", "decode(repeat('ab', 32), 'hex')"),
    "timestamp with time zone": ("{0} + interval '1 microsecond'", "now()"),
    "ARRAY": ("{0} || {0}[1:1]", "array[7]", "array['x']"),
}
"""By type: another value than there is; the first that there can be."""


def is_record(before: Row, after: Row, findings: Sequence[Bevinding]) -> bool:
    """Each record that is named is one that the row was or became, and is of."""
    numbers = {row[column] for row in (before, after) for column in ("volgnummer", "versie") if column in row}
    return named(list(findings)) <= numbers and named(list(findings)) != set()


def is_row(wat: Wat, column: str = "id") -> Right:
    """The row is named by its number, as such or by the records that refer to it."""

    def right(before: Row, after: Row, findings: Sequence[Bevinding]) -> bool:
        ids = {str(before[column]), str(after[column])}
        return any(
            (one.plek.wat is wat or one.plek.wat is Wat.VERSIE)
            and ids & set((one.plek.rij or "").split(", "))
            for one in findings
        )

    return right


def is_thing(*kinds: Wat) -> Right:
    """Something of this kind is named, and nothing that is sound."""
    return lambda _before, _after, findings: {one.plek.wat for one in findings} <= set(kinds)


RIGHT: Mapping[str, Right] = {
    "versie": is_record,
    "verwerkt_object": is_record,
    "beheer": is_record,
    "betrokkene": is_row(Wat.BETROKKENE),
    "kenmerken": is_row(Wat.KENMERKEN),
    "objectkenmerken": is_row(Wat.OBJECTKENMERKEN),
    "opvolging": is_thing(Wat.VERSIE, Wat.OPVOLGING),
    "opschoning": is_thing(Wat.MANIFEST, Wat.VERSIE),
    "zegel": is_thing(Wat.ZEGEL, Wat.VERSIE, Wat.BEHEER, Wat.MERK),
    "ongezegeld": is_thing(Wat.MERK, Wat.VERSIE, Wat.BEHEER),
    "tegel": is_thing(Wat.TEGEL),
    "rand": is_thing(Wat.RAND),
    "kop": is_thing(Wat.KOP, Wat.ZEGEL, Wat.CHECKPOINT),
    "sleutel": is_thing(Wat.SLEUTEL, Wat.BETROKKENE),
}
KEYS = {
    "versie": "volgnummer",
    "verwerkt_object": "ctid::text || tableoid::text",
    "beheer": "volgnummer",
    "opvolging": "actie::text || '/' || nummer",
    "opschoning": "beheer",
    "zegel": "blad",
    "ongezegeld": "eerste",
    "tegel": "niveau::text || '/' || nummer",
    "rand": "niveau",
    "kop": "enig",
}


def columns_of(copy: Copy, table: str) -> list[tuple[str, str]]:
    found = copy.do(
        "select jsonb_build_array(column_name, data_type) from information_schema.columns"
        f" where table_schema = 'verwerkingenlog' and table_name = '{table}' order by ordinal_position"
    )
    return [tuple(json.loads(line)) for line in found.splitlines()]


def targets(copy: Copy, table: str, column: str) -> list[str]:
    """Give a row with a value in this column and one without, if there are, that something refers to."""
    key = KEYS.get(table, "id")
    referred = {
        "betrokkene": "id in (select betrokkene from voorkomen)",
        "kenmerken": "id in (select kenmerken from versie)",
        "objectkenmerken": "id in (select kenmerken from voorkomen)",
        "rand": "hashes <> ''",
    }.get(table, "true")
    found = copy.do(
        f"select distinct on ({column} is null) {key} from {table}"
        f" where {referred} order by {column} is null, {key} desc"
    )
    return [f"{key} = '{line}'" for line in found.splitlines()]


LOOSEN = """
do $$ declare name text; begin
    for name in
        select format('alter table %s drop constraint %I', conrelid::regclass, conname) from pg_constraint
        where conrelid = '{table}'::regclass and contype = 'c'
        union all
        select format('alter table %s alter %I drop identity', attrelid::regclass, attname) from pg_attribute
        where attrelid = '{table}'::regclass and attidentity <> ''
        union all
        select format('drop index %s', indexrelid::regclass) from pg_index
        where indrelid = '{table}'::regclass and indpred is not null
    loop execute name; end loop;
end $$;
do $$ declare changed integer; begin
    update {table} t set {column} = {value} where {where} and {column} is distinct from {value};
    get diagnostics changed = row_count;
    if changed <> 1 then raise 'nothing was changed'; end if;
end $$
"""
"""Also what a constraint would stop; only the partitions and the primary keys stay."""


def edit(copy: Copy, table: str, column: str, kind: str, where: str) -> tuple[Row, Row]:
    """Change the column of this row to another value; give the row before and after."""
    before = copy.do(f"select to_jsonb(t) from {table} t where {where}")
    cast = "" if kind == "ARRAY" else f"::{kind}"
    for template in VALUES[kind]:
        value = f"({template.format(column)}){cast}"
        if copy.can(LOOSEN.format(table=table, column=column, value=value, where=where)):
            row = json.loads(before)
            after = copy.do(
                f"select to_jsonb({value}) from jsonb_populate_record(null::{table}, $json${before}$json$)"
            )
            return row, {**row, column: json.loads(after)}
    pytest.fail(f"no other value for {table}.{column}")


@pytest.mark.parametrize("table", RIGHT)
async def test_T3_an_edit_of_any_column_is_found_and_named(tampering: Tampering, table: str) -> None:
    unseen, misnamed = [], []
    first = tampering.copy()
    for column, kind in columns_of(first, table):
        if f"{table}.{column}" in FREE:
            continue
        for where in targets(first, table, column):
            copy = tampering.copy()
            before, after = edit(copy, table, column, kind, where)
            findings = await copy.verifier([tampering.checkpoint])
            if not findings:
                unseen.append(f"{column} of {where}")
            elif not RIGHT[table](before, after, findings):
                misnamed.append((column, where, [str(one) for one in findings[:8]]))
    assert unseen == []
    assert misnamed == [], "\n".join(str(one) for one in misnamed)


@pytest.mark.usefixtures("log")
async def test_T3_every_table_is_covered_or_has_a_reason_not_to_be(cluster: Cluster, database: str) -> None:
    tables = psql(
        cluster,
        "select relname from pg_class where relnamespace = 'verwerkingenlog'::regnamespace"
        " and relkind in ('r', 'p') and not relispartition",
        url=database,
    )
    assert set(tables.splitlines()) == RIGHT.keys() | FREE_TABLES.keys()


@pytest.mark.usefixtures("log")
async def test_T3_a_column_without_cover_exists(cluster: Cluster, database: str) -> None:
    for name in FREE:
        table, column = name.split(".")
        assert psql(
            cluster,
            "select 1 from information_schema.columns where table_schema = 'verwerkingenlog'"
            f" and table_name = '{table}' and column_name = '{column}'",
            url=database,
        )
