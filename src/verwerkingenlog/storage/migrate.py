"""Bring a database to the schema that this release needs."""

import hashlib
from importlib.resources import files
from typing import NamedTuple

import asyncpg

from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage import migrations
from verwerkingenlog.storage.database import Connection, check_server, connect
from verwerkingenlog.storage.sql import query


class Migration(NamedTuple):
    """One step: its number and name (`0001_log`), and its SQL."""

    number: int
    name: str
    text: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the text in hexadecimal digits; a migration that landed is never edited."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def all_migrations() -> list[Migration]:
    """Give every migration of this release, in order."""
    found = [file for file in files(migrations).iterdir() if file.name.endswith(".sql")]
    return sorted(
        Migration(int(file.name[:4]), file.name.removesuffix(".sql"), file.read_text(encoding="utf-8"))
        for file in found
    )


async def migrate(url: str) -> list[Migration]:
    """Apply what is missing, each migration in a transaction of its own, and give what was applied.

    One process at a time, under an advisory lock; with timeouts, so that a migration that would have to wait
    behind the running log gives up instead of making the log wait behind it. Raises `ConfigurationError`.
    """
    connection = await connect(url)
    try:
        await check_server(connection)
        await connection.execute(query("migraties/begin"))
        pending = await _pending(connection)
        for migration in pending:
            await _apply(connection, migration)
    except asyncpg.PostgresError as error:
        raise ConfigurationError(
            f"Het bijwerken van de database is gestopt: {error} ({error.sqlstate})."
            " Wat al klaar was, blijft. Los de oorzaak op en draai opnieuw: verwerkingenlog migrate"
        ) from None
    else:
        return pending
    finally:
        await connection.close()


async def check_migrated(connection: Connection) -> None:
    """Refuse a database that lacks a migration. Raises `ConfigurationError` that says what to run."""
    if not await connection.fetchval(query("migraties/exists")) or await _pending(connection):
        raise ConfigurationError(
            "De database is niet bijgewerkt voor deze versie. Draai eerst: verwerkingenlog migrate"
        )


async def _pending(connection: Connection) -> list[Migration]:
    applied = {row["nummer"]: row["vingerafdruk"] for row in await connection.fetch(query("migraties/list"))}
    known = all_migrations()
    for migration in known:
        if applied.get(migration.number, migration.fingerprint) != migration.fingerprint:
            raise ConfigurationError(
                f"Migratie {migration.name} is in deze database anders uitgevoerd dan deze versie haar kent."
            )
    return [migration for migration in known if migration.number not in applied]


async def _apply(connection: Connection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(query("migraties/timeouts"))
        await connection.execute(migration.text)
        await connection.execute(
            query("migraties/record"), migration.number, migration.name, migration.fingerprint
        )
