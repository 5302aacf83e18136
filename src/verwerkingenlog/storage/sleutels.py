"""What the database knows of keys: never the keys themselves (rule M7)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from verwerkingenlog.storage.database import Connection, moment_of, moment_parameter
from verwerkingenlog.storage.keyring import Doel, Sleutel, Staat
from verwerkingenlog.storage.sql import query


class Geregistreerd(NamedTuple):
    """A key in the database; `publiek` is the public key of one that signs, `gemaakt` None for the oldest."""

    id: int
    doel: Doel
    staat: Staat
    publiek: bytes | None
    gemaakt: datetime | None


async def take_turn(connection: Connection) -> None:
    """Be the only one that changes keys, until the transaction of the caller ends."""
    await connection.execute(query("sleutels/turn"))


async def list_sleutels(connection: Connection) -> list[Geregistreerd]:
    """Give every key that the database ever knew, by id."""
    return [
        Geregistreerd(
            row["id"],
            row["doel"],
            row["staat"],
            row["publiek"],
            row["gemaakt"] and moment_of(row["gemaakt"]),
        )
        for row in await connection.fetch(query("sleutels/list"))
    ]


async def register(connection: Connection, sleutels: Sequence[Sleutel], staat: Staat) -> None:
    """Make these keys known, in this state."""
    await connection.execute(
        query("sleutels/register"),
        [key.id for key in sleutels],
        [key.doel for key in sleutels],
        [key.controle for key in sleutels],
        [key.publiek for key in sleutels],
        [key.gemaakt and moment_parameter(datetime.fromisoformat(key.gemaakt)) for key in sleutels],
        [staat] * len(sleutels),
    )


async def change_state(connection: Connection, sleutel: int, old: Staat, new: Staat) -> bool:
    """Bring a key from one state to another; False where it was not in the first."""
    changed = await connection.fetchval(query("sleutels/change_state"), sleutel, old, new)
    return changed is not None


async def next_generation(connection: Connection) -> None:
    """Have every worker learn anew what it remembers of keys, persons and attributes.

    From here to the end of the caller's transaction no write of records or persons is under way.
    """
    await connection.fetchval(query("generatie/next"))
