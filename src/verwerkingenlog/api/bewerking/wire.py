"""The quick reading of a verwerkingsactie: it says yes, or it does not know (design, Writing).

What it does not know goes to `careful`, which names each fault; so nothing here explains anything, and
elements and spellings that good messages seldom hold are left out. msgspec keeps the last of two elements
with one name. Counting finds them: after every name stands `":`, and inside a text a quote can only stand
behind a backslash; so as many of those as there are elements means that none was written twice.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import astuple

from verwerkingenlog.api.elements import MAX_ID, MAX_NAME, check_afnemer_id
from verwerkingenlog.domain.betrokkene import PERSOON, is_bsn, is_oin, is_valid_bsn
from verwerkingenlog.domain.bewaartermijn import check_bewaartermijn
from verwerkingenlog.domain.formats import MAX_URI, is_uri, is_uuid
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import Verwerkingsactie, VerwerktObject

_Text: TypeAlias = str | UnsetType | None
_Name: TypeAlias = Annotated[str, Meta(max_length=MAX_NAME)] | UnsetType | None
_Id: TypeAlias = Annotated[str, Meta(max_length=MAX_ID)] | UnsetType | None
_Uri: TypeAlias = Annotated[str, Meta(max_length=MAX_URI)] | UnsetType | None
_GivenName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
_GivenId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=MAX_ID)]

_SPACED_NAME: Final = re.compile(rb'"[ \t\n\r]+:')
_VERTROUWELIJKHEID: Final = {
    spelling: value for value in Vertrouwelijkheid for spelling in (value.value, value.capitalize())
}


class _Soort(Struct, forbid_unknown_fields=True, rename="camel"):
    soort_gegeven: _GivenName


class _Object(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    objecttype: Literal["persoon", "Persoon"]
    soort_object_id: _GivenName
    object_id: _GivenId
    betrokkenheid: _Name = UNSET
    verwerkte_soorten_gegevens: list[_Soort] | UnsetType | None = UNSET
    verwerkt_object_id: _Text = UNSET
    url: _Text = UNSET


class _Actie(Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    actie_naam: _Name = UNSET
    handeling_naam: _Name = UNSET
    verwerking_naam: _Name = UNSET
    verwerking_id: _Text = UNSET
    verwerkingsactiviteit_id: _Text = UNSET
    verwerkingsactiviteit_url: _Uri = UNSET
    vertrouwelijkheid: str
    bewaartermijn: _Text = UNSET
    uitvoerder: _Text = UNSET
    systeem: _Name = UNSET
    gebruiker: _Id = UNSET
    gegevensbron: _Name = UNSET
    soort_afnemer_id: _Name = UNSET
    afnemer_id: _Id = UNSET
    verwerkingsactiviteit_id_afnemer: _Text = UNSET
    verwerkingsactiviteit_url_afnemer: _Uri = UNSET
    verwerking_id_afnemer: _Text = UNSET
    tijdstip: str
    verwerkte_objecten: list[_Object]
    url: _Text = UNSET
    actie_id: _Text = UNSET
    tijdstip_registratie: _Text = UNSET


_READ_ONLY: Final = 3
_DECODER: Final = msgspec.json.Decoder(_Actie)


def read_quickly(body: bytes, *, whole: bool) -> Verwerkingsactie | None:
    """Read a POST, or a PUT (`whole`); give `None` where only the careful reading can tell."""
    # The first look is the cheap one: most messages have no escape at all.
    if (b"\\" in body and b"\\u0000" in body) or _SPACED_NAME.search(body):
        return None
    try:
        actie = _DECODER.decode(body)
        if _count_names(actie, whole=whole) != body.count(b'":'):
            return None
        return _build(actie, whole=whole)
    except (ValueError, KeyError):
        return None


def _count_names(actie: _Actie, *, whole: bool) -> int:
    """Count the elements that were given; -1 if one is missing that a whole message has (rule U1)."""
    given = astuple(actie)
    if whole and UNSET in given[:-_READ_ONLY]:
        return -1
    count = len(given) - given.count(UNSET)
    for object_ in actie.verwerkte_objecten:
        given = astuple(object_)
        if whole and UNSET in given[3:5]:
            return -1
        count += len(given) - given.count(UNSET) + len(object_.verwerkte_soorten_gegevens or ())
    return count


def _build(actie: _Actie, *, whole: bool) -> Verwerkingsactie:
    """Check what the decoder cannot, and give the value; raises `ValueError` or `KeyError`."""
    if actie.bewaartermijn:
        check_bewaartermijn(actie.bewaartermijn)
    if actie.uitvoerder and not is_oin(actie.uitvoerder):
        raise ValueError
    if actie.afnemer_id:
        check_afnemer_id(actie.soort_afnemer_id or "", actie.afnemer_id)
    return Verwerkingsactie(
        tijdstip=parse_tijdstip(actie.tijdstip),
        vertrouwelijkheid=_VERTROUWELIJKHEID[actie.vertrouwelijkheid],
        verwerkte_objecten=tuple(_build_objects(actie.verwerkte_objecten, whole=whole)),
        actie_naam=actie.actie_naam or "",
        handeling_naam=actie.handeling_naam or "",
        verwerking_naam=actie.verwerking_naam or "",
        verwerking_id=_uuid(actie.verwerking_id),
        verwerkingsactiviteit_id=_uuid(actie.verwerkingsactiviteit_id),
        verwerkingsactiviteit_url=_uri(actie.verwerkingsactiviteit_url),
        bewaartermijn=actie.bewaartermijn or None,
        uitvoerder=actie.uitvoerder or None,
        systeem=actie.systeem or "",
        gebruiker=actie.gebruiker or "",
        gegevensbron=actie.gegevensbron or "",
        soort_afnemer_id=actie.soort_afnemer_id or "",
        afnemer_id=actie.afnemer_id or None,
        verwerkingsactiviteit_id_afnemer=_uuid(actie.verwerkingsactiviteit_id_afnemer),
        verwerkingsactiviteit_url_afnemer=_uri(actie.verwerkingsactiviteit_url_afnemer),
        verwerking_id_afnemer=_uuid(actie.verwerking_id_afnemer),
    )


def _build_objects(objects: Iterable[_Object], *, whole: bool) -> list[VerwerktObject]:
    built = []
    seen = set()
    for object_ in objects:
        if is_bsn(object_.soort_object_id) and not is_valid_bsn(object_.object_id):
            raise ValueError
        object_id = _uuid(object_.verwerkt_object_id) if whole else None
        if object_id is not None:
            if object_id in seen:
                raise ValueError
            seen.add(object_id)
        soorten = object_.verwerkte_soorten_gegevens
        built.append(
            VerwerktObject(
                object_.soort_object_id,
                object_.object_id,
                PERSOON,
                object_.betrokkenheid or "",
                tuple([soort.soort_gegeven for soort in soorten]) if soorten else (),
                object_id,
            )
        )
    return built


def _uuid(text: _Text) -> str | None:
    if not text:
        return None
    if is_uuid(text) is None:
        raise ValueError
    return text.lower()


@lru_cache(maxsize=1024)  # the addresses of a municipality's activities, over and over
def _uri(text: _Text) -> str | None:
    if not text:
        return None
    if is_uri(text) is None:
        raise ValueError
    return text
