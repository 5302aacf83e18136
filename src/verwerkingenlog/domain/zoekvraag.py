"""What a reader asks of the log about one person (rules G1, G5, I1)."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from verwerkingenlog.domain.betrokkene import Betrokkene
from verwerkingenlog.domain.vertrouwelijkheid import Klasse
from verwerkingenlog.domain.verwerkingsactie import VerwerktObject, betrokkenen_of

PAGE_SIZE: Final = 100
"""The entries on a page, where a reader asks for no other number; also the most (rule G5)."""

_AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Zoekvraag(Struct, frozen=True, kw_only=True):
    """The filters of a search; `None` and an empty set mean that the filter was not given.

    `begin` is inclusive and `eind` exclusive: instants in microseconds since 1970-01-01T00:00:00Z.
    """

    gevraagd: VerwerktObject
    """Whose entries are asked, spelled as they were asked: so does the entry of the read name them."""
    begin: int | None = None
    eind: int | None = None
    verwerkingsactiviteit_id: str | None = None
    klassen: frozenset[Klasse] = frozenset()
    page_size: int = PAGE_SIZE

    @property
    def betrokkene(self) -> Betrokkene:
        """The person whose entries are asked."""
        return betrokkenen_of([self.gevraagd])[0]


def start_of_day(day: date) -> int:
    """Give the instant at which a day starts in Europe/Amsterdam, in microseconds since 1970 (rule G1)."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=_AMSTERDAM)
    # Not by a conversion to UTC: the first day of the calendar would fall off its start.
    offset = midnight.utcoffset() or timedelta()
    return (midnight.replace(tzinfo=UTC) - _EPOCH - offset) // timedelta(microseconds=1)
