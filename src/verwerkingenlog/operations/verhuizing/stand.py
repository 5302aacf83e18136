"""The log as of one moment, at which all of its tree is signed (rule T1)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.ledger.checker import (
    Checkpoint,
    NotProven,
    VerifierKey,
    open_checkpoint,
    open_note,
)
from verwerkingenlog.ledger.note import Signer, sign_note
from verwerkingenlog.storage import boom, verhuizing
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing

_TRIES: Final = 100
_WAIT_SECONDS: Final = 0.05
_UNSEALED: Final = (
    "Dit log is niet helemaal verzegeld en ondertekend. Draai eerst: verwerkingenlog zegel --eenmaal"
)


class Stand(NamedTuple):
    """The last signed state of a log: the note, what it says, and the keys that may have signed it."""

    note: str
    checkpoint: Checkpoint
    keys: tuple[VerifierKey, ...]

    def sign(self, ring: KeyRing, text: str) -> str:
        """Sign a text with the keys that signed this state. Raises `ConfigurationError` without them."""
        _, signed = open_note(self.note, self.keys)
        held = {key.publiek: key.sleutel for key in ring.sleutels if key.publiek is not None}
        signers = [
            Signer.from_seed(key.name, bytes.fromhex(held[key.public]))
            for key in signed
            if key.public in held
        ]
        if not signers:
            raise ConfigurationError(
                "In de sleutelbos ontbreekt de sleutel waarmee dit log ondertekent. Zet hier de nieuwste"
                " sleutelbos neer."
            )
        return sign_note(text, signers)


@asynccontextmanager
async def signed_moment(connection: Connection) -> AsyncIterator[Stand]:
    """See the log as of one moment, at which its whole tree is signed.

    What is sealed and not signed can't be left out: a purge may have taken away what a manifest in it names.
    Raises `ConfigurationError` where it does not come.
    """
    for _ in range(_TRIES):
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            stand = await _stand(connection)
            if stand is not None:
                yield stand
                return
        await asyncio.sleep(_WAIT_SECONDS)
    raise ConfigurationError(_UNSEALED)


async def _stand(connection: Connection) -> Stand | None:
    """Give the state of the log; None where its newest leaves are not signed yet."""
    head = await boom.head(connection)
    if head is None:
        raise ConfigurationError(_UNSEALED)
    if head.checkpoint is None:
        return None
    keys = tuple(VerifierKey(head.naam, publiek) for publiek in await verhuizing.public_keys(connection))
    try:
        checkpoint = open_checkpoint(head.checkpoint, keys)
    except NotProven as error:
        raise ConfigurationError(
            f"Het laatste checkpoint van dit log klopt niet. {error} Draai: verwerkingenlog verifieer"
        ) from None
    return Stand(head.checkpoint, checkpoint, keys) if checkpoint.size == head.grootte else None
