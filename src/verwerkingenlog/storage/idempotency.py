"""Which POST was answered under which Idempotency-Key (rule P6).

Keys and bodies are kept as HMACs: a client may put anything in them, and neither is needed back.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from verwerkingenlog.storage.database import Connection, instant_parameter
from verwerkingenlog.storage.sql import query

KEPT: Final = 24 * 60 * 60 * 1_000_000
"""How long a key is remembered, in microseconds."""


class Claim(NamedTuple):
    """What a POST with a key leaves behind; `now` is an instant in microseconds.

    For a bulk, `actie_id` is the number that the ids of its acties follow from.
    """

    key: bytes
    body: bytes
    actie_id: str
    now: int


class Remembered(NamedTuple):
    """What an earlier POST left behind."""

    body: bytes
    actie_id: str


async def find(connection: Connection, key: bytes, now: int) -> Remembered | None:
    """Give what was remembered under a key within the last 24 hours."""
    row = await connection.fetchrow(query("idempotentie/find"), key, instant_parameter(now))
    return None if row is None else Remembered(row["inhoud"], str(row["actie_id"]))


async def remember(connection: Connection, claims: Sequence[Claim]) -> set[str]:
    """Remember these claims, in the transaction of their acties; give the actieIds of those that hold.

    A claim fails when an earlier call holds its key, or another claim among these does.
    """
    # In sorted order, or two workers with the same keys could wait for each other.
    ordered = sorted({claim.key: claim for claim in claims}.values())
    rows = await connection.fetch(
        query("idempotentie/remember"),
        [claim.key for claim in ordered],
        [claim.body for claim in ordered],
        [claim.actie_id for claim in ordered],
        [instant_parameter(claim.now + KEPT) for claim in ordered],
        instant_parameter(max(claim.now for claim in ordered)),
    )
    return {str(row["actie_id"]) for row in rows}


async def written(connection: Connection, actie_ids: Sequence[str]) -> set[str]:
    """Give those of these ids that are of an actie in the log, current or not."""
    return {str(row["actie_id"]) for row in await connection.fetch(query("idempotentie/written"), actie_ids)}


async def forget(connection: Connection, now: int) -> None:
    """Forget what was remembered more than 24 hours ago."""
    await connection.execute(query("idempotentie/forget"), instant_parameter(now))
