"""Bulks in the store: whole or not at all, under one claim, whatever changes meanwhile."""

import asyncio
import os
from uuid import UUID

import pytest

from tests.support.postgres import psql
from tests.support.store import a_version, log_on, serving
from verwerkingenlog.domain.toegang import Aanroeper, Scope
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import Versie, VerwerktObject
from verwerkingenlog.errors import IdempotencyMismatch, IdempotencyPending
from verwerkingenlog.operations.log import Log, microseconds
from verwerkingenlog.operations.register import IdempotencyKey
from verwerkingenlog.operations.register_many import register_all, register_each
from verwerkingenlog.storage.database import connect
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.idempotency import Claim

SIZE = 600
"""More than one statement holds."""
CALLER = Aanroeper("zaaksysteem", "u", frozenset({Scope.CREATE_NORMAL}))


def versions() -> list[Versie]:
    return [a_version() for _ in range(SIZE)]


def a_claim(versie: Versie) -> Claim:
    return Claim(b"k", b"body", str(UUID(bytes=os.urandom(16))), microseconds(versie.tijdstip_registratie))


async def written(database: str, versies: list[Versie]) -> int:
    async with serving(database) as connection:
        number: int = await connection.fetchval(
            "select count(*) from versie where actie_id = any($1)", [versie.actie_id for versie in versies]
        )
        return number


@pytest.mark.parametrize("cluster", [18, 16], indirect=True)
async def test_P2_a_bulk_is_written_whole_and_marked_for_the_seal(
    log: Log, cluster: Cluster, database: str
) -> None:
    versies, leaves = versions(), "select sum(octet_length(bladeren) / 32) from verwerkingenlog.ongezegeld"
    before = int(psql(cluster, leaves, url=database))
    await log.bulk_commit.register(versies)
    assert await written(database, versies) == SIZE
    assert int(psql(cluster, leaves, url=database)) == before + SIZE


async def test_P2_a_bulk_goes_on_when_keys_or_attributes_changed(
    log: Log, cluster: Cluster, database: str
) -> None:
    await log.bulk_commit.register(versions())
    psql(cluster, "begin; select verwerkingenlog.volgende_generatie(); commit", url=database)
    versies = versions()
    await log.bulk_commit.register(versies)
    assert await written(database, versies) == SIZE


async def test_P2_a_bulk_ends_while_persons_are_forgotten_all_the_time(log: Log, database: str) -> None:
    purge, done = await connect(database), asyncio.Event()

    async def forget() -> None:
        while not done.is_set():
            await purge.execute("select volgende_generatie()")
            await asyncio.sleep(0.05)

    persons = [VerwerktObject("BSN", str(100_000_000 + number)) for number in range(6_000)]
    versies = [a_version(*persons[index : index + 2]) for index in range(0, len(persons), 2)]
    await log.bulk_commit.register(versies[:1])
    forgetting = asyncio.create_task(forget())
    try:
        await asyncio.wait_for(log.bulk_commit.register(versies[1:]), 60)
        assert await written(database, versies) == len(versies)
        # Nothing is held any more, also where the connection lives on.
        held = "select count(*) from pg_locks where locktype = 'advisory' and mode = 'ShareLock'"
        done.set()
        await forgetting
        assert await purge.fetchval(held) == 0
    finally:
        done.set()
        await forgetting
        await purge.close()


async def test_P2_a_bulk_that_is_given_up_leaves_nothing(log: Log, cluster: Cluster, database: str) -> None:
    versies, stuck = versions(), "select count(*) from pg_locks where not granted"
    blocker = await connect(database)
    try:
        async with blocker.transaction():
            await blocker.execute("lock table ongezegeld in share mode")
            writing = asyncio.create_task(log.bulk_commit.register(versies))
            while psql(cluster, stuck, url=database) == "0":  # noqa: ASYNC110 - its last statement, it tells
                await asyncio.sleep(0.05)
            writing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writing
    finally:
        await blocker.close()
    assert await written(database, versies) == 0
    await log.bulk_commit.register(versies)
    assert await written(database, versies) == SIZE


async def test_P6_of_two_workers_with_one_claim_one_writes(log: Log, database: str) -> None:
    other = log_on(log.pool, log.ring)
    bulks = [versions(), versions()]
    outcomes = await asyncio.gather(
        *(
            worker.bulk_commit.register(versies, a_claim(versies[0]))
            for worker, versies in zip((log, other), bulks, strict=True)
        ),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IdempotencyPending", "NoneType"]
    for outcome, versies in zip(outcomes, bulks, strict=True):
        assert await written(database, versies) == (0 if isinstance(outcome, IdempotencyPending) else SIZE)


async def test_P6_repeated_at_once_all_give_the_same_ids(log: Log, database: str) -> None:
    inhouden = [versie.inhoud for versie in versions()]
    workers = [log, log_on(log.pool, log.ring), log]
    key = IdempotencyKey("sleutel", b"inhoud")
    answers = await asyncio.gather(*(register_all(worker, CALLER, inhouden, key) for worker in workers))
    assert answers[0] == answers[1] == answers[2]
    assert len(set(answers[0])) == SIZE
    async with serving(database) as connection:
        assert await connection.fetchval("select count(*) from versie") == SIZE


async def test_P6_what_was_refused_at_first_is_not_logged_by_a_repeat(log: Log, database: str) -> None:
    normal, secret = a_version().inhoud, a_version(vertrouwelijkheid=Vertrouwelijkheid.VERTROUWELIJK).inhoud
    key = IdempotencyKey("sleutel", b"inhoud")
    actie_id, refused = await register_each(log, CALLER, [normal, secret], key)
    more = Aanroeper(CALLER.client_id, "u", frozenset({Scope.CREATE_CONFIDENTIAL}))
    again, not_then = await register_each(log, more, [normal, secret], key)
    assert again == actie_id
    assert type(refused).__name__ == "NotAllowed"
    assert isinstance(not_then, IdempotencyMismatch)
    assert "geweigerd, of daarna opgeschoond" in str(not_then)
    async with serving(database) as connection:
        assert await connection.fetchval("select count(*) from versie") == 1
