"""Rule M2: the log is physically append-only, and its roles can do no more than their work."""

import asyncpg
import pytest

from tests.support.postgres import psql, run_psql
from tests.support.store import a_version
from verwerkingenlog.operations.log import Log
from verwerkingenlog.storage.database import APPLICATIONS, KEYS, PURGING, SEALING, SERVING
from verwerkingenlog.storage.embedded import Cluster

LOGGED = (
    "versie",
    "versie_normaal",
    "versie_afgeschermd",
    "verwerkt_object",
    "verwerkt_object_normaal",
    "verwerkt_object_afgeschermd",
    "kenmerken",
    "objectkenmerken",
    "opvolging",
    "zegel",
    "tegel",
    "beheer",
    "opschoning",
)
EVIDENCE = {
    table: {"SELECT"}
    for table in ("generatie", "zegel", "tegel", "rand", "kop", "beheer", "opschoning", "ongezegeld")
}
CONTENT = {
    table: {"SELECT"}
    for table in (
        "versie",
        "verwerkt_object",
        "kenmerken",
        "objectkenmerken",
        "opvolging",
        "betrokkene",
        "voorkomen",
        "versie_volledig",
        "object_volledig",
    )
}
ADMINISTERS = EVIDENCE | {"beheer": {"SELECT", "INSERT"}, "ongezegeld": {"SELECT", "INSERT"}}
GRANTED = {
    SERVING: EVIDENCE
    | {
        "versie": {"SELECT", "INSERT"},
        "verwerkt_object": {"SELECT", "INSERT"},
        "kenmerken": {"SELECT", "INSERT"},
        "objectkenmerken": {"SELECT", "INSERT"},
        "opvolging": {"SELECT", "INSERT"},
        "betrokkene": {"SELECT", "INSERT"},
        "voorkomen": {"SELECT"},
        "versie_volledig": {"SELECT"},
        "object_volledig": {"SELECT"},
        "sleutel": {"SELECT"},
        "migratie": {"SELECT"},
        "applicatie": {"SELECT"},
        "idempotentie": {"SELECT", "INSERT", "UPDATE", "DELETE"},
        "ongezegeld": {"SELECT", "INSERT"},
    },
    KEYS: ADMINISTERS
    | {
        "sleutel": {"SELECT", "INSERT", "UPDATE"},
        "betrokkene": {"SELECT", "UPDATE"},
        "generatie": {"SELECT", "UPDATE"},
        "migratie": {"SELECT"},
    },
    APPLICATIONS: ADMINISTERS
    | {"applicatie": {"SELECT", "INSERT"}, "migratie": {"SELECT"}, "sleutel": {"SELECT"}},
    SEALING: ADMINISTERS
    | CONTENT
    | {
        "ongezegeld": {"SELECT", "INSERT", "DELETE"},
        "zegel": {"SELECT", "INSERT"},
        "tegel": {"SELECT", "INSERT"},
        "rand": {"SELECT", "INSERT", "UPDATE"},
        "kop": {"SELECT", "INSERT", "UPDATE"},
        "migratie": {"SELECT"},
        "sleutel": {"SELECT"},
    },
    PURGING: ADMINISTERS
    | CONTENT
    | {
        "opschoning": {"SELECT", "INSERT"},
        "mogelijk_wees": {"SELECT", "DELETE"},
        "open_opschoning": {"SELECT", "INSERT", "DELETE"},
        "migratie": {"SELECT"},
        "sleutel": {"SELECT"},
    },
}
both_versions = pytest.mark.parametrize("cluster", [18, 16], indirect=True)


@both_versions
@pytest.mark.parametrize("table", LOGGED)
@pytest.mark.parametrize("statement", ["delete from {}", "truncate {}", "update {} set {} = {}"])
async def test_M2_even_the_superuser_may_not_change_a_row(
    log: Log, cluster: Cluster, database: str, table: str, statement: str
) -> None:
    await log.group_commit.register(a_version())
    table = f"verwerkingenlog.{table}"
    column = psql(
        cluster,
        f"select attname from pg_attribute where attrelid = '{table}'::regclass and attnum = 2",
        url=database,
    )
    done = run_psql(cluster, statement.format(table, column, column), url=database)
    assert done.returncode
    assert "alleen aan te vullen" in done.stderr


@both_versions
@pytest.mark.parametrize("table", ["betrokkene", "sleutel"])
@pytest.mark.parametrize(
    "statement", ["delete from verwerkingenlog.{}", "truncate verwerkingenlog.{} cascade"]
)
async def test_M2_no_person_or_key_can_be_removed(
    log: Log, cluster: Cluster, database: str, table: str, statement: str
) -> None:
    await log.group_commit.register(a_version())
    assert "alleen aan te vullen" in run_psql(cluster, statement.format(table), url=database).stderr


@both_versions
@pytest.mark.parametrize("role", GRANTED)
@pytest.mark.usefixtures("log")
async def test_M2_each_role_has_its_own_rights_and_no_more(
    cluster: Cluster, database: str, role: str
) -> None:
    rows = psql(
        cluster,
        "select table_name || ' ' || privilege_type from information_schema.role_table_grants"
        f" where grantee = '{role}' and table_schema = 'verwerkingenlog'",
        url=database,
    )
    expected = {f"{table} {right}" for table, rights in GRANTED[role].items() for right in rights}
    assert set(rows.splitlines()) == expected


@pytest.mark.parametrize("table", ["versie", "verwerkt_object", "betrokkene", "kenmerken", "applicatie"])
async def test_M2_the_serving_role_is_refused_a_change(log: Log, table: str) -> None:
    await log.group_commit.register(a_version())
    async with log.pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"delete from {table}")
