"""The lines of an archive: what a log is made of, as NDJSON.

First a `kop`, then the leaves of the tree (`bladeren`), what administrators did (`beheer`), the acties, each
whole on one line, and a `slot` that counts them and holds the SHA-256 of all lines before it. Beside the
content stands what its commitments were made with, so that each leaf can be computed again (rule T2).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from verwerkingenlog.domain.betrokkene import PERSOON, is_bsn, is_valid_bsn
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Klasse, Vertrouwelijkheid, klasse_of
from verwerkingenlog.domain.verwerkingsactie import (
    MOST_OCCURRENCES,
    Auteur,
    Versie,
    Verwerkingsactie,
    VerwerktObject,
)
from verwerkingenlog.ledger.bladen import AFNEMER, GEMEENSCHAPPELIJK, INTERN, Salts, persoon_label

FORMAAT: Final = 1

_HEX: Final = "[0-9a-f]"
_ACTIE_ID: Final = rf"\A{_HEX}{{8}}-{_HEX}{{4}}-4{_HEX}{{3}}-[89ab]{_HEX}{{3}}-{_HEX}{{6}}0{{6}}\Z"
_UUID: Final = rf"\A{_HEX}{{8}}(-{_HEX}{{4}}){{3}}-{_HEX}{{12}}\Z"

_Text: TypeAlias = Annotated[str, Meta(pattern=r"\A[^\x00]*\Z")]
"""PostgreSQL has no NUL."""
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
    naam: str
    grootte: _Index
    """How many leaves the tree has."""
    checkpoint: str
    """The signed note."""
    sleutels: tuple[str, ...]
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
    """The end: how much there was of each, and the SHA-256 of all lines before, as hexadecimal digits."""

    acties: _Index
    versies: _Index
    beheer: _Index
    opgeschoond: _Index
    sha256: str


Regel: TypeAlias = Kop | Bladeren | Beheer | Actie | Slot

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Regel).decode


def written(regel: Regel) -> bytes:
    """Give the line, its newline included."""
    return _encode(regel) + b"\n"


def parse(line: bytes) -> Regel:
    """Read a line. Raises ValueError; what it says may hold personal data (rule M7)."""
    if not line.endswith(b"\n"):
        raise ValueError
    regel: Regel = _decode(line)
    return regel


def versieregel(versie: Versie, blad: int, vorige: bytes, salts: Salts) -> Versieregel:
    """Give what an archive says of a version whose leaf has this number."""
    inhoud, auteur = versie.inhoud, versie.auteur
    return Versieregel(
        blad=blad,
        versie=versie.nummer,
        vervallen=versie.vervallen,
        klasse=versie.klasse,
        hoogste_nummer=versie.hoogste_nummer,
        tijdstip_registratie=versie.tijdstip_registratie,
        applicatie=auteur.applicatie,
        auteur_gebruiker=auteur.gebruiker,
        tijdstip=inhoud.tijdstip.text,
        vertrouwelijkheid=inhoud.vertrouwelijkheid,
        actie_naam=inhoud.actie_naam,
        handeling_naam=inhoud.handeling_naam,
        verwerking_naam=inhoud.verwerking_naam,
        verwerking_id=inhoud.verwerking_id,
        verwerkingsactiviteit_id=inhoud.verwerkingsactiviteit_id,
        verwerkingsactiviteit_url=inhoud.verwerkingsactiviteit_url,
        bewaartermijn=inhoud.bewaartermijn,
        uitvoerder=inhoud.uitvoerder,
        systeem=inhoud.systeem,
        gebruiker=inhoud.gebruiker,
        gegevensbron=inhoud.gegevensbron,
        soort_afnemer_id=inhoud.soort_afnemer_id,
        afnemer_id=inhoud.afnemer_id,
        verwerkingsactiviteit_id_afnemer=inhoud.verwerkingsactiviteit_id_afnemer,
        verwerkingsactiviteit_url_afnemer=inhoud.verwerkingsactiviteit_url_afnemer,
        verwerking_id_afnemer=inhoud.verwerking_id_afnemer,
        verwerkte_objecten=tuple(
            _object(object_, nummer, salts)
            for nummer, object_ in zip(versie.nummers, inhoud.verwerkte_objecten, strict=True)
        ),
        vorige=vorige,
        zout_gemeenschappelijk=salts(GEMEENSCHAPPELIJK),
        zout_intern=salts(INTERN),
        zout_afnemer=salts(persoon_label(AFNEMER)) if inhoud.afnemer_is_person else None,
    )


def _object(object_: VerwerktObject, nummer: int, salts: Salts) -> Object:
    return Object(
        nummer=nummer,
        soort_object_id=object_.soort_object_id,
        object_id=object_.object_id,
        objecttype=object_.objecttype,
        betrokkenheid=object_.betrokkenheid,
        verwerkte_soorten_gegevens=object_.soorten_gegevens,
        zout=salts(persoon_label(nummer)),
    )


def history(actie: Actie) -> tuple[Versie, ...]:
    """Give the versions of an actie. Raises ValueError where they are not a history as a log writes it."""
    versies = tuple(_versie(actie.actie_id, regel) for regel in actie.versies)
    klasse, hoogste = Klasse.NORMAAL, 0
    for nummer, versie in enumerate(versies, 1):
        klasse = klasse_of(versie.inhoud.vertrouwelijkheid, klasse)
        if versie.nummer != nummer or versie.klasse is not klasse or versie.hoogste_nummer < hoogste:
            raise ValueError
        hoogste = versie.hoogste_nummer
    return versies


def salts_of(regel: Versieregel) -> Salts:
    """Give the salts of a version, which raise ValueError for the label of one that is not there."""
    known: Mapping[bytes, bytes | None] = {
        GEMEENSCHAPPELIJK: regel.zout_gemeenschappelijk,
        INTERN: regel.zout_intern,
        persoon_label(AFNEMER): regel.zout_afnemer,
        **{persoon_label(object_.nummer): object_.zout for object_ in regel.verwerkte_objecten},
    }

    def salt(label: bytes) -> bytes:
        found = known[label]
        if found is None:
            raise ValueError
        return found

    return salt


def _versie(actie_id: str, regel: Versieregel) -> Versie:
    nummers = tuple(object_.nummer for object_ in regel.verwerkte_objecten)
    _check_persons(regel, nummers)
    return Versie(
        actie_id=actie_id,
        nummer=regel.versie,
        inhoud=_inhoud(regel),
        nummers=nummers,
        hoogste_nummer=regel.hoogste_nummer,
        klasse=regel.klasse,
        vervallen=regel.vervallen,
        tijdstip_registratie=regel.tijdstip_registratie,
        auteur=Auteur(regel.applicatie, regel.auteur_gebruiker),
    )


def _check_persons(regel: Versieregel, nummers: Sequence[int]) -> None:
    """Refuse what no log has: occurrences out of order, and a BSN that is none (rules I5, M7)."""
    if any(after <= before for before, after in zip((0, *nummers), nummers, strict=False)):
        raise ValueError
    if nummers and nummers[-1] > regel.hoogste_nummer:
        raise ValueError
    persons = [(object_.soort_object_id, object_.object_id) for object_ in regel.verwerkte_objecten]
    if regel.afnemer_id is not None and regel.zout_afnemer is not None:
        persons.append((regel.soort_afnemer_id, regel.afnemer_id))
    if any(is_bsn(soort) and not is_valid_bsn(object_id) for soort, object_id in persons):
        raise ValueError


def _inhoud(regel: Versieregel) -> Verwerkingsactie:
    return Verwerkingsactie(
        tijdstip=parse_tijdstip(regel.tijdstip),
        vertrouwelijkheid=regel.vertrouwelijkheid,
        verwerkte_objecten=tuple(
            VerwerktObject(
                soort_object_id=object_.soort_object_id,
                object_id=object_.object_id,
                objecttype=object_.objecttype,
                betrokkenheid=object_.betrokkenheid,
                soorten_gegevens=object_.verwerkte_soorten_gegevens,
            )
            for object_ in regel.verwerkte_objecten
        ),
        actie_naam=regel.actie_naam,
        handeling_naam=regel.handeling_naam,
        verwerking_naam=regel.verwerking_naam,
        verwerking_id=regel.verwerking_id,
        verwerkingsactiviteit_id=regel.verwerkingsactiviteit_id,
        verwerkingsactiviteit_url=regel.verwerkingsactiviteit_url,
        bewaartermijn=regel.bewaartermijn,
        uitvoerder=regel.uitvoerder,
        systeem=regel.systeem,
        gebruiker=regel.gebruiker,
        gegevensbron=regel.gegevensbron,
        soort_afnemer_id=regel.soort_afnemer_id,
        afnemer_id=regel.afnemer_id,
        verwerkingsactiviteit_id_afnemer=regel.verwerkingsactiviteit_id_afnemer,
        verwerkingsactiviteit_url_afnemer=regel.verwerkingsactiviteit_url_afnemer,
        verwerking_id_afnemer=regel.verwerking_id_afnemer,
    )
