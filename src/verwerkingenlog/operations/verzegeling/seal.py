"""Sealing: what was written becomes a part of the tree, and the head of the tree is signed (rule T1).

A step may end anywhere: markers leave in the transaction in which their records get a place, and a head that
is not signed yet is signed by the next step. Only a head that is committed is signed, and only if it extends
what was signed before.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from verwerkingenlog.errors import ConfigurationError, LogWentBack
from verwerkingenlog.ledger.checker import Checkpoint
from verwerkingenlog.ledger.checkpoint import sign_checkpoint
from verwerkingenlog.ledger.tiles import Growth, edge_root, extend
from verwerkingenlog.operations.beheer import Clock
from verwerkingenlog.operations.verzegeling.extension import opened, require_extension, root_at
from verwerkingenlog.storage import adoption, boom, sealing
from verwerkingenlog.storage.boom import Head
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.sealing import Marker, State

MOST: Final = 20_000
"""Leaves in one step, and what the last marker has beyond that."""
_NAME_BYTES: Final = 8
_BROKEN: Final = (
    "De boom van het log in de database is veranderd of voor een deel verdwenen, buiten het log om. Zet de"
    " nieuwste reservekopie terug."
)


class Verzegeld(NamedTuple):
    """What a step did: the number of records it sealed, the size of the tree, the checkpoint it signed.

    It signs none where another sealer has sealed more by then.
    """

    aantal: int
    grootte: int
    checkpoint: str | None
    signed: Checkpoint | None


async def begin(connection: Connection, ring: KeyRing, clock: Clock, lognaam: str | None = None) -> Head:
    """Give the head of the tree; the first time, give every record that is there a leaf and make the head.

    `lognaam` is the origin of the checkpoints; without it a new log gets a name made of its first key. Raises
    `ConfigurationError` where the log has another name, and `LogWentBack` where only its head is gone.
    """
    head = await boom.head(connection)
    if head is None:
        if await sealing.was_sealed(connection):
            raise LogWentBack(_BROKEN)
        async for _ in adoption.adopt(connection, ring):
            pass
        await sealing.begin(connection, lognaam or default_name(ring), clock())
        head = await boom.head(connection)
        assert head is not None  # noqa: S101 - made a moment ago, and nobody may remove it
    check_name(head, lognaam)
    return head


def check_name(head: Head, lognaam: str | None) -> None:
    """Refuse another name than the log has. Raises `ConfigurationError`."""
    if lognaam not in {None, head.naam}:
        raise ConfigurationError(
            f"VERWERKINGENLOG_LOGNAAM: dit log heet al {head.naam}, en die naam staat in alles wat het heeft"
            " ondertekend. Geef die naam, of laat de instelling leeg."
        )


def default_name(ring: KeyRing) -> str:
    """Give the name of a log that was given none: it follows from its first signing key."""
    first = min((key for key in ring.sleutels if key.publiek is not None), key=lambda key: key.id)
    return f"verwerkingenlog/{hashlib.sha256(first.publiek or b'').digest()[:_NAME_BYTES].hex()}"


async def seal(
    connection: Connection, ring: KeyRing, clock: Clock, earlier: Sequence[Checkpoint] = ()
) -> Verzegeld | None:
    """Seal the oldest of what waits, sign, and tell what was done; None where there was nothing to do.

    `earlier` are checkpoints that the tree has to extend, beside the one in the database. Raises
    `LogWentBack` where it does not: then nothing is signed. The connection is in the role `SEALING`.
    """
    return await seal_from(await sealing.state(connection), connection, ring, clock, earlier)


async def seal_from(
    state: State,
    connection: Connection,
    ring: KeyRing,
    clock: Clock,
    earlier: Sequence[Checkpoint] = (),
) -> Verzegeld | None:
    """Do what `seal` does, for one who has looked already."""
    head = state.head or await begin(connection, ring, clock)
    aantal = 0
    if state.wacht is not None or state.head is None:
        async with connection.transaction():
            aantal = await _extend(connection, clock())
        head = await boom.head(connection) or head
    if state.generatie != ring.generatie:
        await ring.refresh(connection)
    signed = await _sign(connection, ring, head, earlier)
    if not aantal and signed is None:
        return None
    return Verzegeld(aantal, head.grootte, *(signed or (None, None)))


async def seal_all(connection: Connection, ring: KeyRing, clock: Clock) -> int:
    """Seal until nothing waits; give how many records that were. Raises as `seal`."""
    total = 0
    while done := await seal(connection, ring, clock):
        total += done.aantal
    return total


async def _extend(connection: Connection, now: datetime) -> int:
    head = await sealing.lock_head(connection)
    if head is None:
        raise LogWentBack(_BROKEN)
    markers = await sealing.take(connection, MOST)
    if not markers:
        return 0
    growth = _growth(head, await boom.edges(connection), markers)
    if not await sealing.grow(connection, head, growth, markers, now):
        raise LogWentBack(_BROKEN)
    return growth.size - head.grootte


def _growth(head: Head, edge: Sequence[bytes], markers: Sequence[Marker]) -> Growth:
    leaves = [blad for marker in markers for blad in marker.bladeren]
    try:
        if edge_root(edge) == head.wortel:
            return extend(head.grootte, edge, leaves)
    except ValueError:
        pass  # an edge of another size
    raise LogWentBack(_BROKEN)


async def _sign(
    connection: Connection, ring: KeyRing, head: Head, earlier: Sequence[Checkpoint]
) -> tuple[str, Checkpoint] | None:
    if head.grootte == 0:
        return None  # nothing to prove yet
    checkpoint = Checkpoint(head.naam, head.grootte, head.wortel)
    # The same keys give the same note, so that a head is signed once.
    note = sign_checkpoint(checkpoint, ring.signers(head.naam))
    if note == head.checkpoint:
        return None
    if await root_at(connection, head.grootte) != head.wortel:
        raise LogWentBack(_BROKEN)
    before = [] if head.checkpoint is None else [opened(head.checkpoint, ring, head)]
    await require_extension(connection, head, dict.fromkeys([*before, *earlier]))
    return (note, checkpoint) if await sealing.keep(connection, head, note) else None
