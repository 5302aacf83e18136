"""Make a database ready for the log, and check that it is: schema, durability, keys (rules M7, P2)."""

import os
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.database import KEYS, Connection, check_server, connect
from verwerkingenlog.storage.keyring import (
    DOELEN,
    KeyRing,
    Randomness,
    complete_ring,
    new_sleutels,
    read_ring,
    write_ring,
)
from verwerkingenlog.storage.migrate import check_migrated, migrate
from verwerkingenlog.storage.sql import query


class Installed(Struct, frozen=True):
    """What an installation did: the names of the migrations, and whether it made a key ring."""

    migrations: tuple[str, ...]
    new_ring: bool


async def install(url_migratie: str, url_sleutels: str, sleutels: Path, random: Randomness) -> Installed:
    """Bring the schema up to date and, for a database without keys, make and register a key ring.

    A ring that is there already is used. Raises `ConfigurationError`.
    """
    applied = await migrate(url_migratie)
    connection = await connect(url_sleutels, KEYS)
    try:
        new_ring = await _provide_keys(connection, sleutels, random)
    finally:
        await connection.close()
    return Installed(tuple(migration.name for migration in applied), new_ring)


async def check_installation(connection: Connection, sleutels: Path) -> KeyRing:
    """Give the key ring of a database that is ready to serve.

    Raises `ConfigurationError` where it does not promise durability, lacks a migration, or where its keys are
    missing or others: a log that can't find or reveal its persons must not write more of them.
    """
    await check_server(connection)
    await check_migrated(connection)
    known = await connection.fetch(query("sleutels/list"))
    if not known:
        raise ConfigurationError(
            "Bij deze database horen nog geen sleutels. Draai eerst: verwerkingenlog migrate"
        )
    ring = read_ring(sleutels)
    held = {(sleutel.id, sleutel.doel, sleutel.controle) for sleutel in ring.sleutels}
    if not {(row["id"], row["doel"], row["controle"]) for row in known} <= held:
        raise ConfigurationError(
            f"De sleutelbos {sleutels} hoort bij een andere database."
            " Wijs de juiste aan met VERWERKINGENLOG_SLEUTELS."
        )
    await ring.refresh(connection)
    return ring


async def _provide_keys(connection: Connection, sleutels: Path, random: Randomness) -> bool:
    # Two servers that start at once make one ring.
    await connection.execute(query("sleutels/turn"))
    known = {row["id"]: row["doel"] for row in await connection.fetch(query("sleutels/list"))}
    if set(DOELEN) <= set(known.values()):
        return False
    new_ring = not known and not os.path.exists(sleutels)  # noqa: ASYNC240, PTH110 - at the start; pathlib's may raise
    if new_ring:
        with suppress(FileExistsError):  # made a moment ago, for another database
            write_ring(sleutels, new_sleutels(random))
    held = complete_ring(sleutels, random)
    new = [sleutel for sleutel in held if sleutel.id not in known]
    await connection.execute(
        query("sleutels/register"),
        [sleutel.id for sleutel in new],
        [sleutel.doel for sleutel in new],
        [sleutel.controle for sleutel in new],
        [sleutel.publiek for sleutel in new],
    )
    return new_ring
