"""Sealing on a real database: every record gets one place in the tree, whatever stops the sealer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random

import asyncpg
import pytest

from tests.support.postgres import psql
from tests.support.sealing import assert_sealed, clock, waiting
from tests.support.store import AUTEUR, a_version, log_on
from verwerkingenlog.domain.verwerkingsactie import lapsed_version
from verwerkingenlog.errors import ConfigurationError, LogWentBack
from verwerkingenlog.ledger.checker import HASH_BYTES, open_checkpoint
from verwerkingenlog.ledger.tiles import Growth
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.verzegeling.extension import verifiers
from verwerkingenlog.operations.verzegeling.seal import begin, seal, seal_all
from verwerkingenlog.storage import boom, reading, sealing
from verwerkingenlog.storage.database import SEALING, UNREACHABLE, Connection, connect
from verwerkingenlog.storage.embedded import Cluster

both_versions = pytest.mark.parametrize("cluster", [18, 16], indirect=True)

UNMARK = (
    "delete from verwerkingenlog.ongezegeld where eerste in (select volgnummer from verwerkingenlog.versie)"
)
"""Makes of a log one whose versions were written by a release without leaves."""


@pytest.fixture
async def sealer(log: Log, database: str) -> AsyncIterator[Connection]:
    """Give a connection in the role that seals, to a log in which nothing waits."""
    connection = await connect(database, SEALING)
    await seal_all(connection, log.ring, clock)
    yield connection
    connection.terminate()


async def write(log: Log, count: int) -> list[int]:
    return await asyncio.gather(*(log.group_commit.register(a_version()) for _ in range(count)))


async def assert_holds(connection: Connection, leaves: dict[int, bytes]) -> None:
    """Check the whole tree, and that these records have these leaves."""
    sealed = await assert_sealed(connection)
    assert {number: sealed[number] for number in leaves} == leaves


@both_versions
async def test_T1_every_record_gets_one_place_in_a_signed_tree(log: Log, sealer: Connection) -> None:
    chance = Random(4)  # noqa: S311 - no secret
    leaves: dict[int, bytes] = {}
    for _ in range(12):
        await write(log, chance.choice([1, 3, 40, 200]))
        leaves |= await waiting(sealer)
        assert await seal_all(sealer, log.ring, clock)
    await assert_holds(sealer, leaves)
    assert await seal(sealer, log.ring, clock) is None


async def test_T1_the_order_of_the_tree_is_not_that_of_numbers(log: Log, sealer: Connection) -> None:
    """A writer may commit its low numbers after another's high ones: they are sealed all the same."""
    other = log_on(log.pool, log.ring)
    (low,) = await write(log, 1)
    (high,) = await write(other, 1)
    leaves = await waiting(sealer)
    await seal_all(sealer, log.ring, clock)
    (late,) = await write(log, 1)
    assert low < late < high
    leaves |= await waiting(sealer)
    await seal_all(sealer, log.ring, clock)
    places = await boom.leaf_index(sealer, [low, high, late])
    assert places[low] < places[high] < places[late]
    await assert_holds(sealer, leaves)


async def test_T1_M2_a_later_version_and_a_lapsed_one_are_sealed_too(log: Log, sealer: Connection) -> None:
    versie = a_version()
    await log.group_commit.register(versie)
    async with log.pool.acquire() as connection:
        record = await reading.current(connection, log.ring, versie.actie_id)
        assert record is not None
        assert await log.writer.succeed(connection, [(record, lapsed_version(versie, AUTEUR, clock()))])
    leaves = await waiting(sealer)
    assert len(leaves) == 2
    await seal_all(sealer, log.ring, clock)
    await assert_holds(sealer, leaves)


async def test_T1_numbers_that_follow_on_each_other_share_a_row(log: Log, sealer: Connection) -> None:
    for _ in range(5):
        await write(log, 4)
    before = await sealer.fetchval("select count(*) from verwerkingenlog.zegel")
    assert await seal_all(sealer, log.ring, clock) == 20
    assert await sealer.fetchval("select count(*) from verwerkingenlog.zegel") == before + 1


async def test_T1_a_step_is_bounded_and_the_rest_waits(log: Log, sealer: Connection) -> None:
    await write(log, 30)
    async with sealer.transaction():
        taken = await sealing.take(sealer, 1)
    assert 0 < sum(len(marker.bladeren) for marker in taken) < 31


async def test_T1_two_sealers_at_once_give_no_record_two_places(
    log: Log, sealer: Connection, database: str
) -> None:
    other = await connect(database, SEALING)

    async def steps(connection: Connection) -> None:
        for _ in range(30):
            await seal(connection, log.ring, clock)
            await asyncio.sleep(0)

    async def writes() -> None:
        for _ in range(20):
            await write(log, 7)

    before = await boom.head(sealer)
    assert before is not None
    await asyncio.gather(steps(sealer), steps(other), writes())
    await seal_all(other, log.ring, clock)
    after = await boom.head(sealer)
    assert after is not None
    assert after.grootte == before.grootte + 140
    await assert_sealed(sealer)
    other.terminate()


async def test_T1_one_sealer_has_its_turn_and_the_next_takes_over(sealer: Connection, database: str) -> None:
    other = await connect(database, SEALING)
    assert await sealing.take_turn(sealer)
    assert not await sealing.take_turn(other)
    await sealer.close()
    assert await sealing.take_turn(other)
    other.terminate()


async def test_T1_a_head_that_moved_is_not_overwritten(log: Log, sealer: Connection) -> None:
    stale = await boom.head(sealer)
    assert stale is not None
    await write(log, 1)
    await seal_all(sealer, log.ring, clock)
    growth = Growth(stale.grootte + 1, bytes(32), (), (bytes(32),))
    transaction = sealer.transaction()
    await transaction.start()
    assert not await sealing.grow(sealer, stale, growth, [], clock())
    await transaction.rollback()
    assert not await sealing.keep(sealer, stale, "note")


class _Breaking:
    """A connection that is cut before its nth statement."""

    def __init__(self, connection: Connection, statements: int) -> None:
        self._connection = connection
        self._left = statements

    def __getattr__(self, name: str) -> object:
        if name in {"fetch", "fetchrow", "fetchval", "execute"}:
            return self._cut(getattr(self._connection, name))
        return getattr(self._connection, name)

    def _cut(self, run: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def statement(*args: object) -> object:
            self._left -= 1
            if self._left < 0:
                self._connection.terminate()
            return await run(*args)

        return statement


@pytest.mark.parametrize("statements", range(12))
async def test_T1_a_cut_before_any_statement_loses_nothing(
    log: Log, sealer: Connection, database: str, statements: int
) -> None:
    await write(log, 5)
    leaves = await waiting(sealer)
    connection = await connect(database, SEALING)
    cut = _Breaking(connection, statements)
    try:
        await seal_all(cut, log.ring, clock)
    except (*UNREACHABLE, asyncpg.PostgresError):
        assert connection.is_closed()
    await seal_all(sealer, log.ring, clock)
    await assert_holds(sealer, leaves)
    connection.terminate()


async def test_T1_a_head_that_was_not_signed_is_signed_later(
    log: Log, sealer: Connection, cluster: Cluster, database: str
) -> None:
    await write(log, 3)
    await seal_all(sealer, log.ring, clock)
    psql(cluster, "update verwerkingenlog.kop set checkpoint = null", url=database)
    done = await seal(sealer, log.ring, clock)
    assert done is not None
    assert done.aantal == 0
    await assert_sealed(sealer)


@pytest.mark.parametrize(
    "change",
    [
        "update verwerkingenlog.rand set hashes = set_byte(hashes, 0, (get_byte(hashes, 0) + 1) % 256)",
        "delete from verwerkingenlog.rand where niveau = 0",
        "update verwerkingenlog.kop set wortel = sha256('')",
        "update verwerkingenlog.kop set grootte = grootte - 1",
        "update verwerkingenlog.kop set grootte = grootte - 1, checkpoint = null",
        "update verwerkingenlog.kop set grootte = grootte + 1",
        "delete from verwerkingenlog.kop",
    ],
)
async def test_T1_a_tree_that_was_touched_is_not_signed(
    log: Log, sealer: Connection, cluster: Cluster, database: str, change: str
) -> None:
    await write(log, 3)
    await seal_all(sealer, log.ring, clock)
    before = await boom.checkpoint(sealer)
    psql(cluster, change, url=database)
    await write(log, 1)
    with pytest.raises(LogWentBack):
        await seal_all(sealer, log.ring, clock)
    assert await boom.checkpoint(sealer) in {before, None}


async def test_T1_a_smaller_tree_that_fits_itself_is_not_signed_again(
    log: Log, sealer: Connection, cluster: Cluster, database: str
) -> None:
    """The tables of yesterday are put back while the sealer goes on."""
    head = await boom.head(sealer)
    assert head is not None
    await write(log, 3)
    await seal_all(sealer, log.ring, clock)
    note = await boom.checkpoint(sealer)
    signed = open_checkpoint(note or "", verifiers(log.ring, head.naam))
    edge = (await boom.edges(sealer))[0][: head.grootte * HASH_BYTES]
    psql(
        cluster,
        f"update verwerkingenlog.rand set hashes = '\\x{edge.hex()}' where niveau = 0;"
        f"update verwerkingenlog.kop set grootte = {head.grootte}, wortel = '\\x{head.wortel.hex()}',"
        f" checkpoint = null;"
        "alter table verwerkingenlog.zegel disable trigger all;"
        f"delete from verwerkingenlog.zegel where blad >= {head.grootte}",
        url=database,
    )
    with pytest.raises(LogWentBack, match="teruggegaan"):
        await seal(sealer, log.ring, clock, [signed])
    await write(log, 5)
    with pytest.raises(LogWentBack, match="ander log"):
        await seal(sealer, log.ring, clock, [signed])


async def test_T1_records_from_before_the_leaves_are_adopted(
    log: Log, database: str, cluster: Cluster
) -> None:
    versie = a_version()
    await log.group_commit.register(versie)
    await write(log, 700)
    async with log.pool.acquire() as connection:
        record = await reading.current(connection, log.ring, versie.actie_id)
        assert record is not None
        await log.writer.succeed(connection, [(record, lapsed_version(versie, AUTEUR, clock()))])
    connection = await connect(database, SEALING)
    leaves = await waiting(connection)
    psql(cluster, UNMARK, url=database)
    kept = await waiting(connection)
    assert len(kept) < 20  # of what administrators did
    await write(log, 9)
    leaves |= await waiting(connection)
    await seal_all(connection, log.ring, clock)
    await assert_holds(connection, leaves)
    connection.terminate()


async def test_T1_an_adoption_that_was_stopped_goes_on(
    log: Log, database: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verwerkingenlog.storage.adoption._PAGE", 10)
    await write(log, 95)
    connection = await connect(database, SEALING)
    leaves = await waiting(connection)
    psql(cluster, UNMARK, url=database)
    for statements in (3, 8, 15):
        cut = _Breaking(await connect(database, SEALING), statements)
        with pytest.raises((*UNREACHABLE, asyncpg.PostgresError)):
            await begin(cut, log.ring, clock)
    await seal_all(connection, log.ring, clock)
    await assert_holds(connection, leaves)
    connection.terminate()


async def test_T1_a_record_that_is_slipped_in_later_is_not_adopted(
    log: Log, sealer: Connection, cluster: Cluster, database: str
) -> None:
    (number,) = await write(log, 1)
    psql(cluster, "delete from verwerkingenlog.ongezegeld", url=database)
    await write(log, 1)
    await seal_all(sealer, log.ring, clock)
    assert await boom.leaf_index(sealer, [number]) == {}


async def test_T1_a_log_keeps_its_name(log: Log, database: str) -> None:
    connection = await connect(database, SEALING)
    head = await begin(connection, log.ring, clock, "gemeente.example/log")
    assert head.naam == "gemeente.example/log"
    assert await begin(connection, log.ring, clock) == head
    with pytest.raises(ConfigurationError, match=r"gemeente\.example/log"):
        await begin(connection, log.ring, clock, "ander.example/log")
    connection.terminate()


async def test_T1_a_log_without_a_name_gets_that_of_its_first_key(sealer: Connection) -> None:
    head = await boom.head(sealer)
    assert head is not None
    assert head.naam.startswith("verwerkingenlog/")
    assert len(head.naam) == len("verwerkingenlog/") + 16
