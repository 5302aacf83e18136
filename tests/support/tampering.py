"""A sealed log, and copies of it for a superuser who tampers with them unhindered (rule T3)."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.postgres import create_database, psql, run_psql
from tests.support.purging import Opschoning
from tests.support.store import PERSON, a_version, log_on
from tests.support.verifying import Verifier
from verwerkingenlog.operations.installation import check_installation, install
from verwerkingenlog.operations.verificatie.bevinding import Bevinding, Wat
from verwerkingenlog.storage.database import SERVING, open_pool
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.keyring import KeyRing

TO_FILL_A_TILE = 260
_AS_SUPERUSER = "set search_path = verwerkingenlog; set session_replication_role = replica;"


class Copy:
    """A copy of a log, in a database of its own."""

    def __init__(self, cluster: Cluster, url: str, verifier: Verifier) -> None:
        self._cluster, self.url = cluster, url
        # Some of what is tried needs a schema without constraints, which is found as such.
        self.verifier = Verifier(verifier.log, url, passed_over=Wat.STRUCTUUR)
        self.strict = Verifier(verifier.log, url)

    def do(self, statement: str) -> str:
        """Run a statement that no trigger and no foreign key stops. Fails where it changes nothing."""
        return psql(self._cluster, _AS_SUPERUSER + statement, url=self.url)

    def can(self, statement: str) -> bool:
        """Run a statement, unless a check constraint stops it."""
        return run_psql(self._cluster, _AS_SUPERUSER + statement, url=self.url).returncode == 0

    def rows(self, table: str, where: str = "true", order: str = "1") -> list[Mapping[str, Any]]:
        """Give rows of a table, as JSON has them."""
        found = self.do(f"select to_jsonb(t) from {table} t where {where} order by {order}")
        return [json.loads(line) for line in found.splitlines()]

    def value(self, select: str) -> int:
        """Give the one number that this selects."""
        return int(self.do(select))


class Tampering:
    """A sealed log of every shape, with more records than a tile holds and some that a purge took away."""

    def __init__(self, cluster: Cluster, verifier: Verifier, checkpoint: str) -> None:
        self._cluster, self._verifier = cluster, verifier
        self.checkpoint = checkpoint

    @property
    def ring(self) -> KeyRing:
        """The keys of the log."""
        return self._verifier.log.ring

    def copy(self) -> Copy:
        """Give another copy of the log."""
        original = psql(self._cluster, "select current_database()", url=self._verifier.database)
        url = create_database(self._cluster, original)
        return Copy(self._cluster, url, self._verifier)


@pytest.fixture(scope="session")
def originals() -> dict[str, Tampering]:
    """Give the logs that were made to be copied, by their server."""
    return {}


@pytest.fixture
async def tampering(
    cluster: Cluster, originals: dict[str, Tampering], tmp_path_factory: pytest.TempPathFactory
) -> Tampering:
    """Give a sealed log to tamper with copies of; some of its records wait for their seal."""
    if cluster.url not in originals:
        ring = tmp_path_factory.mktemp("tampering") / "sleutels.json"
        originals[cluster.url] = await _made(cluster, ring)
    return originals[cluster.url]


async def _made(cluster: Cluster, sleutels: Path) -> Tampering:
    database = create_database(cluster)
    await install(database, database, sleutels, os.urandom)
    # A database with connections can't be copied.
    async with await open_pool(database, SERVING, 2) as pool:
        async with pool.acquire() as connection:
            log = log_on(pool, await check_installation(connection, sleutels))
        verifier = Verifier(log, database)
        await verifier.write_shapes()
        await verifier.write(*(a_version(PERSON) for _ in range(TO_FILL_A_TILE)))
        await verifier.seal()
        assert (await Opschoning(log, database)()).acties > 0
        checkpoint = await verifier.seal()
        await verifier.write_shapes()
        assert await verifier([checkpoint]) == []
    return Tampering(cluster, verifier, checkpoint)


def named(findings: list[Bevinding]) -> set[int]:
    """Give the numbers of the records that these name."""
    return {one.plek.volgnummer for one in findings if one.plek.volgnummer is not None}
