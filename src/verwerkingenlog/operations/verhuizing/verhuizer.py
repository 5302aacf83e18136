"""What it takes to move a log: connections, keys, and somebody who watches."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from verwerkingenlog.domain.beheer import Gebeurtenis
from verwerkingenlog.operations import beheer
from verwerkingenlog.operations.beheer import Clock
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing, Randomness


class Verhuizer(Struct, frozen=True, kw_only=True):
    """What a removal has at hand: connections in the roles `SERVING` and `APPLICATIONS`, and the keys."""

    dienst: Connection
    beheer: Connection
    ring: KeyRing
    clock: Clock
    random: Randomness
    progress: Callable[[int, int], None]
    """Hears how many leaves are done, of how many."""

    async def note(self, gebeurtenis: Gebeurtenis, inhoud: Mapping[str, object]) -> None:
        """Leave a record of what was done."""
        async with self.beheer.transaction():
            await beheer.note(self.beheer, self.ring, self.clock, self.random, gebeurtenis, inhoud)
