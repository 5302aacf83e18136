"""Seal what a test wrote, and give the key that checks what was signed."""

from datetime import UTC, datetime

import pytest

from verwerkingenlog.ledger.checker import VerifierKey
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.verzegeling.seal import seal_all
from verwerkingenlog.storage import boom
from verwerkingenlog.storage.database import SEALING, connect


class Sealer:
    """Seals the log of a test when it is asked to."""

    def __init__(self, log: Log, database: str) -> None:
        self._log, self._database = log, database

    async def __call__(self) -> VerifierKey:
        """Seal all that waits, and give the key of the log as others know it."""
        connection = await connect(self._database, SEALING)
        try:
            await seal_all(connection, self._log.ring, lambda: datetime.now(UTC))
            head = await boom.head(connection)
        finally:
            await connection.close()
        assert head is not None
        [public] = [key.publiek for key in self._log.ring.sleutels if key.publiek is not None]
        return VerifierKey(head.naam, public)


@pytest.fixture
def seal(log: Log, database: str) -> Sealer:
    """Give what seals the log."""
    return Sealer(log, database)
