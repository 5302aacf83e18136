"""What a PATCH changes in all current acties of a verwerking (rule W1)."""

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import Verwerkingsactie


class Wijziging(Struct, frozen=True):
    """A change of one or both; `UNSET` leaves it as it is, a bewaartermijn of `None` takes it away."""

    bewaartermijn: str | UnsetType | None = UNSET
    vertrouwelijkheid: Vertrouwelijkheid | UnsetType = UNSET

    def apply(self, inhoud: Verwerkingsactie) -> Verwerkingsactie:
        """Give the content as it is after the change."""
        if self.bewaartermijn is not UNSET:
            inhoud = replace(inhoud, bewaartermijn=self.bewaartermijn)
        if self.vertrouwelijkheid is not UNSET:
            inhoud = replace(inhoud, vertrouwelijkheid=self.vertrouwelijkheid)
        return inhoud
