"""A purge of a log on a real database, at a moment of the test's own."""

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from tests.support.store import AUTEUR
from tests.support.verifying import Verifier
from verwerkingenlog.domain.bewaarregels import Bewaarregels
from verwerkingenlog.domain.opschoning import Opschoonverslag
from verwerkingenlog.domain.verwerkingsactie import Versie, next_version
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.opschoning.purge import Purge, purge, rehearse
from verwerkingenlog.operations.opschoning.sealing import Sealing
from verwerkingenlog.storage import reading
from verwerkingenlog.storage.database import PURGING, SEALING, Connection, connect

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TABLES = ("versie", "verwerkt_object", "opvolging", "betrokkene", "kenmerken", "objectkenmerken")
"""What holds the content of a log."""


def regels(maximum: str | None = None, **per_activiteit: str) -> Bewaarregels:
    """Give the terms of an organisation."""
    return Bewaarregels(per_activiteit, maximum)


class Opschoning:
    """Purges the log of a test, each time with connections of its own."""

    def __init__(self, log: Log, database: str) -> None:
        self.log, self.database = log, database
        self.tampered = False

    async def __call__(self, terms: Bewaarregels | None = None, now: datetime = NOW) -> Opschoonverslag:
        """Remove what has passed its term."""
        async with self.begun(terms, now) as run:
            return await purge(run)

    async def proef(self, terms: Bewaarregels | None = None, now: datetime = NOW) -> Opschoonverslag:
        """Tell what would go."""
        async with self.begun(terms, now) as run:
            return await rehearse(run)

    @asynccontextmanager
    async def begun(
        self,
        terms: Bewaarregels | None = None,
        now: datetime = NOW,
        wrap: Callable[[Connection], Connection] = lambda connection: connection,
    ) -> AsyncIterator[Purge]:
        """Have a run that can be started, on connections that `wrap` may stand before."""
        connection = await connect(self.database, PURGING)
        sealer = await connect(self.database, SEALING)
        wrapped = wrap(connection)
        try:
            yield Purge(
                connection=wrapped,
                ring=self.log.ring,
                regels=terms or regels(),
                clock=lambda: now,
                random=os.urandom,
                seal=Sealing(wrapped, wrap(sealer), self.log.ring, lambda: now),
            )
        finally:
            await connection.close()
            await sealer.close()

    async def rows(self, tables: Sequence[str] = TABLES) -> Mapping[str, int]:
        """Count the rows of these tables."""
        async with connected(self.database) as connection:
            return {table: await connection.fetchval(f"select count(*) from {table}") for table in tables}

    async def there(self, versie: Versie) -> bool:
        """Tell whether anything of an actie is in the log."""
        async with connected(self.database) as connection:
            found: bool = await connection.fetchval(
                "select exists (select from versie where actie_id = $1)", versie.actie_id
            )
        return found

    async def free(self) -> None:
        """Return once the database noticed that the run before is gone."""
        async with connected(self.database) as connection:
            await connection.execute("select pg_advisory_lock(8101986416)")
            await connection.execute("select pg_advisory_unlock(8101986416)")

    async def check(self) -> None:
        """Check that the log is whole, and that it verifies from its content to its checkpoint."""
        assert await Verifier(self.log, self.database)() == []


@asynccontextmanager
async def connected(database: str, role: str | None = None) -> AsyncIterator[Connection]:
    """Have a connection, as the owner of the schema where no role is named."""
    connection = await connect(database, role)
    try:
        yield connection
    finally:
        await connection.close()


async def change(log: Log, before: Versie, **changes: object) -> Versie:
    """Write a next version with these attributes changed, and give it."""
    after = next_version(before, replace(before.inhoud, **changes), AUTEUR, datetime.now(UTC))
    await follow(log, after)
    return after


async def follow(log: Log, after: Versie) -> None:
    """Write a version that follows on the current one."""
    async with log.pool.acquire() as connection:
        record = await reading.current(connection, log.ring, after.actie_id)
        assert record is not None
        assert await log.writer.succeed(connection, [(record, after)])


@pytest.fixture
async def opschonen(log: Log, database: str) -> AsyncIterator[Opschoning]:
    """Give what purges the log; after the test the whole log has to verify (rule R3)."""
    given = Opschoning(log, database)
    yield given
    if not given.tampered:
        await given.check()
