"""The store that the settings name, for a command that runs beside the server or without it."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from verwerkingenlog.cli.migrate import warn_about_keys
from verwerkingenlog.config import Settings
from verwerkingenlog.operations.installation import check_installation, install
from verwerkingenlog.storage import embedded
from verwerkingenlog.storage.database import APPLICATIONS, KEYS, Connection, connect
from verwerkingenlog.storage.keyring import KeyRing

T = TypeVar("T")


def with_store(
    settings: Settings, work: Callable[[Connection, KeyRing], Awaitable[T]], role: str = APPLICATIONS
) -> T:
    """Do this work on the store in this role; without one, in the role that manages applications.

    The embedded PostgreSQL is joined or started, and brought up to date; another must be. Raises
    `VerwerkingenlogError`.
    """
    with _address(settings, role) as url:
        return asyncio.run(_work_on(url, role, settings, work))


@contextmanager
def _address(settings: Settings, role: str) -> Iterator[str]:
    given = settings.database_url_sleutels if role == KEYS else settings.database_url
    if given is not None:
        yield given
        return
    with embedded.running(settings.data_dir, settings.postgres_bin) as cluster:
        installed = asyncio.run(
            install(
                cluster.url, cluster.url, settings.sleutels, os.urandom, wachtzin=settings.sleutels_wachtzin
            )
        )
        if installed.new_ring:
            warn_about_keys(settings.sleutels)
        yield cluster.url


async def _work_on(
    url: str, role: str, settings: Settings, work: Callable[[Connection, KeyRing], Awaitable[T]]
) -> T:
    connection = await connect(url, role)
    try:
        ring = await check_installation(connection, settings.sleutels, settings.sleutels_wachtzin)
        return await work(connection, ring)
    finally:
        await connection.close()
