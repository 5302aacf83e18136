"""Whether this still is the log that was published, and what to do if it is not (rules T1, T2).

An old backup that is put back, or another database: what was acknowledged since is gone, and what is written
next would be signed as if it had never been there. So the log does not start until somebody says what
happened, and that becomes a record of the log.
"""

from typing import Final

from verwerkingenlog.domain.beheer import Gebeurtenis
from verwerkingenlog.errors import LogWentBack, NotFound
from verwerkingenlog.ledger.checker import Checkpoint, NotProven, open_note, parse_checkpoint
from verwerkingenlog.operations import beheer
from verwerkingenlog.operations.beheer import Clock
from verwerkingenlog.operations.verzegeling.extension import (
    WHAT_TO_DO,
    opened,
    require_extension,
    verifiers,
)
from verwerkingenlog.operations.verzegeling.seal import begin
from verwerkingenlog.storage import boom, sealing
from verwerkingenlog.storage.boom import Head
from verwerkingenlog.storage.checkpoints import Checkpoints
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing, Randomness

_LONGEST_REASON: Final = 2000


async def require_published(
    connection: Connection, ring: KeyRing, checkpoints: Checkpoints
) -> Checkpoint | None:
    """Check that the tree extends the checkpoint that was last published here, and give that.

    None where there is none: this machine never saw the log. Raises `LogWentBack`.
    """
    note = checkpoints.last()
    if note is None:
        return None
    head = await boom.head(connection)
    if head is None:
        raise LogWentBack(
            "Het log is teruggegaan: er is een checkpoint gepubliceerd, maar in de database is niets"
            " verzegeld." + WHAT_TO_DO
        )
    published = opened(note, ring, head)
    await require_extension(connection, head, [published])
    return published


async def acknowledge(
    connection: Connection,
    ring: KeyRing,
    clock: Clock,
    random: Randomness,
    checkpoints: Checkpoints,
    reason: str,
) -> None:
    """Record that the log went back and why, and let it go on from what it has now.

    The checkpoint that it no longer extends is set aside. Raises `NotFound` where the log is what it was.
    """
    head = await begin(connection, ring, clock)
    note = checkpoints.last()
    faults = [
        fault
        for known in (note, head.checkpoint)
        if known is not None and (fault := await _fault(connection, ring, head, known)) is not None
    ]
    if not faults:
        raise NotFound("Er is niets te erkennen: het log is het vervolg van het laatste checkpoint.")
    async with connection.transaction():
        inhoud = {
            "gevonden_grootte": head.grootte,
            "gevonden_wortel": head.wortel.hex(),
            "reden": reason[:_LONGEST_REASON],
            **_lost(note or head.checkpoint or "", ring),
        }
        await beheer.note(connection, ring, clock, random, Gebeurtenis.TERUGVAL_ERKEND, inhoud)
        await sealing.forget_checkpoint(connection)
    # Last: what stops us before this makes the next start refuse again, and this may be done once more.
    checkpoints.set_aside(clock())


async def _fault(connection: Connection, ring: KeyRing, head: Head, note: str) -> LogWentBack | None:
    try:
        await require_extension(connection, head, [opened(note, ring, head)])
    except LogWentBack as fault:
        return fault
    return None


def _lost(note: str, ring: KeyRing) -> dict[str, object]:
    """Give what is known of the log that is no longer there; whether we signed it is part of that."""
    try:
        checkpoint = parse_checkpoint(note.partition("\n\n")[0] + "\n")
    except NotProven:
        return {"verloren": "onleesbaar"}
    try:
        open_note(note, verifiers(ring, checkpoint.origin))
    except NotProven:
        signed = "nee"
    else:
        signed = "ja"
    return {
        "verloren_grootte": checkpoint.size,
        "verloren_naam": checkpoint.origin,
        "verloren_ondertekend": signed,
        "verloren_wortel": checkpoint.root.hex(),
    }
