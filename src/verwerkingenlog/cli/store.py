"""The store that the settings name, for a command that runs beside the server or without it."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from verwerkingenlog.cli.migrate import warn_about_keys
from verwerkingenlog.config import Settings, variable
from verwerkingenlog.errors import StoreUnavailable
from verwerkingenlog.operations.installation import check_installation, install
from verwerkingenlog.operations.verzegeling.went_back import require_published
from verwerkingenlog.storage import embedded
from verwerkingenlog.storage.checkpoints import Checkpoints
from verwerkingenlog.storage.database import APPLICATIONS, KEYS, PURGING, Connection, check_server, connect
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.migrate import check_migrated

T = TypeVar("T")


def with_store(
    settings: Settings, work: Callable[[Connection, KeyRing], Awaitable[T]], role: str = APPLICATIONS
) -> T:
    """Do this work on the store in this role; without one, in the role that manages applications.

    The embedded PostgreSQL is joined or started, and brought up to date; another must be. Raises
    `VerwerkingenlogError`.
    """
    with address(settings, role) as url:
        return asyncio.run(_work_on(url, role, settings, work))


@contextmanager
def running_store(settings: Settings, role: str) -> Iterator[Callable[[], None]]:
    """Have the store running, fit to be written to in this role, and its address in the environment.

    Gives what raises when it is gone for good, as only the embedded one can be. Raises
    `VerwerkingenlogError`, also where it is no longer the log that was published here.
    """
    if settings.database_url is not None:
        asyncio.run(_check(settings, settings.database_url, role))
        yield lambda: None
        return
    with _embedded(settings) as cluster:
        asyncio.run(_check(settings, cluster.url, role))
        os.environ[variable("database_url")] = cluster.url
        yield lambda: _check_running(cluster)


@contextmanager
def address(settings: Settings, role: str) -> Iterator[str]:
    """Give the address of the store for this role; the embedded PostgreSQL is joined or started."""
    own = {KEYS: settings.database_url_sleutels, PURGING: settings.database_url_opschoning}
    given = own.get(role, settings.database_url)
    if given is not None:
        yield given
        return
    with _embedded(settings) as cluster:
        yield cluster.url


@contextmanager
def _embedded(settings: Settings) -> Iterator[embedded.Cluster]:
    with embedded.running(settings.data_dir, settings.postgres_bin) as cluster:
        installed = asyncio.run(
            install(
                cluster.url, cluster.url, settings.sleutels, os.urandom, wachtzin=settings.sleutels_wachtzin
            )
        )
        warn_about_keys(installed, settings.sleutels)
        yield cluster


def _check_running(cluster: embedded.Cluster) -> None:
    if not cluster.is_running():
        raise StoreUnavailable(
            "De ingebouwde PostgreSQL is gestopt, en daarom stopt het log ook. Wat is bevestigd, staat op"
            f" schijf. Start het log opnieuw. De oorzaak staat misschien in {cluster.directory / 'log'}."
        )


async def _check(settings: Settings, url: str, role: str) -> None:
    connection = await connect(url, role)
    try:
        await check_server(connection)
        await check_migrated(connection)
        checkpoints = Checkpoints(settings.checkpoints)
        checkpoints.require_writable()
        if checkpoints.last() is not None:
            ring = await check_installation(connection, settings.sleutels, settings.sleutels_wachtzin)
            await require_published(connection, ring, checkpoints)
    finally:
        await connection.close()


async def _work_on(
    url: str, role: str, settings: Settings, work: Callable[[Connection, KeyRing], Awaitable[T]]
) -> T:
    connection = await connect(url, role)
    try:
        ring = await check_installation(connection, settings.sleutels, settings.sleutels_wachtzin)
        return await work(connection, ring)
    finally:
        await connection.close()
