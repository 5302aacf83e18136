"""Make a database ready for the log, and check that it is: schema, durability, keys (rules M7, P2, R3)."""

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from verwerkingenlog.domain.beheer import Gebeurtenis
from verwerkingenlog.errors import ConfigurationError, StoreUnavailable
from verwerkingenlog.ledger.bladen import written_moment
from verwerkingenlog.operations.beheer import Clock, note
from verwerkingenlog.storage.database import KEYS, Connection, check_server, connect, moment_of
from verwerkingenlog.storage.keyring import DOELEN, KeyRing, Randomness, Sleutel, new_sleutels
from verwerkingenlog.storage.migrate import check_migrated, migrate
from verwerkingenlog.storage.ringfile import RingFile
from verwerkingenlog.storage.sleutels import list_sleutels, register, take_turn
from verwerkingenlog.storage.sql import query


class Installed(Struct, frozen=True):
    """What an installation did: the names of the migrations, and whether it made a key ring."""

    migrations: tuple[str, ...]
    new_ring: bool
    completed_ring: bool = False
    """A ring that was there got keys that no copy of it has."""


def present() -> datetime:
    """Give the present moment."""
    return datetime.now(UTC)


async def install(
    url_migratie: str,
    url_sleutels: str,
    sleutels: Path,
    random: Randomness,
    *,
    wachtzin: str | None = None,
    clock: Clock = present,
) -> Installed:
    """Bring the schema up to date and, for a database without keys, make and register a key ring.

    A ring that is there already is used; `wachtzin` is the passphrase that wraps it, or will wrap a new one.
    What was done is written down in the log itself. Raises `ConfigurationError`.
    """
    applied = await migrate(url_migratie)
    connection = await connect(url_sleutels, KEYS)
    ring = RingFile(sleutels, wachtzin)
    try:
        # Two servers that start at once make one ring, and the one that has it writes down what was migrated.
        async with connection.transaction():
            await take_turn(connection)
            new_ring, completed = await _provide_keys(connection, ring, random, clock)
            await _record_migrations(connection, ring, random, clock)
    finally:
        await connection.close()
    return Installed(tuple(migration.name for migration in applied), new_ring, completed)


async def check_installation(connection: Connection, sleutels: Path, wachtzin: str | None = None) -> KeyRing:
    """Give the key ring of a database that is ready to serve.

    Raises `ConfigurationError` where it does not promise durability, lacks a migration, or where its keys are
    missing or others: a log that can't find or reveal its persons must not write more of them.
    """
    await check_server(connection)
    await check_migrated(connection)
    known = await list_sleutels(connection)
    if not set(DOELEN) <= {key.doel for key in known}:
        raise ConfigurationError(
            "Bij deze database horen nog geen sleutels. Draai eerst: verwerkingenlog migrate"
        )
    ring = RingFile(sleutels, wachtzin).ring()
    try:
        await ring.refresh(connection)
    except StoreUnavailable as error:
        raise ConfigurationError(str(error)) from None
    return ring


async def check_ready(connection: Connection, ring: KeyRing) -> None:
    """Check anew what `check_installation` checked at the start, for one who has the ring already.

    Raises `ConfigurationError`, and `StoreUnavailable` that names a key which this server lacks.
    """
    await check_server(connection)
    await check_migrated(connection)
    await ring.refresh(connection, anew=True)


async def _provide_keys(
    connection: Connection, ring: RingFile, random: Randomness, clock: Clock
) -> tuple[bool, bool]:
    known = {key.id: key.doel for key in await list_sleutels(connection)}
    lacking = set(DOELEN) - set(known.values())
    if not lacking:
        return False, False
    gemaakt = written_moment(clock())
    new_ring = not known and not os.path.exists(ring.path)  # noqa: ASYNC240, PTH110 - at the start; pathlib's may raise
    if new_ring:
        with suppress(FileExistsError):  # made a moment ago, for another database
            ring.create(new_sleutels(random, gemaakt=gemaakt), random)
    before = ring.read()
    held = ring.complete(random, gemaakt)
    # Of a ring that served another database, what is in use is the newest of each.
    newest: Mapping[str, Sleutel] = {key.doel: key for key in sorted(held, key=lambda key: key.id)}
    new = [newest[doel] for doel in DOELEN if doel in lacking]
    await register(connection, new, "actief")
    inhoud = {"sleutels": [{"doel": key.doel, "id": key.id} for key in new]}
    await note(connection, ring.ring(), clock, random, Gebeurtenis.SLEUTEL_GEMAAKT, inhoud)
    return new_ring, len(held) > len(before)


async def _record_migrations(
    connection: Connection, ring: RingFile, random: Randomness, clock: Clock
) -> None:
    """Write down what no record tells of yet: a process may have ended between a migration and its record."""
    unrecorded = await connection.fetch(query("migraties/unrecorded"), Gebeurtenis.MIGRATIE.value)
    for row in unrecorded:
        inhoud = {"migratie": row["naam"], "toegepast": written_moment(moment_of(row["toegepast"]))}
        await note(connection, ring.ring(), clock, random, Gebeurtenis.MIGRATIE, inhoud)
