"""Rule T3: the quick look never finds right what the careful look finds wrong, whatever is done to rows."""

import random
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.integration.test_tampering_columns import columns_of
from tests.support.tampering import Tampering
from verwerkingenlog.operations.verificatie.suspects import read_whole
from verwerkingenlog.storage.database import Connection, connect
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.verificatie.quick import Quick
from verwerkingenlog.storage.verificatie.rows import images

TABLES = (
    *("versie", "verwerkt_object") * 2,
    *("opvolging", "betrokkene", "kenmerken", "objectkenmerken", "beheer"),
)
VALUES = {
    "bigint": ("{0} + 1", "{0} - 1", "0", "1"),
    "integer": ("{0} + 1", "{0} - 1", "0", "1", "2"),
    "smallint": ("{0} + 1", "-1", "0", "1", "2", "60", "6000"),
    "text": ("{0} || 'x'", "''", "'2024-04-05T14:35:42+02:00'"),
    "uuid": ("gen_random_uuid()",),
    "boolean": ("not {0}", "true", "false"),
    "bytea": ("set_byte({0}, 0, get_byte({0}, 0) # 1)", "decode(repeat('00', 32), 'hex')"),
    "timestamp with time zone": ("{0} + interval '1 microsecond'", "'infinity'", "'0001-01-01'"),
    "ARRAY": ("{0} || '{{x}}'", "'{{}}'"),
}
LOOSEN = """
do $$ declare name text; begin
    for name in
        select format('alter table %s drop constraint %I', conrelid::regclass, conname) from pg_constraint
        where connamespace = 'verwerkingenlog'::regnamespace and contype in ('c', 'f') and conislocal
        union all
        select format('alter table %s alter %I drop not null', attrelid::regclass, attname)
        from pg_attribute join pg_class c on c.oid = attrelid
        where relnamespace = 'verwerkingenlog'::regnamespace and relkind in ('r', 'p') and not relispartition
            and attnum > 0 and attnotnull and attidentity = '' and not exists (
                select from pg_index i
                where i.indrelid = attrelid and i.indisprimary and attnum = any (i.indkey)
            )
        union all
        select format('drop index %s', i.indexrelid::regclass)
        from pg_index i join pg_class c on c.oid = i.indrelid
        where relnamespace = 'verwerkingenlog'::regnamespace and relname like 'versie%' and i.indisunique
        union all
        select format('alter table %s alter %I drop identity', attrelid::regclass, attname)
        from pg_attribute where attidentity <> '' and attrelid::regclass::text ~ 'kenmerken|betrokkene'
    loop execute name; end loop;
end $$
"""


@pytest.fixture
async def connection(tampering: Tampering) -> AsyncIterator[Connection]:
    copy = tampering.copy()
    copy.do(LOOSEN)
    connection = await connect(copy.url)
    await connection.execute("set session_replication_role = replica")
    yield connection
    await connection.close()


@pytest.fixture
def ring(tampering: Tampering) -> KeyRing:
    return tampering.ring


@pytest.fixture
def columns(tampering: Tampering) -> dict[str, list[tuple[str, str]]]:
    copy = tampering.copy()
    return {table: columns_of(copy, table) for table in TABLES}


async def careful_leaves(connection: Connection, ring: KeyRing, numbers: list[int]) -> dict[int, bytes]:
    """Give the leaves of the records that a careful look finds right."""
    batch, references = await read_whole(connection, ring, numbers)
    seen = {number: images(number, batch, references, ring) for number in numbers}
    return {
        number: only[0].blad
        for number, only in seen.items()
        if len(only) == 1 and only[0].blad is not None and not only[0].afwijkingen
    }


async def numbers_of(connection: Connection) -> list[int]:
    rows = await connection.fetch(
        "select volgnummer from versie union select volgnummer from beheer order by 1"
    )
    return [row[0] for row in rows if row[0] is not None]


async def alter(
    connection: Connection, chance: random.Random, columns: dict[str, list[tuple[str, str]]]
) -> str | None:
    """Do something to a row, unless PostgreSQL refuses it; give what it was."""
    table = chance.choice(TABLES)
    column, kind = chance.choice(columns[table])
    other = (
        f"(select {column} from {table} where {column} is distinct from t.{column}"
        f" order by md5(t.{column}::text || {column}::text) limit 1)"
    )
    value = chance.choice([*VALUES[kind], "null", other, other]).format(f"t.{column}")
    rows = await connection.fetchval(f"select count(*) from {table}")
    row = (
        f"(tableoid, ctid) = (select tableoid, ctid from {table}"
        f" order by 1, 2 offset {chance.randrange(rows)} limit 1)"
    )
    names = [name for name, _ in columns[table]]
    copied = ", ".join(f"({value})::{kind}" if name == column and kind != "ARRAY" else name for name in names)
    statement = chance.choices(
        [
            f"update {table} t set {column} = {value} where {row}",
            f"insert into {table} ({', '.join(names)}) select {copied} from {table} t where {row}",
            f"delete from {table} where {row}",
        ],
        weights=[8, 3, 1],
    )[0]
    try:
        async with connection.transaction():
            await connection.execute(statement)
    except asyncpg.PostgresError:
        return None
    return statement


@pytest.mark.parametrize("seed", range(4))
async def test_T3_the_quick_look_never_accepts_what_the_careful_one_refuses(
    connection: Connection, ring: KeyRing, columns: dict[str, list[tuple[str, str]]], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    tried = 0
    while tried < 60:
        transaction = connection.transaction()
        await transaction.start()
        done = [await alter(connection, chance, columns) for _ in range(chance.choice([1, 1, 2, 3]))]
        numbers = await numbers_of(connection)
        quick = await Quick(ring).leaves(connection, numbers)
        careful = await careful_leaves(connection, ring, numbers)
        await transaction.rollback()
        assert quick.items() <= careful.items(), done
        tried += any(done)


async def test_T3_the_quick_look_takes_nearly_all_of_a_sound_log(
    connection: Connection, ring: KeyRing
) -> None:
    numbers = await numbers_of(connection)
    quick, careful = (
        await Quick(ring).leaves(connection, numbers),
        await careful_leaves(connection, ring, numbers),
    )
    assert quick.items() <= careful.items()
    assert careful.keys() == set(numbers)
    left = await connection.fetch(
        "select v.volgnummer from versie v where v.volgnummer <> all ($1::bigint[])"
        " and v.afnemer is null and v.tijdstip_tekst is null"
        " and not exists (select from verwerkt_object o where o.versie = v.volgnummer and o.nummer is null)",
        list(quick),
    )
    assert {row[0] for row in left} == set()
