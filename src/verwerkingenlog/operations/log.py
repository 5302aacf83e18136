"""The log as the operations see it: the store and the few things that differ per municipality."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from verwerkingenlog.config import Settings
from verwerkingenlog.domain.toegang import Aanroeper
from verwerkingenlog.domain.verwerkingsactie import Auteur, Verwerkingsactie
from verwerkingenlog.storage.bulk_commit import BulkCommit
from verwerkingenlog.storage.database import Pool
from verwerkingenlog.storage.group_commit import GroupCommit
from verwerkingenlog.storage.keyring import KeyRing, Randomness
from verwerkingenlog.storage.writing import Writer


class Eigenaar(Struct, frozen=True, kw_only=True):
    """The municipality that the log is of: what its own entries say, and whether users are logged."""

    oin: str | None = None
    inzage_activiteit_id: str | None = None
    inzage_activiteit_url: str | None = None
    gebruikers_loggen: bool = True
    """Off: `gebruiker` is accepted, not kept, and comes back empty (rule M9)."""


def eigenaar_of(settings: Settings) -> Eigenaar:
    """Give the municipality that the settings tell of."""
    return Eigenaar(
        oin=settings.oin,
        inzage_activiteit_id=settings.inzage_activiteit_id,
        inzage_activiteit_url=settings.inzage_activiteit_url,
        gebruikers_loggen=settings.gebruikers_loggen,
    )


class Log(Struct, frozen=True, kw_only=True):
    """One log: what every operation needs, nothing of it global."""

    pool: Pool
    ring: KeyRing
    writer: Writer
    group_commit: GroupCommit
    bulk_commit: BulkCommit
    clock: Callable[[], datetime]
    """The present moment, with its timezone."""
    random: Randomness
    eigenaar: Eigenaar
    observe_read: Callable[[], None]
    """Hears of each read that was logged (rule L1)."""

    def auteur(self, aanroeper: Aanroeper) -> Auteur:
        """Give who writes a version, without the user where users are not logged (rules M2, M9)."""
        return Auteur(aanroeper.client_id, aanroeper.gebruiker if self.eigenaar.gebruikers_loggen else "")

    def kept(self, inhoud: Verwerkingsactie) -> Verwerkingsactie:
        """Give what is kept of this content (rule M9)."""
        if self.eigenaar.gebruikers_loggen or not inhoud.gebruiker:
            return inhoud
        return replace(inhoud, gebruiker="")


def microseconds(moment: datetime) -> int:
    """Give the instant of a moment, in microseconds since 1970-01-01T00:00:00Z."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
