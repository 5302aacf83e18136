"""What a verification of the log finds: what happened, where, and in words (rule T3)."""

from enum import StrEnum

from msgspec import Struct


class Soort(StrEnum):
    """What happened to it."""

    GEWIJZIGD = "gewijzigd"
    VERWIJDERD = "verwijderd"
    TOEGEVOEGD = "toegevoegd"
    VERWISSELD = "verwisseld"
    ONLEESBAAR = "onleesbaar"
    """It can't be judged, because of something that has a finding of its own."""
    AFGEBROKEN = "afgebroken"
    """The log is shorter, or another, than it once was published to be."""


class Wat(StrEnum):
    """The kind of thing that it happened to."""

    VERSIE = "versie"
    BEHEER = "beheer"
    BETROKKENE = "betrokkene"
    KENMERKEN = "kenmerken"
    OBJECTKENMERKEN = "objectkenmerken"
    OPVOLGING = "opvolging"
    ZEGEL = "zegel"
    TEGEL = "tegel"
    RAND = "rand"
    KOP = "kop"
    MERK = "ongezegeld"
    MANIFEST = "opschoning"
    SLEUTEL = "sleutel"
    CHECKPOINT = "checkpoint"
    STRUCTUUR = "structuur"
    """What the database is made of: tables, views, functions, triggers."""


class Plek(Struct, frozen=True, omit_defaults=True):
    """Where: the record by its number in the log, and its actie and version where these are known.

    `rij` is the row of a person or of attributes, the tile (`0/12`), the key. Never a value of a person (M7).
    """

    wat: Wat
    volgnummer: int | None = None
    actie_id: str | None = None
    versie: int | None = None
    rij: str | None = None

    def __str__(self) -> str:
        """Give the place in words."""
        parts = [
            self.wat.value,
            *([f"record {self.volgnummer}"] if self.volgnummer is not None else []),
            *([f"actieId {self.actie_id}"] if self.actie_id is not None else []),
            *([f"versie {self.versie}"] if self.versie is not None else []),
            *([f"rij {self.rij}"] if self.rij is not None else []),
        ]
        return ", ".join(parts)


class Bevinding(Struct, frozen=True):
    """One finding; `uitleg` says in Dutch what is wrong."""

    soort: Soort
    plek: Plek
    uitleg: str

    def __str__(self) -> str:
        """Give the finding on a line."""
        return f"{self.soort.value}: {self.plek}. {self.uitleg}"
