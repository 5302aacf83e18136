"""Rule P2: whatever happens to the connection around COMMIT, each record is written once or not at all."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.postgres import psql
from tests.support.proxy import Moment, Proxy, proxied
from tests.support.store import a_version, log_on, serving
from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.operations.log import Log, microseconds
from verwerkingenlog.storage import idempotency
from verwerkingenlog.storage.bulk_commit import BulkCommit
from verwerkingenlog.storage.database import SERVING, connect, open_pool
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.group_commit import GroupCommit
from verwerkingenlog.storage.idempotency import Claim

MARK = b"breek-hier"
BULK = 600
"""Acties in a bulk: more than one statement holds."""
STUCK = """
select count(*) from pg_locks l join pg_database d on d.oid = l.database
where not l.granted and d.datname = current_database()
"""


class Fragile(NamedTuple):
    """What writes new acties, over connections that pass through a proxy."""

    group_commit: GroupCommit
    bulk_commit: BulkCommit
    proxy: Proxy


@pytest.fixture
async def fragile(log: Log, cluster: Cluster, database: str, tmp_path: Path) -> AsyncIterator[Fragile]:
    name = psql(cluster, "select current_database()", url=database)
    async with proxied(cluster, name, tmp_path) as (proxy, url):
        pool = await open_pool(url, SERVING, 2)
        weak = log_on(pool, log.ring)
        # The statements are prepared and the dictionaries known: what breaks is the write alone.
        # The pool gives the connection that came back last.
        await weak.bulk_commit.register([a_version() for _ in range(BULK)])
        await weak.group_commit.register(a_version())
        yield Fragile(weak.group_commit, weak.bulk_commit, proxy)
        await asyncio.wait_for(pool.close(), 10)


def a_marked_version() -> Versie:
    return a_version(gebruiker=MARK.decode())


async def times_written(database: str, *versies: Versie) -> int:
    async with serving(database) as connection:
        number: int = await connection.fetchval(
            "select count(*) from versie where actie_id = any($1)", [versie.actie_id for versie in versies]
        )
        return number


def a_marked_bulk(marked: int) -> list[Versie]:
    versies = [a_version() for _ in range(BULK)]
    versies[marked] = a_marked_version()
    return versies


@pytest.mark.parametrize("moment", [Moment.BEFORE, Moment.AFTER])
async def test_P2_a_lost_statement_or_answer_is_made_good(
    fragile: Fragile, database: str, moment: Moment
) -> None:
    versie = a_marked_version()
    fragile.proxy.break_at(MARK, moment)
    await fragile.group_commit.register(versie)
    assert fragile.proxy.broke
    assert await times_written(database, versie) == 1


async def test_P2_a_write_that_is_still_at_work_is_not_written_twice(
    fragile: Fragile, cluster: Cluster, database: str
) -> None:
    versie = a_marked_version()
    blocker = await connect(database)
    try:
        async with blocker.transaction():
            await blocker.execute("lock table versie in share mode")
            fragile.proxy.break_at(MARK, Moment.DURING)
            writing = asyncio.create_task(fragile.group_commit.register(versie))
            while psql(cluster, STUCK, url=database) != "2":  # noqa: ASYNC110 - both attempts, it tells
                await asyncio.sleep(0.05)
        await writing
    finally:
        await blocker.close()
    assert await times_written(database, versie) == 1


@pytest.mark.parametrize("moment", Moment)
async def test_P6_a_broken_commit_keeps_key_and_record_together(
    fragile: Fragile, database: str, moment: Moment
) -> None:
    versie = a_marked_version()
    claim = Claim(b"k", b"body", versie.actie_id, microseconds(versie.tijdstip_registratie))
    fragile.proxy.break_at(b"COMMIT", moment)
    await fragile.group_commit.register(versie, claim)
    assert fragile.proxy.broke
    assert await times_written(database, versie) == 1
    async with serving(database) as connection:
        remembered = await idempotency.find(connection, claim.key, claim.now)
    assert remembered is not None
    assert remembered.actie_id == versie.actie_id


@pytest.mark.parametrize("marked", [0, BULK - 1])
@pytest.mark.parametrize("moment", Moment)
async def test_P2_bulk_is_written_once_though_a_statement_of_it_is_lost(
    fragile: Fragile, database: str, moment: Moment, marked: int
) -> None:
    versies = a_marked_bulk(marked)
    fragile.proxy.break_at(MARK, moment)
    await fragile.bulk_commit.register(versies)
    assert fragile.proxy.broke
    assert await times_written(database, *versies) == BULK


@pytest.mark.parametrize("moment", Moment)
async def test_P2_P6_bulk_is_written_once_with_its_key_though_its_commit_is_lost(
    fragile: Fragile, database: str, moment: Moment
) -> None:
    versies = a_marked_bulk(0)
    claim = Claim(b"k", b"body", versies[0].actie_id, microseconds(versies[0].tijdstip_registratie))
    fragile.proxy.break_at(b"COMMIT", moment)
    await fragile.bulk_commit.register(versies, claim)
    assert fragile.proxy.broke
    assert await times_written(database, *versies) == BULK
    async with serving(database) as connection:
        remembered = await idempotency.find(connection, claim.key, claim.now)
    assert remembered is not None
    assert remembered.actie_id == claim.actie_id
