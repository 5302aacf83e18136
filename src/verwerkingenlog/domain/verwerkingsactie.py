"""A verwerkingsactie and its versions, as values (rules M1-M5, U3).

An id is text: a UUID in lower case with hyphens. Free text that was not given is `""`; an
element with a declared format that was not given is `None` (rule M5).
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from verwerkingenlog.domain.betrokkene import PERSOON, Betrokkene, identify, is_oin
from verwerkingenlog.domain.tijdstip import Tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Klasse, Vertrouwelijkheid, klasse_of
from verwerkingenlog.errors import Fault, InvalidInput


class VerwerktObject(Struct, frozen=True, gc=False):
    """One occurrence of a person in an actie, as a client gives it."""

    soort_object_id: str
    object_id: str
    objecttype: str = PERSOON
    betrokkenheid: str = ""
    soorten_gegevens: tuple[str, ...] = ()
    verwerkt_object_id: str | None = None
    """The id that a PUT names to keep this occurrence; never set by a POST (rules P5, U3)."""


class Verwerkingsactie(Struct, frozen=True, kw_only=True, gc=False):
    """What a system did with data of persons: all that a client can give (rule M1)."""

    tijdstip: Tijdstip
    vertrouwelijkheid: Vertrouwelijkheid
    verwerkte_objecten: tuple[VerwerktObject, ...]
    actie_naam: str = ""
    handeling_naam: str = ""
    verwerking_naam: str = ""
    verwerking_id: str | None = None
    verwerkingsactiviteit_id: str | None = None
    verwerkingsactiviteit_url: str | None = None
    bewaartermijn: str | None = None
    uitvoerder: str | None = None
    systeem: str = ""
    gebruiker: str = ""
    gegevensbron: str = ""
    soort_afnemer_id: str = ""
    afnemer_id: str | None = None
    verwerkingsactiviteit_id_afnemer: str | None = None
    verwerkingsactiviteit_url_afnemer: str | None = None
    verwerking_id_afnemer: str | None = None

    @property
    def afnemer_is_person(self) -> bool:
        """Whether `afnemer_id` may be that of a person and so is a pseudonym in the store (rule M7)."""
        return self.afnemer_id is not None and not is_oin(self.afnemer_id)

    def may_show_afnemer_to(self, betrokkene: Betrokkene) -> bool:
        """Tell whether a reader of this person's entries may see the afnemer (rules G2, I4)."""
        if self.afnemer_id is None or not self.afnemer_is_person:
            return True
        return identify(self.soort_afnemer_id, self.afnemer_id)[0] == betrokkene


class Auteur(Struct, frozen=True, gc=False):
    """Who wrote a version: the application's client id and the token's user_id (rule M2)."""

    applicatie: str
    gebruiker: str


class Versie(Struct, frozen=True, kw_only=True, gc=False):
    """One complete version of an actie (rule M2).

    `nummers` numbers the occurrences of `inhoud.verwerkte_objecten`, in the same order; a number is never
    used for another occurrence of the same actie (rules I5, U3).
    """

    actie_id: str
    nummer: int
    inhoud: Verwerkingsactie
    nummers: tuple[int, ...]
    hoogste_nummer: int
    klasse: Klasse
    vervallen: bool
    tijdstip_registratie: datetime
    auteur: Auteur

    @property
    def betrokkenen(self) -> set[Betrokkene]:
        """The persons that this version is about, without those that are only its afnemer."""
        return set(betrokkenen_of(self.inhoud.verwerkte_objecten))


def betrokkenen_of(objecten: Iterable[VerwerktObject]) -> list[Betrokkene]:
    """Give the person of each verwerkt object, in order."""
    return [identify(o.soort_object_id, o.object_id, o.objecttype)[0] for o in objecten]


def first_version(
    actie_id: str, inhoud: Verwerkingsactie, auteur: Auteur, tijdstip_registratie: datetime
) -> Versie:
    """Give the first version of a new actie; its occurrences are numbered from 1 (rules M2, P1)."""
    count = len(inhoud.verwerkte_objecten)
    return Versie(
        actie_id=actie_id,
        nummer=1,
        inhoud=inhoud,
        nummers=tuple(range(1, count + 1)),
        hoogste_nummer=count,
        klasse=klasse_of(inhoud.vertrouwelijkheid),
        vervallen=False,
        tijdstip_registratie=tijdstip_registratie,
        auteur=auteur,
    )


def next_version(
    before: Versie, inhoud: Verwerkingsactie, auteur: Auteur, tijdstip_registratie: datetime
) -> Versie:
    """Give the version that follows on `before` with this whole content (rules M2, M8, U3).

    Its objects are in the order of their numbers, as every later reader sees them. Raises `InvalidInput` when
    there are no numbers left.
    """
    numbered, hoogste = _keep_occurrences(before, inhoud.verwerkte_objecten)
    numbered.sort(key=itemgetter(0))
    return replace(
        before,
        nummer=before.nummer + 1,
        inhoud=replace(inhoud, verwerkte_objecten=tuple(object_ for _, object_ in numbered)),
        nummers=tuple(nummer for nummer, _ in numbered),
        hoogste_nummer=hoogste,
        klasse=klasse_of(inhoud.vertrouwelijkheid, before.klasse),
        tijdstip_registratie=tijdstip_registratie,
        auteur=auteur,
    )


def lapsed_version(before: Versie, auteur: Auteur, tijdstip_registratie: datetime) -> Versie:
    """Give the vervallen version that ends an actie; its content stays as it was (rule D1)."""
    return replace(
        before,
        nummer=before.nummer + 1,
        vervallen=True,
        tijdstip_registratie=tijdstip_registratie,
        auteur=auteur,
    )


def _keep_occurrences(
    before: Versie, objecten: tuple[VerwerktObject, ...]
) -> tuple[list[tuple[int, VerwerktObject]], int]:
    """Give each object its number, first those that name an occurrence, and the highest (rule U3)."""
    persons = betrokkenen_of(objecten)
    free = dict(zip(before.nummers, betrokkenen_of(before.inhoud.verwerkte_objecten), strict=True))
    named = [
        _take_named(before.actie_id, object_, betrokkene, free)
        for object_, betrokkene in zip(objecten, persons, strict=True)
    ]
    left: defaultdict[Betrokkene, deque[int]] = defaultdict(deque)
    for nummer, betrokkene in free.items():
        left[betrokkene].append(nummer)
    hoogste = before.hoogste_nummer
    numbered: list[tuple[int, VerwerktObject]] = []
    for object_, betrokkene, kept in zip(objecten, persons, named, strict=True):
        if kept is not None:
            nummer = kept
        elif object_.verwerkt_object_id is None and left[betrokkene]:
            nummer = left[betrokkene].popleft()
        else:
            nummer = hoogste = hoogste + 1
        numbered.append((nummer, object_))
    _check_room(hoogste)
    return numbered, hoogste


def _take_named(
    actie_id: str, object_: VerwerktObject, betrokkene: Betrokkene, free: dict[int, Betrokkene]
) -> int | None:
    if object_.verwerkt_object_id is None:
        return None
    nummer = occurrence_number(actie_id, object_.verwerkt_object_id)
    if nummer is None or free.get(nummer) != betrokkene:
        return None
    del free[nummer]
    return nummer


def _check_room(hoogste: int) -> None:
    if hoogste > MOST_OCCURRENCES:
        reason = "Deze verwerkingsactie heeft te veel personen gehad. Leg voor de nieuwe een andere vast."
        raise InvalidInput(Fault("verwerkteObjecten", "too_many", reason))


_NUMBER_DIGITS: Final = 6
MOST_OCCURRENCES: Final = 16**_NUMBER_DIGITS - 1
"""The highest number that an occurrence can have, over all versions of an actie (rule I5)."""


def actie_id_from(random: bytes) -> str:
    """Give a UUID version 4 whose last 24 bits are zero from 16 random bytes (rule M3).

    The zeros leave room for the number of an occurrence: 98 random bits remain, and no id needs storing.
    """
    digits = random.hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:26]}000000"


def verwerkt_object_id(actie_id: str, nummer: int) -> str:
    """Give the id of an occurrence: that of its actie with the number in the last 24 bits (rule I5)."""
    return f"{actie_id[:-_NUMBER_DIGITS]}{nummer:0{_NUMBER_DIGITS}x}"


def occurrence_number(actie_id: str, object_id: str) -> int | None:
    """Give the number of the occurrence that an id names within this actie, or None (rule I5)."""
    if object_id[:-_NUMBER_DIGITS] != actie_id[:-_NUMBER_DIGITS]:
        return None
    return int(object_id[-_NUMBER_DIGITS:], 16)


def actie_id_of(object_id: str) -> tuple[str, int]:
    """Split the id of an occurrence into the id of its actie and its number (rule I5)."""
    return object_id[:-_NUMBER_DIGITS] + "0" * _NUMBER_DIGITS, int(object_id[-_NUMBER_DIGITS:], 16)
