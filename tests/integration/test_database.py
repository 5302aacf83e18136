"""How the log connects to a database: as which user, and what it makes of one that it can't use."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.support.postgres import psql
from tests.support.small_server import small_server
from verwerkingenlog.errors import ConfigurationError, StoreUnavailable
from verwerkingenlog.operations.installation import check_installation, install
from verwerkingenlog.storage.database import (
    KEYS,
    PURGING,
    SEALING,
    SERVING,
    connect,
    open_pool,
    reachable,
)
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.migrate import migrate

both_versions = pytest.mark.parametrize("cluster", [18, 16], indirect=True)


@pytest.fixture
def user(cluster: Cluster, database: str) -> str:
    """Give a database user of this test alone, who may log in and nothing else."""
    name = f"gebruiker_{database.partition('?')[0].rpartition('/')[2]}"
    psql(cluster, f"create role {name} login")
    return name


def as_user(url: str, name: str) -> str:
    """Give the address of the same database for another user."""
    return url.replace("user=postgres", f"user={name}")


@both_versions
async def test_M2_an_owner_without_other_powers_can_install(
    cluster: Cluster, database: str, user: str, sleutels: Path
) -> None:
    """As docs/beheerder.md says: the roles are there, the owner is a member of them."""
    psql(cluster, f"create role {user}_eigenaar login createrole")
    name = database.partition("?")[0].rpartition("/")[2]
    psql(cluster, f"alter database {name} owner to {user}_eigenaar")
    for role in ("dienst", "sleutels", "beheer", "zegel", "opschoning"):
        psql(
            cluster,
            f"do $$ begin create role verwerkingenlog_{role} nologin;"
            " exception when duplicate_object then null; end $$;"
            f"grant verwerkingenlog_{role} to {user}_eigenaar",
        )
    psql(cluster, f"alter role {user}_eigenaar nocreaterole")
    owner = as_user(database, f"{user}_eigenaar")
    assert (await install(owner, owner, sleutels, os.urandom)).new_ring


@both_versions
@pytest.mark.parametrize("how", ["inherit true", "inherit false"])
async def test_M2_a_user_who_may_serve_and_seal_and_nothing_else_can_serve(
    cluster: Cluster, database: str, user: str, how: str, sleutels: Path, tmp_path: Path
) -> None:
    await install(database, database, sleutels, os.urandom)
    psql(cluster, f"grant {SERVING}, {SEALING} to {user} with {how}, set true")
    url = as_user(database, user)
    with small_server(
        tmp_path, VERWERKINGENLOG_DATABASE_URL=url, VERWERKINGENLOG_SLEUTELS=str(sleutels)
    ) as server:
        server.until_ready()
        assert server.stop() == 0


@both_versions
async def test_a_user_without_the_serving_role_is_refused_with_what_to_do(
    database: str, user: str, tmp_path: Path
) -> None:
    await migrate(database)
    with small_server(tmp_path, VERWERKINGENLOG_DATABASE_URL=as_user(database, user)) as server:
        assert server.code() == 2
    assert f"de rol {SERVING} niet" in server.err
    assert "Geef in VERWERKINGENLOG_DATABASE_URL het adres" in server.err


@pytest.mark.parametrize(
    ("role", "setting"),
    [
        (None, "VERWERKINGENLOG_DATABASE_URL_MIGRATIE"),
        (KEYS, "VERWERKINGENLOG_DATABASE_URL_SLEUTELS"),
        (PURGING, "VERWERKINGENLOG_DATABASE_URL_OPSCHONING"),
        (SERVING, "VERWERKINGENLOG_DATABASE_URL klopt"),
    ],
)
async def test_an_address_that_does_not_work_is_named_by_its_own_setting(
    role: str | None, setting: str
) -> None:
    with pytest.raises(ConfigurationError, match=setting):
        await connect("postgresql://log:geheim@127.0.0.1:1/log", role)


async def test_a_database_that_does_not_exist_is_told_so(database: str) -> None:
    name = database.partition("?")[0].rpartition("/")[2]
    with pytest.raises(ConfigurationError, match="bestaat niet op deze server"):
        await connect(database.replace(name, f"{name}_weg", 1), SERVING)


async def test_a_user_who_loses_his_rights_while_the_log_serves_is_a_store_that_is_away(
    cluster: Cluster, database: str, user: str
) -> None:
    await migrate(database)
    psql(cluster, f"grant {SERVING} to {user}")
    pool = await open_pool(as_user(database, user), SERVING, 1)
    try:
        psql(cluster, f"revoke {SERVING} from {user}")
        psql(cluster, f"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{user}'")
        await asyncio.sleep(0.2)
        with pytest.raises(StoreUnavailable):
            async with reachable(), pool.acquire() as connection:
                await connection.fetchval("select 1")
    finally:
        pool.terminate()


async def test_P2_a_database_that_takes_no_writes_is_refused(
    cluster: Cluster, database: str, sleutels: Path
) -> None:
    await install(database, database, sleutels, os.urandom)
    name = database.partition("?")[0].rpartition("/")[2]
    psql(cluster, f"alter database {name} set default_transaction_read_only = on")
    connection = await connect(database, SERVING)
    try:
        with pytest.raises(ConfigurationError, match="alleen lezen"):
            await check_installation(connection, sleutels)
    finally:
        await connection.close()


@pytest.mark.parametrize("host", ["a..b", "x" * 64, "geen.host.example"])
async def test_a_host_that_cannot_be_is_refused_with_a_sentence(host: str) -> None:
    with pytest.raises(ConfigurationError, match="niet bereikbaar"):
        await connect(f"postgresql://log:geheim@{host}/log")


async def test_a_cancelled_task_ends_although_its_connection_breaks() -> None:
    """Else a worker that stops would wait for a task that went on."""

    async def work() -> None:
        async with reachable():
            try:
                await asyncio.sleep(60)
            finally:
                raise ConnectionResetError

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
