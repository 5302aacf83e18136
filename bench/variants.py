"""Servers to compare with: our own in everything but how a new actie is made durable.

    python -m bench.variants without_store
    python -m bench.variants transaction_each

Settings, edge, authentication, decoding, validation and answering are those of `verwerkingenlog serve`.
"""

import asyncio
import os
import sys

from verwerkingenlog.app import compose
from verwerkingenlog.cli.serve import serve
from verwerkingenlog.config import Settings
from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.group_commit import GroupCommit, Settle
from verwerkingenlog.storage.idempotency import Claim
from verwerkingenlog.telemetry.logging import configure
from verwerkingenlog.telemetry.observation import ASGIApp


class Acknowledged(GroupCommit):
    """Says that it is durable, and keeps nothing: the limit of all that is around the store."""

    def enqueue(self, versie: Versie, settle: Settle, claim: Claim | None = None) -> None:  # noqa: ARG002 - kept is nothing
        """Acknowledge it, in the next turn of the event loop, as any answer of a store would come."""
        asyncio.get_running_loop().call_soon(settle, 0)


class TransactionEach(GroupCommit):
    """Writes each actie in a transaction of its own, on as many connections as the pool has."""

    def enqueue(self, versie: Versie, settle: Settle, claim: Claim | None = None) -> None:  # noqa: ARG002 - the bench sends no keys
        """Start its transaction at once, or as soon as a connection is free."""
        task = asyncio.create_task(self._write_alone(versie, settle))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _write_alone(self, versie: Versie, settle: Settle) -> None:
        try:
            async with self._pool.acquire() as connection:
                records = await self._writer.new_records(connection, [versie])
                numbers = await self._writer.resolve(connection, records)
                await self._writer.insert(connection, records, numbers)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the caller must hear of it
            settle(error)
        else:
            settle(records[0].volgnummer)


def without_store() -> ASGIApp:
    """Make the app of a worker that keeps nothing."""
    return _composed(Acknowledged)


def transaction_each() -> ASGIApp:
    """Make the app of a worker that writes each actie by itself."""
    return _composed(TransactionEach)


def _composed(writing: type[GroupCommit]) -> ASGIApp:
    settings = Settings.load(os.environ)
    if settings.database_url is None:
        raise ConfigurationError("VERWERKINGENLOG_DATABASE_URL is missing.")
    return compose(settings, settings.database_url, writing)


def main() -> None:
    """Serve until SIGTERM."""
    settings = Settings.load(os.environ)
    configure(settings.log_niveau)
    serve(settings, f"bench.variants:{sys.argv[1]}", lambda: None)


if __name__ == "__main__":
    main()
