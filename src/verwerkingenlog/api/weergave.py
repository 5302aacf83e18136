"""What the APIs serve: a version of an actie as JSON, in the order of the contract (rules M5, P1, H1, I2).

Text that was not given is `""`, a list `[]`, and `null` stands where `""` would break a format.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from verwerkingenlog.api.urls import Urls
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import Auteur, Versie, verwerkt_object_id
from verwerkingenlog.operations.cursor import Pagina


class _Soort(Struct, rename="camel"):
    soort_gegeven: str


class _Object(Struct, rename="camel"):
    url: str
    verwerkt_object_id: str
    objecttype: str
    soort_object_id: str
    object_id: str
    betrokkenheid: str
    verwerkte_soorten_gegevens: list[_Soort]
    verwerkingsactie: "_Actie | UnsetType" = UNSET


class _Actie(Struct, rename="camel", kw_only=True):
    url: str
    actie_id: str
    actie_naam: str
    handeling_naam: str
    verwerking_naam: str
    verwerking_id: str | None
    verwerkingsactiviteit_id: str | None
    verwerkingsactiviteit_url: str | None
    vertrouwelijkheid: Vertrouwelijkheid
    bewaartermijn: str | None
    uitvoerder: str | None
    systeem: str | UnsetType = UNSET
    gebruiker: str | UnsetType = UNSET
    gegevensbron: str | UnsetType = UNSET
    soort_afnemer_id: str
    afnemer_id: str | None
    verwerkingsactiviteit_id_afnemer: str | None
    verwerkingsactiviteit_url_afnemer: str | None
    verwerking_id_afnemer: str | None
    tijdstip: str
    tijdstip_registratie: str
    verwerkte_objecten: list[_Object]
    onvolledig: bool | UnsetType = UNSET
    versie: int | UnsetType = UNSET
    vervallen: bool | UnsetType = UNSET
    vastgelegd_door: Auteur | UnsetType = UNSET


_encode = msgspec.json.Encoder().encode


def bewerking_actie(versie: Versie, urls: Urls, *, onvolledig: bool = False) -> bytes:
    """Give an actie as the Bewerking API shows it; `onvolledig` says that persons were left out (rule G2)."""
    actie = _full(versie, urls)
    if onvolledig:
        actie.onvolledig = True
    return _encode(actie)


def history_entry(versie: Versie, urls: Urls) -> bytes:
    """Give one version in the formal history: the whole actie, its number and who wrote it (rule H1)."""
    actie = _full(versie, urls)
    actie.versie = versie.nummer
    actie.vervallen = versie.vervallen
    actie.vastgelegd_door = versie.auteur
    return _encode(actie)


def inzage_object(versie: Versie, nummer: int, urls: Urls) -> bytes:
    """Give one occurrence of a person, by its number, as the Inzage API shows it (rules I2, I4)."""
    place = versie.nummers.index(nummer)
    object_ = _object(versie, place, urls)
    object_.verwerkingsactie = _limited(versie, urls, [_object(versie, place, urls)])
    return _encode(object_)


def page(pagina: Pagina[Any], link: Callable[[str], str], results: Iterable[bytes]) -> bytes:
    """Give one page of a list, from results that are JSON already; `link` makes a cursor a URL (rule G5)."""
    following, previous = (
        None if cursor is None else link(cursor) for cursor in (pagina.next, pagina.previous)
    )
    links = b'"next":%b,"previous":%b' % (_encode(following), _encode(previous))
    return b'{"count":%d,%b,"results":[%b]}' % (pagina.count, links, b",".join(results))


def _full(versie: Versie, urls: Urls) -> _Actie:
    actie = _limited(versie, urls, [_object(versie, place, urls) for place in range(len(versie.nummers))])
    actie.systeem = versie.inhoud.systeem
    actie.gebruiker = versie.inhoud.gebruiker
    actie.gegevensbron = versie.inhoud.gegevensbron
    return actie


def _limited(versie: Versie, urls: Urls, objecten: list[_Object]) -> _Actie:
    """Give an actie without what concerns the organisation alone (rule I2)."""
    inhoud = versie.inhoud
    return _Actie(
        url=urls.actie(versie.actie_id),
        actie_id=versie.actie_id,
        actie_naam=inhoud.actie_naam,
        handeling_naam=inhoud.handeling_naam,
        verwerking_naam=inhoud.verwerking_naam,
        verwerking_id=inhoud.verwerking_id,
        verwerkingsactiviteit_id=inhoud.verwerkingsactiviteit_id,
        verwerkingsactiviteit_url=inhoud.verwerkingsactiviteit_url,
        vertrouwelijkheid=inhoud.vertrouwelijkheid,
        bewaartermijn=inhoud.bewaartermijn,
        uitvoerder=inhoud.uitvoerder,
        soort_afnemer_id=inhoud.soort_afnemer_id,
        afnemer_id=inhoud.afnemer_id,
        verwerkingsactiviteit_id_afnemer=inhoud.verwerkingsactiviteit_id_afnemer,
        verwerkingsactiviteit_url_afnemer=inhoud.verwerkingsactiviteit_url_afnemer,
        verwerking_id_afnemer=inhoud.verwerking_id_afnemer,
        tijdstip=inhoud.tijdstip.text,
        tijdstip_registratie=_rfc3339(versie.tijdstip_registratie),
        verwerkte_objecten=objecten,
    )


def _object(versie: Versie, place: int, urls: Urls) -> _Object:
    object_ = versie.inhoud.verwerkte_objecten[place]
    object_id = verwerkt_object_id(versie.actie_id, versie.nummers[place])
    return _Object(
        urls.verwerkt_object(object_id),
        object_id,
        object_.objecttype,
        object_.soort_object_id,
        object_.object_id,
        object_.betrokkenheid,
        [_Soort(soort) for soort in object_.soorten_gegevens],
    )


def _rfc3339(moment: datetime) -> str:
    """Write a moment in UTC with microseconds, always six, so that texts sort as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"
