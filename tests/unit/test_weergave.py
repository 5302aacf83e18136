"""What is served of a version, and that it can be sent back."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import assume, example, given, settings
from msgspec.structs import replace

from tests.support.berichten import NEW, OBJECT, WHOLE, acties, body
from verwerkingenlog.api.bewerking import careful
from verwerkingenlog.api.bewerking.invoer import read_new, read_whole
from verwerkingenlog.api.urls import Urls
from verwerkingenlog.api.weergave import bewerking_actie, history_entry, inzage_object, page
from verwerkingenlog.domain.verwerkingsactie import (
    Auteur,
    Versie,
    Verwerkingsactie,
    first_version,
    lapsed_version,
    verwerkt_object_id,
)
from verwerkingenlog.errors import InvalidInput
from verwerkingenlog.operations.cursor import Pagina

URLS = Urls("https://log.voorbeeld.nl")
ID = "7a22eb38-bca6-463f-9955-540000000000"
MOMENT = datetime(2024, 4, 5, 13, 35, 43, tzinfo=UTC)
AUTEUR = Auteur("zaaksysteem", "medewerker-7")
OBJECTS = [OBJECT, OBJECT | {"objectId": "999990342"}, OBJECT | {"objectId": "999994748"}]
ACTIE_URL = f"https://log.voorbeeld.nl/bewerking/api/v1/verwerkingsacties/{ID}"


def version(inhoud: Verwerkingsactie) -> Versie:
    return first_version(ID, inhoud, AUTEUR, MOMENT)


def object_url(nummer: int) -> str:
    return f"https://log.voorbeeld.nl/inzage/api/v1/verwerkte-objecten/{verwerkt_object_id(ID, nummer)}"


def served(versie: Versie, *, onvolledig: bool = False) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(bewerking_actie(versie, URLS, onvolledig=onvolledig))
    return content


def test_P1_the_whole_actie_comes_back_in_the_order_of_the_contract() -> None:
    shown = served(version(read_new(body(WHOLE))))
    expected_object = {
        "url": object_url(1),
        "verwerktObjectId": verwerkt_object_id(ID, 1),
        **WHOLE["verwerkteObjecten"][0],
    }
    expected = {
        "url": ACTIE_URL,
        "actieId": ID,
        **WHOLE,
        "tijdstipRegistratie": "2024-04-05T13:35:43.000000Z",
    }
    del expected["verwerkteObjecten"]
    expected["verwerkteObjecten"] = [expected_object]
    assert list(shown.items()) == list(expected.items())
    assert list(shown["verwerkteObjecten"][0]) == list(expected_object)


def test_M5_what_was_not_given_comes_back_empty() -> None:
    shown = served(version(read_new(body(NEW, verwerkteObjecten=[OBJECT]))))
    texts = (
        "actieNaam",
        "handelingNaam",
        "verwerkingNaam",
        "systeem",
        "gebruiker",
        "gegevensbron",
        "soortAfnemerId",
    )
    for name in WHOLE.keys() - NEW.keys():
        assert shown[name] == ("" if name in texts else None)
    assert shown["verwerkteObjecten"][0]["betrokkenheid"] == ""
    assert shown["verwerkteObjecten"][0]["verwerkteSoortenGegevens"] == []


def test_M6_enumerations_are_served_in_lower_case() -> None:
    actie = read_new(
        body(NEW, vertrouwelijkheid="VERTROUWELIJK", verwerkteObjecten=[OBJECT | {"objecttype": "Persoon"}])
    )
    shown = served(version(actie))
    assert shown["vertrouwelijkheid"] == "vertrouwelijk"
    assert shown["verwerkteObjecten"][0]["objecttype"] == "persoon"


def test_P1_the_moment_of_registration_is_in_utc_with_six_decimals() -> None:
    moment = datetime(2024, 4, 5, 1, 0, 0, 42, tzinfo=timezone(timedelta(hours=2)))
    versie = replace(version(read_new(body(NEW))), tijdstip_registratie=moment)
    assert served(versie)["tijdstipRegistratie"] == "2024-04-04T23:00:00.000042Z"


def test_G2_an_actie_of_which_persons_were_left_out_says_so() -> None:
    versie = version(read_new(body(WHOLE)))
    assert served(versie, onvolledig=True) == served(versie) | {"onvolledig": True}
    assert "onvolledig" not in served(versie)


def test_H1_a_version_in_the_history_says_its_number_and_who_wrote_it() -> None:
    versie = version(read_new(body(WHOLE)))
    lapsed = json.loads(history_entry(lapsed_version(versie, Auteur("beheer", ""), MOMENT), URLS))
    first = json.loads(history_entry(versie, URLS))
    assert first == served(versie) | {
        "versie": 1,
        "vervallen": False,
        "vastgelegdDoor": {"applicatie": "zaaksysteem", "gebruiker": "medewerker-7"},
    }
    assert (lapsed["versie"], lapsed["vervallen"]) == (2, True)
    assert lapsed["vastgelegdDoor"] == {"applicatie": "beheer", "gebruiker": ""}


def test_I2_I4_inzage_shows_one_occurrence_with_its_actie_and_nothing_of_the_organisation_or_of_others() -> (
    None
):
    versie = version(read_new(body(WHOLE, verwerkteObjecten=OBJECTS)))
    raw = inzage_object(versie, 2, URLS)
    shown = json.loads(raw)
    inside = shown.pop("verwerkingsactie")
    assert shown == served(versie)["verwerkteObjecten"][1]
    assert inside["verwerkteObjecten"] == [shown]
    hidden = {name: WHOLE[name] for name in ("systeem", "gebruiker", "gegevensbron")}
    assert inside | hidden == served(versie) | {"verwerkteObjecten": [shown]}
    assert inside.keys().isdisjoint({*hidden, "onvolledig", "versie"})
    assert b"999993653" not in raw
    assert b"999994748" not in raw


def test_G5_a_page_holds_its_results_and_links() -> None:
    def show(pagina: Pagina[None]) -> object:
        return json.loads(page(pagina, "https://x/{}".format, [b'{"a":1}'] * len(pagina.results)))

    assert show(Pagina(3, [None, None], "c", None)) == {
        "count": 3,
        "next": "https://x/c",
        "previous": None,
        "results": [{"a": 1}, {"a": 1}],
    }
    assert show(Pagina(0, [], None, None)) == {"count": 0, "next": None, "previous": None, "results": []}


@settings(max_examples=200, deadline=None)
@given(acties())
@example(WHOLE)
@example({**WHOLE, "verwerkteObjecten": OBJECTS})
def test_U1_M5_what_was_read_by_id_can_be_sent_back(message: dict[str, Any]) -> None:
    try:
        actie = careful.read_carefully(json.dumps(message).encode(), careful.NEW)
    except InvalidInput:
        assume(False)  # noqa: FBT003 - hypothesis takes it so
    versie = version(actie)
    objecten = tuple(
        replace(object_, verwerkt_object_id=verwerkt_object_id(ID, nummer))
        for object_, nummer in zip(actie.verwerkte_objecten, versie.nummers, strict=True)
    )
    expected = replace(actie, verwerkte_objecten=objecten)
    assert read_whole(bewerking_actie(versie, URLS)) == expected
    assert read_whole(history_entry(versie, URLS)) == expected
