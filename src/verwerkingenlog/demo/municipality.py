"""The municipality of Zevenbeek, which does not exist: its systems, its activities and who it delivers to."""

from typing import Final, NamedTuple

NAAM: Final = "Zevenbeek"
OIN: Final = "00000001821002193000"
_VAR: Final = "https://var.zevenbeek.example/verwerkingsactiviteiten"


class Systeem(NamedTuple):
    """An application of the log; `None` for an API that it does not use (rule S2)."""

    client_id: str
    label: str
    bewerking: tuple[str, ...] | None = None
    inzage: tuple[str, ...] | None = None
    oins: tuple[str, ...] = ()


ZAAKSYSTEEM: Final = Systeem("zaaksysteem", "Zaaksysteem", ("create:normal", "read:normal"))
BURGERZAKEN: Final = Systeem("burgerzaken", "Burgerzaken en BRP", ("create:normal", "update:normal"))
SOCIAAL_DOMEIN: Final = Systeem(
    "sociaal-domein", "Sociaal domein", ("create:confidential", "read:confidential", "update:confidential")
)
PARKEREN: Final = Systeem("parkeren", "Parkeervergunningen", ("create:normal",))
BELASTINGEN: Final = Systeem("belastingen", "Gemeentelijke belastingen", ("create:normal", "delete:normal"))
PRIVACY: Final = Systeem(
    "privacy",
    "Werkplek van de functionaris",
    ("read:confidential", "update:confidential", "delete:confidential"),
    ("read:confidential",),
)
INWONERSPORTAAL: Final = Systeem(
    "inwonersportaal", "Mijn Zevenbeek", inzage=("read:confidential",), oins=(OIN,)
)
SYSTEMEN: Final = (
    ZAAKSYSTEEM,
    BURGERZAKEN,
    SOCIAAL_DOMEIN,
    PARKEREN,
    BELASTINGEN,
    PRIVACY,
    INWONERSPORTAAL,
)


class Activiteit(NamedTuple):
    """A verwerkingsactiviteit in the municipality's register (VAR), and how long its acties are kept."""

    id: str
    naam: str
    bewaartermijn: str

    @property
    def url(self) -> str:
        """Give its address in the register."""
        return f"{_VAR}/{self.id}"


BURGERLIJKE_STAND: Final = Activiteit("5f0bef4c-f66f-4311-84a5-19e8bf359eaf", "Burgerlijke stand", "P10Y")
ADRESGEGEVENS: Final = Activiteit("c9a4e1d2-6f0b-4f6e-9d5e-3a7f10c2b845", "Bijhouden van adressen", "P10Y")
LEVERING: Final = Activiteit("2b8f4c61-9e0d-4c57-8a3b-6d1e7f5a9c02", "Levering aan afnemers", "P5Y")
DIENSTVERLENING: Final = Activiteit("a1e6c0f4-3b52-4d89-b7c1-0f9d8e2a6b53", "Dienstverlening", "P2Y")
UITKERINGEN: Final = Activiteit("7d2f9b30-1c4e-4a86-95f8-e0b3a6c7d814", "Uitkeringen", "P7Y")
HANDHAVING: Final = Activiteit("e4b7a925-8d31-4f0c-a2e6-5c9f1d07b368", "Handhaving sociale zekerheid", "P7Y")
PARKEERVERGUNNINGEN: Final = Activiteit("94c3d7e8-5a1f-4b20-8e6d-2f7a0b9c1d65", "Parkeervergunningen", "P3Y")
PARKEERHANDHAVING: Final = Activiteit("0d6a8f12-7b9c-4e35-9c04-b1f2e3d4a576", "Parkeerhandhaving", "P3Y")
HEFFING: Final = Activiteit("68e1b5f7-0a2d-4938-b6c4-d3e9f8a70b12", "Heffen van belastingen", "P7Y")
INZAGE: Final = Activiteit("f3a0c7d9-2e48-4b61-87f5-9b6d1c0e8a24", "Inzage in het verwerkingenlog", "P5Y")
ACTIVITEITEN: Final = (
    BURGERLIJKE_STAND,
    ADRESGEGEVENS,
    LEVERING,
    DIENSTVERLENING,
    UITKERINGEN,
    HANDHAVING,
    PARKEERVERGUNNINGEN,
    PARKEERHANDHAVING,
    HEFFING,
    INZAGE,
)


class Afnemer(NamedTuple):
    """Another organisation, with the activity for which it receives."""

    oin: str
    activiteit_id: str
    activiteit_url: str


WATERSCHAP: Final = Afnemer(
    "00000001003214345000",
    "c5b9f4e7-8c79-41b9-91e2-6268419cb167",
    "https://var.waterschap.example/verwerkingsactiviteiten/heffing",
)
PENSIOENFONDS: Final = Afnemer(
    "00000004003214345001",
    "1a9d5c3e-4f27-4806-b8e2-7c0f6a5b9d31",
    "https://var.pensioenfonds.example/verwerkingsactiviteiten/partnerpensioen",
)
