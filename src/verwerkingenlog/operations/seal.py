"""Sealing: what was written becomes a part of the tree, and the head of the tree is signed (rule T1).

A step may end anywhere: markers leave in the transaction in which their records get a place, and a head that
is not signed yet is signed by the next step. Only a head that is committed is signed, and only if it extends
what was signed before.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from verwerkingenlog.errors import ConfigurationError, LogWentBack
from verwerkingenlog.ledger.checker import Checkpoint
from verwerkingenlog.ledger.checkpoint import sign_checkpoint
from verwerkingenlog.ledger.note import Signer
from verwerkingenlog.ledger.tiles import Growth, edge_root, extend
from verwerkingenlog.operations.extension import WHAT_TO_DO, opened, require_extension
from verwerkingenlog.storage import adoption, boom, sealing
from verwerkingenlog.storage.boom import Head
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing, Sleutel
from verwerkingenlog.storage.sealing import Marker

Clock = Callable[[], datetime]

MOST: Final = 20_000
"""Leaves in one step, and what the last marker has beyond that."""
_NAME_BYTES: Final = 8


class Verzegeld(NamedTuple):
    """What a step did: the number of records it sealed, the size of the tree, the checkpoint it signed.

    It signs none where another sealer has sealed more by then.
    """

    aantal: int
    grootte: int
    checkpoint: str | None


async def begin(connection: Connection, ring: KeyRing, clock: Clock, lognaam: str | None = None) -> Head:
    """Give the head of the tree; the first time, give every record that is there a leaf and make the head.

    `lognaam` is the origin of the checkpoints; without it a new log gets a name made of its first key. Raises
    `ConfigurationError` where the log has another name, and `LogWentBack` where only its head is gone.
    """
    head = await boom.head(connection)
    if head is None:
        if await sealing.was_sealed(connection):
            raise LogWentBack("De kop van het log is uit de database verdwenen." + WHAT_TO_DO)
        async for _ in adoption.adopt(connection, ring):
            pass
        await sealing.begin(connection, lognaam or default_name(ring), clock())
        head = await boom.head(connection)
        assert head is not None  # noqa: S101 - made a moment ago, and nobody may remove it
    if lognaam not in {None, head.naam}:
        raise ConfigurationError(
            f"VERWERKINGENLOG_LOGNAAM: dit log heet al {head.naam}, en die naam staat in alles wat het heeft"
            " ondertekend. Geef die naam, of laat de instelling leeg."
        )
    return head


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
    state = await sealing.state(connection)
    head = state.head or await begin(connection, ring, clock)
    aantal = 0
    if state.wacht is not None or state.head is None:
        async with connection.transaction():
            aantal = await _extend(connection, clock())
        head = await boom.head(connection) or head
    note = await _sign(
        connection, head, await _signers(connection, ring, state.sleutels, head.naam), ring, earlier
    )
    return Verzegeld(aantal, head.grootte, note) if aantal or note else None


async def seal_all(connection: Connection, ring: KeyRing, clock: Clock) -> int:
    """Seal until nothing waits; give how many records that were. Raises as `seal`."""
    total = 0
    while done := await seal(connection, ring, clock):
        total += done.aantal
    return total


async def _extend(connection: Connection, now: datetime) -> int:
    head = await sealing.lock_head(connection)
    if head is None:
        raise LogWentBack("De kop van het log is uit de database verdwenen." + WHAT_TO_DO)
    markers = await sealing.take(connection, MOST)
    if not markers:
        return 0
    growth = _growth(head, await boom.edges(connection), markers)
    if not await sealing.grow(connection, head, growth, markers, now):
        raise LogWentBack("De kop van het log is veranderd tijdens het verzegelen." + WHAT_TO_DO)
    return growth.size - head.grootte


def _growth(head: Head, edge: Sequence[bytes], markers: Sequence[Marker]) -> Growth:
    leaves = [blad for marker in markers for blad in marker.bladeren]
    try:
        if edge_root(edge) == head.wortel:
            return extend(head.grootte, edge, leaves)
    except ValueError:
        pass  # an edge of another size
    raise LogWentBack("De tabellen met de boom van het log zijn veranderd." + WHAT_TO_DO)


async def _signers(connection: Connection, ring: KeyRing, wanted: Sequence[int], naam: str) -> list[Signer]:
    """Give the keys that have to sign: more than one while they rotate."""
    if not set(wanted) <= set(_signing(ring)):
        await ring.refresh(connection)
    held = _signing(ring)
    if not wanted or not set(wanted) <= set(held):
        raise ConfigurationError(
            "In de sleutelbos ontbreekt de sleutel waarmee dit log ondertekent. Zet op deze server de"
            " nieuwste sleutelbos neer."
        )
    return [Signer.from_seed(naam, bytes.fromhex(held[number].sleutel)) for number in wanted]


def _signing(ring: KeyRing) -> dict[int, Sleutel]:
    return {key.id: key for key in ring.sleutels if key.publiek is not None}


async def _sign(
    connection: Connection,
    head: Head,
    signers: Sequence[Signer],
    ring: KeyRing,
    earlier: Sequence[Checkpoint],
) -> str | None:
    if head.grootte == 0:
        return None  # nothing to prove yet
    # The same keys give the same note, so that a head is signed once.
    note = sign_checkpoint(Checkpoint(head.naam, head.grootte, head.wortel), signers)
    if note == head.checkpoint:
        return None
    before = [] if head.checkpoint is None else [opened(head.checkpoint, ring, head)]
    await require_extension(connection, head, [*before, *earlier])
    return note if await sealing.keep(connection, head, note) else None
