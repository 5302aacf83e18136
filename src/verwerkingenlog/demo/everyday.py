"""What happens in Zevenbeek every day, over the last half year."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from verwerkingenlog.demo import municipality as gemeente
from verwerkingenlog.demo.inhabitants import IN_ONDERZOEK, INWONERS, ONDERZOCHT, VERWISSELD
from verwerkingenlog.demo.municipality import Activiteit, Systeem
from verwerkingenlog.demo.telling import Calendar, Vastlegging, Verwerking, als

HALF_A_YEAR: Final = 182
_STRIDE: Final = 37
"""How far along the list the next inhabitant is: prime to its length, so that everyone has a turn."""
_MONTH: Final = 30


class Stap(NamedTuple):
    """One actie of a routine: when, what, and which soorten gegevens."""

    clock: str
    naam: str
    gegevens: str


class Routine(NamedTuple):
    """A verwerking that comes back every so many days, each time about another inhabitant."""

    naam: str
    activiteit: Activiteit
    systeem: Systeem
    medewerker: str
    betrokkenheid: str
    every: int
    stappen: tuple[Stap, ...]


ROUTINES: Final = (
    Routine(
        "Paspoort aanvragen",
        gemeente.BURGERLIJKE_STAND,
        gemeente.BURGERZAKEN,
        "burgerzaken-2",
        "Aanvrager",
        2,
        (
            Stap("09:12", "Opvragen persoonsgegevens", "BSN, Geslachtsnaam, Geboortedatum, Nationaliteit"),
            Stap("09:20", "Vastleggen aanvraag paspoort", "BSN, Foto, Handtekening, Lengte"),
        ),
    ),
    Routine(
        "Melding openbare ruimte",
        gemeente.DIENSTVERLENING,
        gemeente.ZAAKSYSTEEM,
        "klantcontact-2",
        "Melder",
        3,
        (Stap("11:05", "Openen zaak", "Geslachtsnaam, E-mailadres, Adres"),),
    ),
    Routine(
        "Parkeervergunning",
        gemeente.PARKEERVERGUNNINGEN,
        gemeente.PARKEREN,
        "parkeerbalie-1",
        "Aanvrager",
        3,
        (
            Stap("13:30", "Controleren adres", "BSN, Adres"),
            Stap("13:36", "Verlenen vergunning", "BSN, Kenteken, Rekeningnummer"),
        ),
    ),
    Routine(
        "Kwijtschelding",
        gemeente.HEFFING,
        gemeente.BELASTINGEN,
        "belastingen-2",
        "Aanvrager",
        5,
        (
            Stap("15:02", "Opvragen inkomen", "BSN, Inkomen, Vermogen"),
            Stap("15:20", "Vastleggen besluit", "BSN, Besluit"),
        ),
    ),
)


def routines(day: Calendar) -> Iterator[Vastlegging]:
    """Tell of the routines, each on its own days, but not in weekends."""
    turn = 0
    for routine in ROUTINES:
        for days_ago in range(HALF_A_YEAR, 0, -routine.every):
            if day.is_weekend(days_ago):
                continue
            turn += 1
            verwerking = Verwerking(
                f"{routine.naam} {days_ago}",
                routine.naam,
                routine.activiteit,
                routine.systeem,
                routine.medewerker,
            )
            bsn = INWONERS[turn * _STRIDE % len(INWONERS)]
            for stap in routine.stappen:
                betrokken = als(routine.betrokkenheid, stap.gegevens, bsn)
                yield verwerking.actie(stap.naam, day.at(days_ago, stap.clock), betrokken)


def uitkeringen(day: Calendar) -> Iterator[Vastlegging]:
    """Tell of two who have a benefit: paid every month; one is coached to work twice a week."""
    for days_ago in range(HALF_A_YEAR, 0, -_MONTH):
        betaling = _uitkering(f"betaling {days_ago}", "Uitbetalen uitkering", "maandelijkse-betaling")
        for number, bsn in enumerate((ONDERZOCHT.bsn, IN_ONDERZOEK.bsn)):
            betrokken = als("Ontvanger", "BSN, Rekeningnummer, Uitkering", bsn)
            yield betaling.actie("Uitbetalen uitkering", day.at(days_ago, f"06:0{number}"), betrokken)
    begeleiding = _uitkering("begeleiding", "Begeleiding naar werk", "werkcoach-6")
    client = als("Cliënt", "BSN, Geslachtsnaam, Arbeidsverleden", ONDERZOCHT.bsn)
    for days_ago in range(HALF_A_YEAR, 0, -1):
        if not day.is_weekend(days_ago) and days_ago % 7 in {1, 2, 4, 5}:
            yield begeleiding.actie("Openen dossier", day.at(days_ago, "10:30"), client, handeling="Gesprek")
            yield begeleiding.actie(
                "Vastleggen verslag", day.at(days_ago, "11:15"), client, handeling="Gesprek"
            )


def aanslagen(day: Calendar) -> Iterator[Vastlegging]:
    """Tell of the yearly tax: one actie about many persons at once."""
    verwerking = Verwerking(
        "aanslagen", "Aanslag", gemeente.HEFFING, gemeente.BELASTINGEN, "jaarlijkse-aanslag"
    )
    betrokken = als("Belastingplichtige", "BSN, Adres, WOZ-waarde", VERWISSELD.bsn, *INWONERS)
    yield verwerking.actie("Opleggen aanslagen", day.at(120, "03:00"), betrokken)


def _uitkering(kenmerk: str, naam: str, medewerker: str) -> Verwerking:
    return Verwerking(kenmerk, naam, gemeente.UITKERINGEN, gemeente.SOCIAAL_DOMEIN, medewerker)


EVERYDAY = (routines, uitkeringen, aanslagen)
