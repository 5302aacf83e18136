"""What happened in Zevenbeek that a visitor can look up: one function per event."""

from collections.abc import Iterator

from verwerkingenlog.demo import municipality as gemeente
from verwerkingenlog.demo.inhabitants import (
    BUUR,
    GETUIGEN,
    GEZOCHT,
    HUISGENOTEN,
    IN_ONDERZOEK,
    NAAMGENOTEN,
    ONDERZOCHT,
    PARKEERDER,
    PARTNERS,
    VERHUISD,
    VERWISSELD,
)
from verwerkingenlog.demo.telling import (
    Calendar,
    Correctie,
    Event,
    Opheffing,
    Verwerking,
    Verwijdering,
    als,
)

_NAAM = "BSN, Geslachtsnaam, Voornamen"
_PERSOON = "BSN, Geslachtsnaam, Voornamen, Geboortedatum, Adres"


def huwelijk(day: Calendar) -> Iterator[Event]:
    """Tell of a marriage, from the intake to the deed: two partners, four witnesses."""
    verwerking = Verwerking(
        "huwelijk", "Huwelijk", gemeente.BURGERLIJKE_STAND, gemeente.BURGERZAKEN, "burgerzaken-3"
    )
    partner = "Aanstaande partner"
    partners = [rol.bsn for rol in PARTNERS]
    gehuwd = als("Partner", "BSN, Geslachtsnaam, Burgerlijke staat, Partner", *partners)
    yield verwerking.actie(
        "Zoeken personen", day.at(41, "10:02"), als(partner, _NAAM, *partners), handeling="Intake", bron="BRP"
    )
    yield verwerking.actie(
        "Opvragen persoonsgegevens",
        day.at(41, "10:04"),
        als(partner, f"{_PERSOON}, Nationaliteit, Burgerlijke staat", *partners),
        handeling="Intake",
        bron="BRP",
    )
    yield verwerking.actie(
        "Opvragen gegevens van getuigen",
        day.at(41, "10:11"),
        als("Getuige", _PERSOON, *GETUIGEN),
        handeling="Intake",
        bron="BRP",
    )
    yield verwerking.actie(
        "Vastleggen aangifte huwelijk",
        day.at(41, "10:25"),
        als(partner, _PERSOON, *partners),
        als("Getuige", _NAAM, *GETUIGEN),
        handeling="Aangifte",
    )
    yield verwerking.actie(
        "Opmaken huwelijksakte",
        day.at(20, "14:00"),
        als("Partner", _PERSOON, *partners),
        als("Getuige", _NAAM, *GETUIGEN),
        handeling="Voltrekken huwelijk",
    )
    yield verwerking.actie("Bijwerken burgerlijke staat", day.at(20, "14:35"), gehuwd, bron="BRP")
    yield Verwerking(
        "huwelijk-levering",
        "Levering na huwelijk",
        gemeente.LEVERING,
        gemeente.BURGERZAKEN,
        "nachtelijke-levering",
    ).actie("Leveren partnergegevens", day.at(19, "22:15"), gehuwd, afnemer=gemeente.PENSIOENFONDS)


def verhuizing(day: Calendar) -> Iterator[Event]:
    """Tell of a removal: one reports it for the whole household, and the water authority hears of it."""
    verwerking = Verwerking(
        "verhuizing", "Verhuizing", gemeente.ADRESGEGEVENS, gemeente.BURGERZAKEN, "burgerzaken-1"
    )
    aangever = als("Aangever", _PERSOON, VERHUISD.bsn)
    huisgenoten = als("Huisgenoot", _PERSOON, *HUISGENOTEN)
    yield verwerking.actie("Opvragen adres", day.at(33, "09:31"), aangever, handeling="Intake", bron="BRP")
    yield verwerking.actie(
        "Opvragen bewoners van adres", day.at(33, "09:33"), aangever, huisgenoten, handeling="Intake"
    )
    yield verwerking.actie("Vastleggen verhuizing", day.at(33, "09:40"), aangever, huisgenoten)
    yield verwerking.actie(
        "Bijwerken adres", day.at(32, "16:05"), aangever, huisgenoten, handeling="Vastleggen verhuizing"
    )
    yield Verwerking(
        "verhuizing-levering",
        "Levering na verhuizing",
        gemeente.LEVERING,
        gemeente.BURGERZAKEN,
        "nachtelijke-levering",
    ).actie(
        "Leveren nieuw adres",
        day.at(31, "22:15"),
        als("Verhuisde persoon", "BSN, Adres", VERHUISD.bsn, *HUISGENOTEN),
        afnemer=gemeente.WATERSCHAP,
    )


def zoekresultaat(day: Calendar) -> Iterator[Event]:
    """Tell of a search for a name that showed forty persons, of whom one was meant."""
    verwerking = Verwerking(
        "klacht", "Klacht over afval", gemeente.DIENSTVERLENING, gemeente.ZAAKSYSTEEM, "klantcontact-5"
    )
    yield verwerking.actie(
        "Zoeken personen",
        day.at(12, "11:17"),
        als("Getoond in zoekresultaat", _NAAM, GEZOCHT.bsn, *NAAMGENOTEN),
        handeling="Klacht aannemen",
    )
    yield verwerking.actie(
        "Selecteren persoon",
        day.at(12, "11:18"),
        als("Klager", _NAAM, GEZOCHT.bsn),
        handeling="Klacht aannemen",
    )
    yield verwerking.actie(
        "Openen zaak",
        day.at(12, "11:24"),
        als("Klager", "BSN, Geslachtsnaam, Adres, Telefoonnummer", GEZOCHT.bsn),
        handeling="Klacht aannemen",
    )


def opgeheven_onderzoek(day: Calendar) -> Iterator[Event]:
    """Tell of a confidential inquiry that is over: lifted, so that who was looked at can see it."""
    onderzoek = _onderzoek("onderzoek-1")
    yield onderzoek.actie(
        "Ontvangen signaal", day.at(75, "13:05"), als("Onderzochte", _NAAM, ONDERZOCHT.bsn), bron="Meldpunt"
    )
    opvragen = onderzoek.actie(
        "Opvragen inkomen", day.at(74, "15:20"), als("Onderzochte", "BSN, Inkomen, Vermogen", ONDERZOCHT.bsn)
    )
    yield opvragen
    yield onderzoek.actie(
        "Opvragen bewoners van adres",
        day.at(70, "09:45"),
        als("Onderzochte", _PERSOON, ONDERZOCHT.bsn),
        als("Buur", "BSN, Adres", BUUR),
        bron="BRP",
    )
    yield onderzoek.actie(
        "Afsluiten onderzoek", day.at(27, "16:30"), als("Onderzochte", "BSN, Conclusie", ONDERZOCHT.bsn)
    )
    yield Opheffing(gemeente.SOCIAAL_DOMEIN, opvragen)


def lopend_onderzoek(day: Calendar) -> Iterator[Event]:
    """Tell of a confidential inquiry that still goes on."""
    onderzoek = _onderzoek("onderzoek-2")
    verdacht = IN_ONDERZOEK.bsn
    yield onderzoek.actie("Ontvangen signaal", day.at(16, "10:50"), als("Onderzochte", _NAAM, verdacht))
    yield onderzoek.actie(
        "Opvragen inkomen", day.at(9, "14:10"), als("Onderzochte", "BSN, Inkomen", verdacht)
    )


def correctie(day: Calendar) -> Iterator[Event]:
    """Tell of an actie that named the wrong verwerkingsactiviteit."""
    vastlegging = Verwerking(
        "parkeercontrole-17",
        "Parkeercontrole",
        gemeente.PARKEERVERGUNNINGEN,
        gemeente.PARKEREN,
        "handhaver-2",
    ).actie(
        "Opvragen kentekenhouder", day.at(14, "15:41"), als("Kentekenhouder", "Kenteken, BSN", PARKEERDER.bsn)
    )
    juist = gemeente.PARKEERHANDHAVING
    yield vastlegging
    yield Correctie(
        gemeente.PRIVACY,
        vastlegging,
        {"verwerkingsactiviteitId": juist.id, "verwerkingsactiviteitUrl": juist.url},
    )


def verwijdering(day: Calendar) -> Iterator[Event]:
    """Tell of an actie that was logged about the wrong person."""
    vastlegging = Verwerking(
        "aanslag-208", "Aanslag", gemeente.HEFFING, gemeente.BELASTINGEN, "belastingen-4"
    ).actie("Opvragen eigenaar van pand", day.at(8, "10:36"), als("Eigenaar", _PERSOON, VERWISSELD.bsn))
    yield vastlegging
    yield Verwijdering(gemeente.BELASTINGEN, vastlegging)


def _onderzoek(kenmerk: str) -> Verwerking:
    return Verwerking(
        kenmerk,
        "Onderzoek rechtmatigheid uitkering",
        gemeente.HANDHAVING,
        gemeente.SOCIAAL_DOMEIN,
        "rechercheur-1",
        vertrouwelijkheid="vertrouwelijk",
    )


EVENTS = (
    huwelijk,
    verhuizing,
    zoekresultaat,
    opgeheven_onderzoek,
    lopend_onderzoek,
    correctie,
    verwijdering,
)
