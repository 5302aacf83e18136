"""What a leaf commits to: every field of a version, in one part each, in the bytes of RFC 8785 (rule T1)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import fields, replace

from verwerkingenlog.domain.tijdstip import Tijdstip, parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Klasse, Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import Auteur, Versie, Verwerkingsactie, VerwerktObject
from verwerkingenlog.ledger.bladen import (
    AFNEMER,
    GEMEENSCHAPPELIJK,
    INTERN,
    blad,
    gemeenschappelijk_of,
    intern_of,
    personen_of,
    persoon_label,
    vast_of,
)
from verwerkingenlog.ledger.checker import HASH_BYTES, NO_LEAF
from verwerkingenlog.storage.keyring import KeyRing, new_sleutels

PERSONEN = b"persoon "
NOWHERE = b""
RING = KeyRing(new_sleutels(bytes))
SALTS = RING.salts(bytes(16))

AWKWARD = "\"\\/\b\f\n\r\t\x01\x1f\x7f\x80\u00e9\u2028\u2029\ufeff\uffff\U0001f600\U0010ffff<>&'"
texts = st.text(st.sampled_from(AWKWARD) | st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
uuids = st.uuids().map(str)
moments = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - the bounds
tijdstippen = moments.map(lambda moment: parse_tijdstip(moment.isoformat()))
objecten = st.builds(VerwerktObject, texts, texts, texts, texts, st.lists(texts, max_size=3).map(tuple))
FIELDS: Mapping[str, st.SearchStrategy[Any]] = {
    "tijdstip": tijdstippen,
    "vertrouwelijkheid": st.sampled_from(Vertrouwelijkheid),
    "verwerkte_objecten": st.tuples(objecten, objecten),
    "afnemer_id": st.none() | st.from_regex(r"\A[0-9]{20}\Z") | texts,
    **dict.fromkeys(
        (
            "verwerking_id",
            "verwerkingsactiviteit_id",
            "verwerkingsactiviteit_id_afnemer",
            "verwerking_id_afnemer",
        ),
        st.none() | uuids,
    ),
    **dict.fromkeys(
        (
            "verwerkingsactiviteit_url",
            "bewaartermijn",
            "uitvoerder",
            "verwerkingsactiviteit_url_afnemer",
        ),
        st.none() | texts,
    ),
    **dict.fromkeys(
        (
            "actie_naam",
            "handeling_naam",
            "verwerking_naam",
            "systeem",
            "gebruiker",
            "gegevensbron",
            "soort_afnemer_id",
        ),
        texts,
    ),
}
acties = st.builds(Verwerkingsactie, **FIELDS)
numbers = st.integers(1, 2**24 - 1)
VERSIE: Mapping[str, st.SearchStrategy[Any]] = {
    "actie_id": uuids,
    "nummer": st.integers(1, 2**31 - 1),
    "inhoud": acties,
    "nummers": st.lists(numbers, min_size=2, max_size=2, unique=True).map(sorted).map(tuple),
    "hoogste_nummer": numbers,
    "klasse": st.sampled_from(Klasse),
    "vervallen": st.booleans(),
    "tijdstip_registratie": moments,
    "auteur": st.builds(Auteur, texts, texts),
}
versies = st.builds(Versie, **VERSIE)

COVERED: Mapping[type[Struct], Mapping[str, bytes]] = {
    Versie: {
        "actie_id": GEMEENSCHAPPELIJK,
        "nummer": GEMEENSCHAPPELIJK,
        "nummers": PERSONEN,
        "hoogste_nummer": INTERN,
        "klasse": INTERN,
        "vervallen": GEMEENSCHAPPELIJK,
        "tijdstip_registratie": GEMEENSCHAPPELIJK,
    },
    Verwerkingsactie: {
        **dict.fromkeys(FIELDS, GEMEENSCHAPPELIJK),
        **dict.fromkeys(("systeem", "gebruiker", "gegevensbron"), INTERN),
        "verwerkte_objecten": PERSONEN,
    },
    VerwerktObject: {
        **dict.fromkeys(
            ("soort_object_id", "object_id", "objecttype", "betrokkenheid", "soorten_gegevens"), PERSONEN
        ),
        # What a PUT names; the number of the occurrence is what is kept of it.
        "verwerkt_object_id": NOWHERE,
    },
    Auteur: {"applicatie": INTERN, "gebruiker": INTERN},
}
"""Which part holds each field. A new field of a version has to find its place here."""


def parts(versie: Versie) -> dict[bytes, bytes]:
    """Give the bytes of every part of a version, by the label of its salt."""
    delen = [gemeenschappelijk_of(versie), intern_of(versie), *personen_of(versie)]
    assert len({deel.label for deel in delen}) == len(delen)
    return {deel.label: deel.inhoud for deel in delen}


def changed(before: Versie, after: Versie) -> set[bytes]:
    """Give the labels of the parts that differ, those of persons as one."""
    old, new = parts(before), parts(after)
    labels = {label for label in old.keys() | new.keys() if old.get(label) != new.get(label)}
    return {PERSONEN if label.startswith(PERSONEN) else label for label in labels}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def expected(versie: Versie) -> dict[bytes, object]:
    """Give what each part should hold, made from the fields by another way than the code's."""
    inhoud = versie.inhoud
    person = None if inhoud.afnemer_id is None or _is_oin(inhoud.afnemer_id) else inhoud.afnemer_id
    plain = {name: getattr(inhoud, name) for name in FIELDS}
    common = {
        camel(name): plain[name]
        for name, part in COVERED[Verwerkingsactie].items()
        if part == GEMEENSCHAPPELIJK
    }
    common |= {
        "tijdstip": inhoud.tijdstip.text,
        "vertrouwelijkheid": inhoud.vertrouwelijkheid.value,
        "afnemerId": None if person is not None else inhoud.afnemer_id,
        "actieId": versie.actie_id,
        "versie": versie.nummer,
        "vervallen": versie.vervallen,
        "tijdstipRegistratie": versie.tijdstip_registratie.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    internal = {
        **{name: plain[name] for name in ("systeem", "gebruiker", "gegevensbron")},
        "applicatie": versie.auteur.applicatie,
        "auteurGebruiker": versie.auteur.gebruiker,
        "hoogsteNummer": versie.hoogste_nummer,
        "klasse": versie.klasse.value,
    }
    persons: dict[bytes, object] = {} if person is None else {persoon_label(AFNEMER): {"afnemerId": person}}
    for nummer, one in zip(versie.nummers, inhoud.verwerkte_objecten, strict=True):
        persons[persoon_label(nummer)] = {
            "nummer": nummer,
            "objecttype": one.objecttype,
            "soortObjectId": one.soort_object_id,
            "objectId": one.object_id,
            "betrokkenheid": one.betrokkenheid,
            "verwerkteSoortenGegevens": list(one.soorten_gegevens),
        }
    return {GEMEENSCHAPPELIJK: common, INTERN: internal, **persons}


def _is_oin(text: str) -> bool:
    return len(text) == 20 and text.isascii() and text.isdigit()


@given(versies)
def test_T1_every_part_is_written_as_RFC_8785_has_it(versie: Versie) -> None:
    written = {label: rfc8785.dumps(value) for label, value in expected(versie).items()}  # type: ignore[arg-type]
    assert parts(versie) == written


@pytest.mark.parametrize("character", AWKWARD)
def test_T1_awkward_characters_are_written_as_RFC_8785_has_it(character: str) -> None:
    versie = replace(EXAMPLE, inhoud=replace(EXAMPLE.inhoud, actie_naam=character, systeem=character))
    written = {label: rfc8785.dumps(value) for label, value in expected(versie).items()}  # type: ignore[arg-type]
    assert parts(versie) == written


@pytest.mark.parametrize("struct", COVERED)
def test_T1_no_field_is_forgotten(struct: type[Struct]) -> None:
    nested = {"inhoud", "auteur"} if struct is Versie else set()
    assert {field.name for field in fields(struct)} == COVERED[struct].keys() | nested


@given(st.data())
def test_T1_a_field_changes_the_part_that_holds_it_and_no_other(data: st.DataObject) -> None:
    before = data.draw(versies)
    struct = data.draw(st.sampled_from(list(COVERED)))
    name = data.draw(st.sampled_from([name for name in COVERED[struct] if name != "afnemer_id"]))
    after = _with(before, struct, name, data)
    expect = set() if before == after else {COVERED[struct][name]} - {NOWHERE}
    assert changed(before, after) == expect


@given(versies, st.data())
def test_I4_an_afnemer_is_common_or_a_person(before: Versie, data: st.DataObject) -> None:
    afnemer = data.draw(FIELDS["afnemer_id"])
    after = replace(before, inhoud=replace(before.inhoud, afnemer_id=afnemer))
    persons, organisations = zip(
        *(_split(versie.inhoud.afnemer_id) for versie in (before, after)), strict=True
    )
    expect = {PERSONEN} if persons[0] != persons[1] else set()
    assert changed(before, after) == expect | (
        {GEMEENSCHAPPELIJK} if organisations[0] != organisations[1] else set()
    )


@given(versies, versies)
def test_T1_two_versions_have_the_same_leaf_only_if_they_are_equal(one: Versie, other: Versie) -> None:
    assert len(blad(one, NO_LEAF, SALTS)) == HASH_BYTES
    assert (blad(one, NO_LEAF, SALTS) == blad(other, NO_LEAF, SALTS)) == (one == other)
    assert blad(one, bytes(31) + b"\1", SALTS) != blad(one, NO_LEAF, SALTS)
    assert blad(one, NO_LEAF, RING.salts(b"\1" * 16)) != blad(one, NO_LEAF, SALTS)


@given(versies, versies, st.binary(min_size=32, max_size=32))
def test_T1_what_versions_share_gives_the_same_leaf_for_each(
    one: Versie, other: Versie, vorige: bytes
) -> None:
    # All that varies between records of the same kenmerken, from another version.
    inhoud = replace(
        other.inhoud,
        **{
            name: getattr(one.inhoud, name)
            for name, part in COVERED[Verwerkingsactie].items()
            if part == GEMEENSCHAPPELIJK
            and name not in {"tijdstip", "vertrouwelijkheid", "verwerking_id", "verwerking_id_afnemer"}
        },
    )
    alike = replace(other, inhoud=inhoud)
    assert blad(alike, vorige, SALTS, vast_of(one)) == blad(alike, vorige, SALTS)


EXAMPLE = Versie(
    actie_id="42f616a9-ba62-47f9-b6d6-d0a285000000",
    nummer=1,
    inhoud=Verwerkingsactie(
        tijdstip=Tijdstip("2024-04-05T14:35:42+01:00", 0),
        vertrouwelijkheid=Vertrouwelijkheid.NORMAAL,
        verwerkte_objecten=(VerwerktObject("BSN", "999993653"),),
    ),
    nummers=(1,),
    hoogste_nummer=1,
    klasse=Klasse.NORMAAL,
    vervallen=False,
    tijdstip_registratie=datetime(2024, 4, 5, tzinfo=UTC) + timedelta(microseconds=1),
    auteur=Auteur("zaaksysteem", "u1"),
)


def _split(afnemer: str | None) -> tuple[str | None, str | None]:
    """Give the afnemer as a person and as an organisation."""
    return (None, afnemer) if afnemer is None or _is_oin(afnemer) else (afnemer, None)


def _with(versie: Versie, struct: type[Struct], name: str, data: st.DataObject) -> Versie:
    """Give the version with another value in one field, or by chance the same."""
    if struct is Versie:
        return replace(versie, **{name: data.draw(VERSIE[name])})
    if struct is Auteur:
        return replace(versie, auteur=replace(versie.auteur, **{name: data.draw(texts)}))
    if struct is Verwerkingsactie:
        return replace(versie, inhoud=replace(versie.inhoud, **{name: data.draw(FIELDS[name])}))
    first, *rest = versie.inhoud.verwerkte_objecten
    values = {"soorten_gegevens": st.lists(texts, max_size=3).map(tuple), "verwerkt_object_id": uuids}
    other = replace(first, **{name: data.draw(values.get(name, texts))})
    return replace(versie, inhoud=replace(versie.inhoud, verwerkte_objecten=(other, *rest)))
