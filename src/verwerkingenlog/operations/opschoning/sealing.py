"""What a purge waits for before anything goes: the seal on what it says it will remove (rule R3)."""

import asyncio
from collections.abc import Sequence
from typing import Final

from verwerkingenlog.errors import PurgeRefused
from verwerkingenlog.operations.beheer import Clock
from verwerkingenlog.operations.verzegeling.seal import seal
from verwerkingenlog.storage import purging
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing

_PAUSE: Final = 0.02


class Sealing:
    """Seals records, where there is a connection that may; else waits until the sealer of the server did.

    `patience`: for how many seconds.
    """

    def __init__(
        self,
        connection: Connection,
        sealer: Connection | None,
        ring: KeyRing,
        clock: Clock,
        patience: float = 60,
    ) -> None:
        self._connection = connection
        self._sealer = sealer
        self._ring = ring
        self._clock = clock
        self._patience = patience

    async def __call__(self, records: Sequence[int]) -> None:
        """Return once these records are sealed. Raises `PurgeRefused` where that does not happen."""
        try:
            async with asyncio.timeout(self._patience):
                while not await purging.are_sealed(self._connection, records):
                    if self._sealer is None or await seal(self._sealer, self._ring, self._clock) is None:
                        await asyncio.sleep(_PAUSE)
        except TimeoutError:
            raise PurgeRefused(
                "Het zegel op de lijst van wat weggaat, kwam niet op tijd. Wat op die lijst staat, is er nog."
                " Controleer of de server draait, of start 'verwerkingenlog zegel'."
            ) from None
