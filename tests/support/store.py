"""A log on a real database, without HTTP: for tests of the store and of the operations."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import (
    Auteur,
    Versie,
    Verwerkingsactie,
    VerwerktObject,
    actie_id_from,
    first_version,
)
from verwerkingenlog.operations.installation import check_installation, install
from verwerkingenlog.operations.log import Eigenaar, Log
from verwerkingenlog.storage.bulk_commit import BulkCommit
from verwerkingenlog.storage.database import APPLICATIONS, SERVING, Connection, Pool, connect, open_pool
from verwerkingenlog.storage.group_commit import GroupCommit
from verwerkingenlog.storage.keyring import KeyRing, new_sleutels
from verwerkingenlog.storage.migrate import migrate
from verwerkingenlog.storage.writing import Writer

AUTEUR = Auteur("zaaksysteem", "medewerker-1")
PERSON = VerwerktObject("BSN", "999993653")
OTHER = VerwerktObject("BSN", "999990342")


def log_on(pool: Pool, ring: KeyRing, capacity: int = 1000, eigenaar: Eigenaar | None = None) -> Log:
    """Give the log of one worker: its writer has learned nothing yet."""
    writer = Writer(ring, os.urandom)
    return Log(
        pool=pool,
        ring=ring,
        writer=writer,
        group_commit=GroupCommit(pool, writer, capacity, lambda *_: None),
        bulk_commit=BulkCommit(pool, writer, lambda _: None),
        clock=lambda: datetime.now(UTC),
        random=os.urandom,
        eigenaar=eigenaar or Eigenaar(),
        observe_read=lambda: None,
    )


@pytest.fixture
def sleutels(tmp_path: Path) -> Path:
    """Give the place of the key ring."""
    return tmp_path / "sleutels.json"


@pytest.fixture
async def log(database: str, sleutels: Path) -> AsyncIterator[Log]:
    """Give a log on an installed database."""
    await install(database, database, sleutels, os.urandom)
    pool = await open_pool(database, SERVING, 8)
    async with pool.acquire() as connection:
        ring = await check_installation(connection, sleutels)
    yield log_on(pool, ring)
    await pool.close()


@pytest.fixture
def ring() -> KeyRing:
    """Give a key ring of its own, that lies nowhere."""
    return KeyRing(new_sleutels())


@pytest.fixture
async def url(database: str) -> str:
    """Give the address of a database that has the schema, and no keys yet."""
    await migrate(database)
    return database


@pytest.fixture
async def beheer(url: str) -> AsyncIterator[Connection]:
    """Have a connection that manages applications, on `url`."""
    connection = await connect(url, APPLICATIONS)
    yield connection
    await connection.close()


@asynccontextmanager
async def serving(database: str) -> AsyncIterator[Connection]:
    """Have a connection in the role that serves."""
    connection = await connect(database, SERVING)
    try:
        yield connection
    finally:
        await connection.close()


def an_actie(*objecten: VerwerktObject, **changes: object) -> Verwerkingsactie:
    """Give the content of an actie about these persons."""
    attributes: dict[str, object] = {
        "tijdstip": parse_tijdstip("2024-04-05T14:35:42+01:00"),
        "vertrouwelijkheid": Vertrouwelijkheid.NORMAAL,
        "verwerkte_objecten": objecten or (PERSON,),
        "actie_naam": "Zoeken personen",
    }
    return Verwerkingsactie(**(attributes | changes))  # type: ignore[arg-type]


def a_version(*objecten: VerwerktObject, **changes: object) -> Versie:
    """Give the first version of a new actie about these persons."""
    return first_version(
        actie_id_from(os.urandom(16)), an_actie(*objecten, **changes), AUTEUR, datetime.now(UTC)
    )
