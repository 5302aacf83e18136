"""Sealing on a real database: every record gets one place in the tree, whatever stops the sealer."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.support.store import a_version
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.seal import seal, seal_all
from verwerkingenlog.storage import boom
from verwerkingenlog.storage.database import SEALING, Connection, connect


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def sealer(log: Log, database: str) -> AsyncIterator[Connection]:
    """Give a connection in the role that seals."""
    connection = await connect(database, SEALING)
    yield connection
    await connection.close()


async def test_T1_what_was_sealed_has_a_place_in_the_tree(log: Log, sealer: Connection) -> None:
    numbers = await asyncio.gather(*(log.group_commit.register(a_version()) for _ in range(300)))
    assert await seal_all(sealer, log.ring, clock) == 300
    assert await seal(sealer, log.ring, clock) is None
    head = await boom.head(sealer)
    assert head is not None
    assert await boom.root_at(sealer, head.grootte) == head.wortel
    assert sorted((await boom.leaf_index(sealer, numbers)).values()) == list(range(300))
