"""What administrators do to the log, kept like the log itself: who, when, what (rules M2, R3)."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Gebeurtenis(StrEnum):
    """What happened."""

    MIGRATIE = "migratie_uitgevoerd"
    SLEUTEL_GEMAAKT = "sleutel_gemaakt"
    ROTATIE_BEGONNEN = "rotatie_begonnen"
    ROTATIE_OVERGEGAAN = "rotatie_overgegaan"
    ROTATIE_KLAAR = "rotatie_klaar"
    SLEUTEL_VERNIETIGD = "sleutel_vernietigd"
    APPLICATIE_TOEGEVOEGD = "applicatie_toegevoegd"
    APPLICATIE_INGETROKKEN = "applicatie_ingetrokken"
    OPSCHONING = "opschoning"
    OPSCHONING_KLAAR = "opschoning_klaar"
    OPSCHONING_VERVALLEN = "opschoning_vervallen"
    EXPORT = "export_gemaakt"
    IMPORT_BEGONNEN = "import_begonnen"
    IMPORT_KLAAR = "import_klaar"
    TERUGVAL_ERKEND = "terugval_erkend"


class Beheerdaad(Struct, frozen=True, kw_only=True):
    """One act: `wie` is the account that did it, `inhoud` what there is to say of it.

    `inhoud` holds strings, whole numbers, lists and objects of these, and nothing of a betrokkene (rule M7).
    """

    tijdstip: datetime
    wie: str
    gebeurtenis: Gebeurtenis
    inhoud: Mapping[str, object]
