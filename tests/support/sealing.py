"""What must hold of the tree whenever nothing is under way."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from verwerkingenlog.ledger.checker import HASH_BYTES, VerifierKey, open_checkpoint, root_hash
from verwerkingenlog.storage import boom
from verwerkingenlog.storage.database import SEALING, Connection, connect
from verwerkingenlog.storage.embedded import running


def clock() -> datetime:
    return datetime.now(UTC)


async def waiting(connection: Connection) -> dict[int, bytes]:
    """Give the leaf of each record that waits for its seal, by its number."""
    rows = await connection.fetch("select eerste, bladeren from verwerkingenlog.ongezegeld order by eerste")
    return {
        row["eerste"] + i // HASH_BYTES: row["bladeren"][i : i + HASH_BYTES]
        for row in rows
        for i in range(0, len(row["bladeren"]), HASH_BYTES)
    }


async def assert_sealed(connection: Connection) -> dict[int, bytes]:
    """Check that every record has one place and that the signed tree is that of all leaves; give those."""
    head = await boom.head(connection)
    assert head is not None
    ranges = await connection.fetch("select blad, eerste, aantal from verwerkingenlog.zegel order by blad")
    numbers = [row["eerste"] + i for row in ranges for i in range(row["aantal"])]
    assert [row["blad"] for row in ranges] == [
        sum(row["aantal"] for row in ranges[:place]) for place in range(len(ranges))
    ]
    assert sorted(numbers) == sorted(await _records(connection))
    assert await boom.leaf_index(connection, numbers) == {
        number: place for place, number in enumerate(numbers)
    }
    stored = await boom.tiles(connection, [(0, number) for number in range(head.grootte // 256 + 1)])
    level = b"".join(hashes for _, hashes in sorted(stored.items()))
    leaves = [level[i : i + HASH_BYTES] for i in range(0, len(level), HASH_BYTES)]
    assert len(leaves) == len(numbers) == head.grootte
    assert root_hash(leaves) == head.wortel == await boom.root_at(connection, head.grootte)
    keys = await connection.fetch("select publiek from verwerkingenlog.sleutel where publiek is not null")
    checkpoint = open_checkpoint(
        head.checkpoint or "", [VerifierKey(head.naam, key["publiek"]) for key in keys]
    )
    assert checkpoint == (head.naam, head.grootte, head.wortel)
    assert await waiting(connection) == {}
    return dict(zip(numbers, leaves, strict=True))


async def _records(connection: Connection) -> list[int]:
    rows = await connection.fetch(
        "select volgnummer from verwerkingenlog.versie"
        " union all select volgnummer from verwerkingenlog.beheer"
    )
    return [row["volgnummer"] for row in rows]


def assert_all_sealed(data_dir: Path) -> None:
    """Check the tree of a server that was stopped."""

    async def check(url: str) -> None:
        connection = await connect(url, SEALING)
        try:
            await assert_sealed(connection)
        finally:
            await connection.close()

    with running(data_dir) as cluster:
        asyncio.run(check(cluster.url))
