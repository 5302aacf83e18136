"""The words in which the events of the demo are told: when, who, which verwerking, and what became of it."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from verwerkingenlog.demo.municipality import OIN, Activiteit, Afnemer, Systeem

Json: TypeAlias = dict[str, Any]

_NAMES: Final = UUID("6c1f7c52-3c0e-4a57-9b43-0f6f6b0d2e11")
_AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
_FRIDAY: Final = 4


class Calendar:
    """Moments in the past, counted back from one: the same `now` always gives the same moments."""

    def __init__(self, now: datetime) -> None:
        self._today = now.astimezone(_AMSTERDAM).date()

    def at(self, days_ago: int, clock: str) -> str:
        """Give the tijdstip of this time (`10:05`) so many days ago; in a weekend, on the Friday before."""
        day = self._today - timedelta(days=days_ago)
        day -= timedelta(days=max(0, day.weekday() - _FRIDAY))
        return datetime.combine(day, time.fromisoformat(clock), _AMSTERDAM).isoformat()

    def is_weekend(self, days_ago: int) -> bool:
        """Tell whether that day was a Saturday or a Sunday."""
        return (self._today - timedelta(days=days_ago)).weekday() > _FRIDAY


@dataclass(frozen=True)
class Betrokken:
    """How persons take part in an actie, and which soorten gegevens of them are used."""

    betrokkenheid: str
    gegevens: tuple[str, ...]
    bsns: tuple[str, ...]

    def objecten(self) -> list[Json]:
        """Give the verwerkte objecten, one per person."""
        return [
            {
                "objecttype": "persoon",
                "soortObjectId": "BSN",
                "objectId": bsn,
                "betrokkenheid": self.betrokkenheid,
                "verwerkteSoortenGegevens": [{"soortGegeven": soort} for soort in self.gegevens],
            }
            for bsn in self.bsns
        ]


def als(betrokkenheid: str, gegevens: str, *bsns: str) -> Betrokken:
    """Say as what these persons take part; `gegevens` are separated by commas."""
    return Betrokken(betrokkenheid, tuple(gegevens.split(", ")), bsns)


@dataclass(frozen=True)
class Vastlegging:
    """An actie that a systeem logs; the key tells the log that it is the same one (rule P6)."""

    systeem: Systeem
    key: str
    actie: Json


@dataclass(frozen=True)
class Verwerking:
    """What the acties of one verwerking have in common; `kenmerk` is its own in the whole story."""

    kenmerk: str
    naam: str
    activiteit: Activiteit
    systeem: Systeem
    medewerker: str
    vertrouwelijkheid: str = "normaal"

    @property
    def id(self) -> str:
        """Give the verwerkingId."""
        return str(uuid5(_NAMES, self.kenmerk))

    def actie(
        self,
        naam: str,
        tijdstip: str,
        *betrokken: Betrokken,
        handeling: str = "",
        bron: str = "",
        afnemer: Afnemer | None = None,
    ) -> Vastlegging:
        """Tell one actie; within a verwerking no two have the same tijdstip."""
        actie = {
            "actieNaam": naam,
            "handelingNaam": handeling or naam,
            "verwerkingNaam": self.naam,
            "verwerkingId": self.id,
            "verwerkingsactiviteitId": self.activiteit.id,
            "verwerkingsactiviteitUrl": self.activiteit.url,
            "vertrouwelijkheid": self.vertrouwelijkheid,
            "bewaartermijn": self.activiteit.bewaartermijn,
            "uitvoerder": OIN,
            "systeem": self.systeem.label,
            "gebruiker": self.medewerker,
            "gegevensbron": bron or self.systeem.label,
            "tijdstip": tijdstip,
            "verwerkteObjecten": [item for one in betrokken for item in one.objecten()],
        }
        if afnemer is not None:
            actie |= {
                "soortAfnemerId": "OIN",
                "afnemerId": afnemer.oin,
                "verwerkingsactiviteitIdAfnemer": afnemer.activiteit_id,
                "verwerkingsactiviteitUrlAfnemer": afnemer.activiteit_url,
            }
        return Vastlegging(self.systeem, f"demo {self.kenmerk} {tijdstip}", actie)


@dataclass(frozen=True)
class Opheffing:
    """A confidential verwerking is lifted (PATCH, rule W1); `vastlegging` is one of its acties."""

    door: Systeem
    vastlegging: Vastlegging


@dataclass(frozen=True)
class Correctie:
    """An actie is corrected (PUT, rule U1): these elements get these values."""

    door: Systeem
    vastlegging: Vastlegging
    wordt: Json


@dataclass(frozen=True)
class Verwijdering:
    """An actie lapses (DELETE, rule D1)."""

    door: Systeem
    vastlegging: Vastlegging


Wijziging: TypeAlias = Opheffing | Correctie | Verwijdering
Event: TypeAlias = Vastlegging | Wijziging
