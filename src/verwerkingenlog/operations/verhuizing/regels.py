"""The lines of an archive: what a log is made of, as NDJSON.

First a `kop`, then the leaves of the tree (`bladeren`), what administrators did (`beheer`), the acties, each
whole on one line, and a `slot` that counts them and holds the SHA-256 of all lines before it. Beside the
content stands what its commitments were made with, so that each leaf can be computed again (rule T2).
"""

from datetime import datetime
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from verwerkingenlog.domain.betrokkene import PERSOON
from verwerkingenlog.domain.vertrouwelijkheid import Klasse, Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import MOST_OCCURRENCES

FORMAAT: Final = 1

_HEX: Final = "[0-9a-f]"
_ACTIE_ID: Final = rf"\A{_HEX}{{8}}-{_HEX}{{4}}-4{_HEX}{{3}}-[89ab]{_HEX}{{3}}-{_HEX}{{6}}0{{6}}\Z"
_UUID: Final = rf"\A{_HEX}{{8}}(-{_HEX}{{4}}){{3}}-{_HEX}{{12}}\Z"

_Text: TypeAlias = Annotated[str, Meta(pattern=r"\A[^\x00]*\Z")]
"""PostgreSQL has no NUL."""
_Name: TypeAlias = Annotated[str, Meta(pattern=r"\A[^\s\x00-\x20\x7f-\x9f]+\Z")]
"""Shown to the user before anything is proven: nothing in it can steer a terminal."""
_Uuid: TypeAlias = Annotated[str, Meta(pattern=_UUID)]
_Hash: TypeAlias = Annotated[bytes, Meta(min_length=32, max_length=32)]
_Index: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Nummer: TypeAlias = Annotated[int, Meta(ge=1, le=MOST_OCCURRENCES)]
_Versienummer: TypeAlias = Annotated[int, Meta(ge=1, le=2**31 - 1)]
_Moment: TypeAlias = Annotated[datetime, Meta(tz=True)]


class _Line(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename="camel"
):
    pass


class Kop(_Line, frozen=True, kw_only=True, tag_field="soort", tag="kop"):
    """Of which log this is an archive, and its last signed state: all that follows must lead to that."""

    formaat: Literal[1]
    naam: _Name
    grootte: _Index
    """How many leaves the tree has."""
    checkpoint: str
    """The signed note."""
    sleutels: tuple[_Name, ...]
    """The verifier keys of the log."""
    moment: _Moment
    programma: str


class Bladeren(_Line, frozen=True, kw_only=True, tag_field="soort", tag="bladeren"):
    """Leaf hashes from number `eerste` on: a tile of 256, but for the last."""

    eerste: _Index
    hashes: bytes


class Beheer(_Line, frozen=True, kw_only=True, tag_field="soort", tag="beheer"):
    """What an administrator did: the canonical JSON that its leaf commits to, and the salt."""

    blad: _Index
    inhoud: str
    zout: _Hash
    versies: tuple[_Index, ...] = ()
    """Of a purge: the numbers of the versions that its manifest names, …"""
    bladen: tuple[_Index | None, ...] = ()
    """… and where their leaves are, in the same order; null for one that stayed."""


class Object(_Line, frozen=True, kw_only=True):
    """One occurrence of a person."""

    nummer: _Nummer
    soort_object_id: _Text
    object_id: _Text
    objecttype: _Text = PERSOON
    betrokkenheid: _Text = ""
    verwerkte_soorten_gegevens: tuple[_Text, ...] = ()
    zout: _Hash


class Versieregel(_Line, frozen=True, kw_only=True):
    """One version: its content, who wrote it and when, its place in the tree and its salts."""

    blad: _Index
    versie: _Versienummer
    vervallen: bool = False
    klasse: Klasse = Klasse.NORMAAL
    hoogste_nummer: Annotated[int, Meta(ge=0, le=MOST_OCCURRENCES)]
    tijdstip_registratie: _Moment
    applicatie: _Text
    auteur_gebruiker: _Text = ""
    tijdstip: str
    vertrouwelijkheid: Vertrouwelijkheid = Vertrouwelijkheid.NORMAAL
    actie_naam: _Text = ""
    handeling_naam: _Text = ""
    verwerking_naam: _Text = ""
    verwerking_id: _Uuid | None = None
    verwerkingsactiviteit_id: _Uuid | None = None
    verwerkingsactiviteit_url: _Text | None = None
    bewaartermijn: _Text | None = None
    uitvoerder: _Text | None = None
    systeem: _Text = ""
    gebruiker: _Text = ""
    gegevensbron: _Text = ""
    soort_afnemer_id: _Text = ""
    afnemer_id: _Text | None = None
    verwerkingsactiviteit_id_afnemer: _Uuid | None = None
    verwerkingsactiviteit_url_afnemer: _Text | None = None
    verwerking_id_afnemer: _Uuid | None = None
    verwerkte_objecten: tuple[Object, ...] = ()
    vorige: _Hash
    zout_gemeenschappelijk: _Hash
    zout_intern: _Hash
    zout_afnemer: _Hash | None = None
    """Only of an afnemer who is a person."""


class Actie(_Line, frozen=True, kw_only=True, tag_field="soort", tag="actie"):
    """One actie with all its versions, oldest first."""

    actie_id: Annotated[str, Meta(pattern=_ACTIE_ID)]
    versies: Annotated[tuple[Versieregel, ...], Meta(min_length=1)]


class Slot(_Line, frozen=True, kw_only=True, tag_field="soort", tag="slot"):
    """The end: how much there was of each, the SHA-256 of all lines before in hexadecimal digits, signed."""

    acties: _Index
    versies: _Index
    beheer: _Index
    opgeschoond: _Index
    sha256: str
    handtekening: str
    """A signed note of `signed_text`, by the log."""


Regel: TypeAlias = Kop | Bladeren | Beheer | Actie | Slot

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Regel).decode


def written(regel: Regel) -> bytes:
    """Give the line, its newline included."""
    return _encode(regel) + b"\n"


def signed_text(naam: str, sha256: str) -> str:
    """Give what a log of this name signs of an archive. It can't be read as a checkpoint."""
    return f"verwerkingenlog/archief/{FORMAAT}\n{naam}\n{sha256}\n"


def parse(line: bytes) -> Regel:
    """Read a line. Raises ValueError; what it says may hold personal data (rule M7)."""
    if not line.endswith(b"\n"):
        raise ValueError
    regel: Regel = _decode(line)
    return regel
