"""From a version to its leaf: what is committed to together, and in which bytes (rule T1).

The common fields are what any reader of the actie may see; the internal ones are left out of Inzage (rule
I2); each person is apart, so that a proof for one never shows another (rule I4).
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.ledger.checker import (
    beheer_entry,
    commitment,
    leaf_hash,
    root_hash,
    versie_entry,
)

Salts = Callable[[bytes], bytes]
"""Gives the salt of a part from its label; made of the evidence key and the seed of the record."""

GEMEENSCHAPPELIJK: Final = b"gemeenschappelijk"
INTERN: Final = b"intern"
BEHEER: Final = b"beheer"
AFNEMER: Final = 0
"""The number under which an afnemer who is a person stands among the persons of a record."""

# RFC 8785 (JCS) sorts the names; these structs declare their fields in that order.


class _Gemeenschappelijk(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    actie_id: str
    actie_naam: str
    afnemer_id: str | None
    bewaartermijn: str | None
    handeling_naam: str
    soort_afnemer_id: str
    tijdstip: str
    tijdstip_registratie: str
    uitvoerder: str | None
    versie: int
    vertrouwelijkheid: str
    vervallen: bool
    verwerking_id: str | None
    verwerking_id_afnemer: str | None
    verwerking_naam: str
    verwerkingsactiviteit_id: str | None
    verwerkingsactiviteit_id_afnemer: str | None
    verwerkingsactiviteit_url: str | None
    verwerkingsactiviteit_url_afnemer: str | None


class _Intern(msgspec.Struct, frozen=True, rename="camel"):
    applicatie: str
    auteur_gebruiker: str
    gebruiker: str
    gegevensbron: str
    hoogste_nummer: int
    klasse: str
    systeem: str


class _Persoon(msgspec.Struct, frozen=True, rename="camel"):
    betrokkenheid: str
    nummer: int
    object_id: str
    objecttype: str
    soort_object_id: str
    verwerkte_soorten_gegevens: tuple[str, ...]


class _Afnemer(msgspec.Struct, frozen=True, rename="camel"):
    afnemer_id: str | None


_jcs = msgspec.json.Encoder().encode


class Deel(NamedTuple):
    """A part of a record that is committed to by itself: the label of its salt, and its JCS bytes."""

    label: bytes
    inhoud: bytes

    def commitment(self, salts: Salts) -> bytes:
        """Commit to this part."""
        return commitment(salts(self.label), self.inhoud)


def blad(versie: Versie, vorige: bytes, salts: Salts) -> bytes:
    """Give the leaf hash of a version that follows on the one with leaf `vorige` (rule T1)."""
    personen = [leaf_hash(persoon.commitment(salts)) for persoon in personen_of(versie)]
    return leaf_hash(
        versie_entry(
            gemeenschappelijk_of(versie).commitment(salts),
            intern_of(versie).commitment(salts),
            root_hash(personen),
            vorige,
        )
    )


def beheer_blad(inhoud: bytes, salts: Salts) -> bytes:
    """Give the leaf hash of what an administrator did, from its JCS bytes."""
    return leaf_hash(beheer_entry(Deel(BEHEER, inhoud).commitment(salts)))


def gemeenschappelijk_of(versie: Versie) -> Deel:
    """Give what every reader of the actie may see. An afnemer who is a person is not among it (rule I4)."""
    inhoud = versie.inhoud
    return Deel(
        GEMEENSCHAPPELIJK,
        _jcs(
            _Gemeenschappelijk(
                actie_id=versie.actie_id,
                actie_naam=inhoud.actie_naam,
                afnemer_id=None if inhoud.afnemer_is_person else inhoud.afnemer_id,
                bewaartermijn=inhoud.bewaartermijn,
                handeling_naam=inhoud.handeling_naam,
                soort_afnemer_id=inhoud.soort_afnemer_id,
                tijdstip=inhoud.tijdstip.text,
                tijdstip_registratie=written_moment(versie.tijdstip_registratie),
                uitvoerder=inhoud.uitvoerder,
                versie=versie.nummer,
                vertrouwelijkheid=inhoud.vertrouwelijkheid,
                vervallen=versie.vervallen,
                verwerking_id=inhoud.verwerking_id,
                verwerking_id_afnemer=inhoud.verwerking_id_afnemer,
                verwerking_naam=inhoud.verwerking_naam,
                verwerkingsactiviteit_id=inhoud.verwerkingsactiviteit_id,
                verwerkingsactiviteit_id_afnemer=inhoud.verwerkingsactiviteit_id_afnemer,
                verwerkingsactiviteit_url=inhoud.verwerkingsactiviteit_url,
                verwerkingsactiviteit_url_afnemer=inhoud.verwerkingsactiviteit_url_afnemer,
            )
        ),
    )


def intern_of(versie: Versie) -> Deel:
    """Give what stays inside the municipality: systems, users, and who wrote the version (rules I2, M2)."""
    inhoud, auteur = versie.inhoud, versie.auteur
    return Deel(
        INTERN,
        _jcs(
            _Intern(
                auteur.applicatie,
                auteur.gebruiker,
                inhoud.gebruiker,
                inhoud.gegevensbron,
                versie.hoogste_nummer,
                versie.klasse,
                inhoud.systeem,
            )
        ),
    )


def personen_of(versie: Versie) -> Iterator[Deel]:
    """Give each person apart: the afnemer first if that is one, then the occurrences by their numbers."""
    if versie.inhoud.afnemer_is_person:
        yield Deel(persoon_label(AFNEMER), _jcs(_Afnemer(versie.inhoud.afnemer_id)))
    for nummer, object_ in zip(versie.nummers, versie.inhoud.verwerkte_objecten, strict=True):
        yield Deel(
            persoon_label(nummer),
            _jcs(
                _Persoon(
                    object_.betrokkenheid,
                    nummer,
                    object_.object_id,
                    object_.objecttype,
                    object_.soort_object_id,
                    object_.soorten_gegevens,
                )
            ),
        )


def persoon_label(nummer: int) -> bytes:
    """Give the label of the salt of a person, from the number of the occurrence."""
    return b"persoon %d" % nummer


def written_moment(moment: datetime) -> str:
    """Give a moment as it is committed to: RFC 3339 in UTC, with six decimals."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
