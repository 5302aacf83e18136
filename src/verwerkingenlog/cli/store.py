"""The store that the settings name, for a command that runs beside the server or without it."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from verwerkingenlog.cli.migrate import warn_about_keys
from verwerkingenlog.config import Settings
from verwerkingenlog.operations.installation import check_installation, install
from verwerkingenlog.storage import embedded
from verwerkingenlog.storage.database import APPLICATIONS, Connection, connect
from verwerkingenlog.storage.keyring import KeyRing

T = TypeVar("T")


def with_store(
    settings: Settings, work: Callable[[Connection, KeyRing], Awaitable[T]], role: str = APPLICATIONS
) -> T:
    """Do this work on the store in this role; without one, in the role that manages applications.

    The embedded PostgreSQL is joined or started, and brought up to date; another must be. Raises
    `VerwerkingenlogError`.
    """
    with _address(settings) as url:
        return asyncio.run(_work_on(url, role, settings.sleutels, work))


@contextmanager
def _address(settings: Settings) -> Iterator[str]:
    if settings.database_url is not None:
        yield settings.database_url
        return
    with embedded.running(settings.data_dir, settings.postgres_bin) as cluster:
        installed = asyncio.run(install(cluster.url, cluster.url, settings.sleutels, os.urandom))
        if installed.new_ring:
            warn_about_keys(settings.sleutels)
        yield cluster.url


async def _work_on(
    url: str, role: str, sleutels: Path, work: Callable[[Connection, KeyRing], Awaitable[T]]
) -> T:
    connection = await connect(url, role)
    try:
        return await work(connection, await check_installation(connection, sleutels))
    finally:
        await connection.close()
