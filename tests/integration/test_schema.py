"""The schema as one readable file, and the migrations that lead to it."""

import os
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from tests.support.postgres import create_database, psql
from tests.support.store import serving
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.operations.installation import check_installation, install
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.migrate import all_migrations, migrate

SCHEMA = files("verwerkingenlog.storage").joinpath("schema.sql").read_text(encoding="utf-8")
both_versions = pytest.mark.parametrize("cluster", [18, 16], indirect=True)


def dump(cluster: Cluster, url: str) -> list[str]:
    done = subprocess.run(  # noqa: S603 - our own pg_dump
        [str(cluster.binaries / "pg_dump"), "--schema-only", "--no-owner", url],
        capture_output=True,
        text=True,
        check=True,
    )
    # A dump starts and ends with a random word that keeps psql from running what others put in it.
    return [line for line in done.stdout.splitlines() if not line.startswith("\\")]


@both_versions
async def test_M2_schema_file_is_what_the_migrations_make(cluster: Cluster, database: str) -> None:
    await migrate(database)
    readable = create_database(cluster)
    psql(cluster, SCHEMA, url=readable)
    assert dump(cluster, readable) == dump(cluster, database)


@both_versions
async def test_M2_migrating_again_changes_nothing(cluster: Cluster, database: str) -> None:
    applied = await migrate(database)
    before = dump(cluster, database)
    assert [step.name for step in applied] == [step.name for step in all_migrations()]
    assert await migrate(database) == []
    assert dump(cluster, database) == before


async def test_M2_a_migration_that_was_edited_is_refused(cluster: Cluster, database: str) -> None:
    await migrate(database)
    psql(cluster, "update verwerkingenlog.migratie set vingerafdruk = 'x' where nummer = 1", url=database)
    with pytest.raises(ConfigurationError, match="0001_log"):
        await migrate(database)


async def test_M2_a_database_that_is_not_migrated_is_not_served(
    cluster: Cluster, database: str, sleutels: Path
) -> None:
    await install(database, database, sleutels, os.urandom)
    psql(cluster, "delete from verwerkingenlog.migratie where nummer = 2", url=database)
    async with serving(database) as connection:
        with pytest.raises(ConfigurationError, match="verwerkingenlog migrate"):
            await check_installation(connection, sleutels)


@both_versions
async def test_P2_a_database_that_does_not_keep_its_word_is_refused(
    cluster: Cluster, database: str, sleutels: Path
) -> None:
    await install(database, database, sleutels, os.urandom)
    name = psql(cluster, "select current_database()", url=database)
    psql(cluster, f"alter database {name} set synchronous_commit = off", url=database)
    async with serving(database) as connection:
        with pytest.raises(ConfigurationError, match="synchronous_commit staat uit"):
            await check_installation(connection, sleutels)
