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

# RFC 8785 (JCS) sorts the names; these structs declare their fields in that order, and `Vast` has them so.


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


class Vast(NamedTuple):
    """What versions with the same attributes share of the JCS bytes of the common part, between what varies.

    Making it takes as long as all the rest of that part, and most records of a system have the same.
    """

    begin: bytes
    midden: bytes
    eind: bytes


def vast_of(versie: Versie) -> Vast:
    """Give what a version shares with all that have its names, activities, term and organisation."""
    inhoud = versie.inhoud
    afnemer_id = None if inhoud.afnemer_is_person else inhoud.afnemer_id
    return Vast(
        b',"actieNaam":%b,"afnemerId":%b,"bewaartermijn":%b,"handelingNaam":%b,"soortAfnemerId":%b,"tijdstip":'
        % (
            _jcs(inhoud.actie_naam),
            _jcs(afnemer_id),
            _jcs(inhoud.bewaartermijn),
            _jcs(inhoud.handeling_naam),
            _jcs(inhoud.soort_afnemer_id),
        ),
        b',"uitvoerder":%b,"versie":' % _jcs(inhoud.uitvoerder),
        b',"verwerkingNaam":%b,"verwerkingsactiviteitId":%b,"verwerkingsactiviteitIdAfnemer":%b,"verwerkingsactiviteitUrl":%b,'
        b'"verwerkingsactiviteitUrlAfnemer":%b}'
        % (
            _jcs(inhoud.verwerking_naam),
            _jcs(inhoud.verwerkingsactiviteit_id),
            _jcs(inhoud.verwerkingsactiviteit_id_afnemer),
            _jcs(inhoud.verwerkingsactiviteit_url),
            _jcs(inhoud.verwerkingsactiviteit_url_afnemer),
        ),
    )


def blad(versie: Versie, vorige: bytes, salts: Salts, vast: Vast | None = None) -> bytes:
    """Give the leaf hash of a version that follows on the one with leaf `vorige` (rule T1).

    `vast`: what `vast_of` gives for it, where that is at hand.
    """
    return leaf_hash(
        versie_entry(
            commitment(salts(GEMEENSCHAPPELIJK), _gemeenschappelijk(versie, vast or vast_of(versie))),
            commitment(salts(INTERN), _intern(versie)),
            root_hash(
                [leaf_hash(commitment(salts(label), inhoud)) for label, inhoud in _personen(versie)],
            ),
            vorige,
        )
    )


def beheer_blad(inhoud: bytes, salts: Salts) -> bytes:
    """Give the leaf hash of what an administrator did, from its JCS bytes."""
    return leaf_hash(beheer_entry(Deel(BEHEER, inhoud).commitment(salts)))


def gemeenschappelijk_of(versie: Versie) -> Deel:
    """Give what every reader of the actie may see. An afnemer who is a person is not among it (rule I4)."""
    return Deel(GEMEENSCHAPPELIJK, _gemeenschappelijk(versie, vast_of(versie)))


def intern_of(versie: Versie) -> Deel:
    """Give what stays inside the municipality: systems, users, and who wrote the version (rules I2, M2)."""
    return Deel(INTERN, _intern(versie))


_GEMEENSCHAPPELIJK: Final = (
    b'{"actieId":%b%b%b,"tijdstipRegistratie":%b%b%d,"vertrouwelijkheid":%b,"vervallen":%b,"verwerkingId":%b,'
    b'"verwerkingIdAfnemer":%b%b'
)


def _gemeenschappelijk(versie: Versie, vast: Vast) -> bytes:
    inhoud = versie.inhoud
    return _GEMEENSCHAPPELIJK % (
        _jcs(versie.actie_id),
        vast.begin,
        _jcs(inhoud.tijdstip.text),
        _moment(versie.tijdstip_registratie),
        vast.midden,
        versie.nummer,
        _jcs(inhoud.vertrouwelijkheid),
        b"true" if versie.vervallen else b"false",
        _jcs(inhoud.verwerking_id),
        _jcs(inhoud.verwerking_id_afnemer),
        vast.eind,
    )


def _intern(versie: Versie) -> bytes:
    inhoud, auteur = versie.inhoud, versie.auteur
    return _jcs(
        _Intern(
            auteur.applicatie,
            auteur.gebruiker,
            inhoud.gebruiker,
            inhoud.gegevensbron,
            versie.hoogste_nummer,
            versie.klasse,
            inhoud.systeem,
        )
    )


def personen_of(versie: Versie) -> Iterator[Deel]:
    """Give each person apart: the afnemer first if that is one, then the occurrences by their numbers."""
    return (Deel(label, inhoud) for label, inhoud in _personen(versie))


def _personen(versie: Versie) -> list[tuple[bytes, bytes]]:
    personen = [
        (
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
        for nummer, object_ in zip(versie.nummers, versie.inhoud.verwerkte_objecten, strict=True)
    ]
    if versie.inhoud.afnemer_is_person:
        personen.insert(0, (persoon_label(AFNEMER), _jcs(_Afnemer(versie.inhoud.afnemer_id))))
    return personen


def persoon_label(nummer: int) -> bytes:
    """Give the label of the salt of a person, from the number of the occurrence."""
    return b"persoon %d" % nummer


def written_moment(moment: datetime) -> str:
    """Give a moment as it is committed to: RFC 3339 in UTC, with six decimals."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _moment(moment: datetime) -> bytes:
    if moment.tzinfo is UTC and moment.microsecond:
        return _jcs(moment)  # a tenth of the time, and the same: whole seconds alone would have no decimals
    return _jcs(written_moment(moment))
