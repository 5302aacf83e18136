"""Does the log extend what was signed before? A log that shrinks or forks is never signed (rule T2)."""

from collections.abc import Iterable
from typing import Final

from verwerkingenlog.errors import LogWentBack
from verwerkingenlog.ledger.checker import Checkpoint, NotProven, VerifierKey, open_checkpoint
from verwerkingenlog.storage import boom
from verwerkingenlog.storage.boom import Head
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing

WHAT_TO_DO: Final = (
    " Is er een oude reservekopie teruggezet, zet dan de nieuwste terug. Kan dat niet, leg dan vast wat er is"
    ' gebeurd, met: verwerkingenlog zegel --erken-terugval "wat er gebeurd is"'
)


def verifiers(ring: KeyRing, naam: str) -> list[VerifierKey]:
    """Give the public keys of the ring under the name of the log, old ones too."""
    return [VerifierKey(naam, key.publiek) for key in ring.sleutels if key.publiek is not None]


def opened(note: str, ring: KeyRing, head: Head) -> Checkpoint:
    """Give the checkpoint in a note of this log. Raises `LogWentBack` where no key of the ring signed it."""
    try:
        return open_checkpoint(note, verifiers(ring, head.naam))
    except NotProven as error:
        raise LogWentBack(
            "Het laatste checkpoint is niet van dit log: het is niet met een sleutel uit de sleutelbos"
            f" ondertekend, of het is veranderd. {error} Controleer of VERWERKINGENLOG_DATABASE_URL,"
            " VERWERKINGENLOG_SLEUTELS en VERWERKINGENLOG_CHECKPOINTS bij elkaar horen." + WHAT_TO_DO
        ) from None


async def require_extension(connection: Connection, head: Head, earlier: Iterable[Checkpoint]) -> None:
    """Check that the tree extends each of these. Raises `LogWentBack` that says what is wrong."""
    for checkpoint in earlier:
        if checkpoint.size > head.grootte:
            raise LogWentBack(
                f"Het log is teruggegaan: er zijn {checkpoint.size} records verzegeld en gepubliceerd, en in"
                f" de database staan er nog {head.grootte}." + WHAT_TO_DO
            )
        if await root_at(connection, checkpoint.size) != checkpoint.root:
            raise LogWentBack(
                f"Het log is een ander log geworden: de eerste {checkpoint.size} records zijn niet meer die"
                " van het laatste checkpoint." + WHAT_TO_DO
            )


async def root_at(connection: Connection, size: int) -> bytes | None:
    """Give the root that the tree had at this size, or None where its tiles do not hold that much."""
    try:
        return await boom.root_at(connection, size)
    except ValueError:
        return None  # a tile is gone or too short
