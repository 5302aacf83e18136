"""What a PUT and a PATCH may hold, fault by fault."""

import json
from uuid import uuid4

import pytest
from msgspec import UNSET

from tests.support.berichten import NEW, OBJECT, WHOLE, body, codes
from verwerkingenlog.api.bewerking.invoer import read_new, read_whole, read_wijziging
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.domain.wijziging import Wijziging

WHOLE_OBJECT = WHOLE["verwerkteObjecten"][0]
ID = "7a22eb38-bca6-463f-9955-540000000001"


def test_U1_a_whole_message_is_read_as_a_new_one() -> None:
    assert read_whole(body(WHOLE)) == read_new(body(WHOLE))


def test_U1_every_missing_element_is_named() -> None:
    assert codes(read_whole, b"{}") == dict.fromkeys(WHOLE, "required")
    objects = [{}, WHOLE_OBJECT, {**WHOLE_OBJECT, "verwerkteSoortenGegevens": [{}]}]
    assert codes(read_whole, body(WHOLE, verwerkteObjecten=objects)) == {
        **{f"verwerkteObjecten.0.{name}": "required" for name in WHOLE_OBJECT},
        "verwerkteObjecten.2.verwerkteSoortenGegevens.0.soortGegeven": "required",
    }


@pytest.mark.parametrize("name", list(WHOLE))
def test_U1_each_writable_element_must_be_there(name: str) -> None:
    message = dict(WHOLE)
    del message[name]
    assert codes(read_whole, body(message)) == {name: "required"}


@pytest.mark.parametrize("name", list(WHOLE_OBJECT))
def test_U1_each_writable_element_of_an_object_must_be_there(name: str) -> None:
    object_ = dict(WHOLE_OBJECT)
    del object_[name]
    assert codes(read_whole, body(WHOLE, verwerkteObjecten=[object_])) == {
        f"verwerkteObjecten.0.{name}": "required"
    }


@pytest.mark.parametrize("empty", [None, ""])
def test_U1_M5_empty_is_fine_save_for_what_is_required(empty: str | None) -> None:
    object_ = {**OBJECT, "betrokkenheid": empty, "verwerkteSoortenGegevens": []}
    message = {**dict.fromkeys(WHOLE, empty), **NEW, "verwerkteObjecten": [object_]}
    assert read_whole(body(message)) == read_new(body(NEW, verwerkteObjecten=[OBJECT]))
    required = ("vertrouwelijkheid", "tijdstip")
    assert codes(read_whole, body(WHOLE, **dict.fromkeys(required, empty))) == dict.fromkeys(
        required, "required"
    )


@pytest.mark.parametrize("value", ["x", None, 1, False, {"applicatie": "a", "gebruiker": "b"}])
def test_U1_H1_what_the_log_adds_to_an_answer_is_ignored(value: object) -> None:
    added = ("url", "actieId", "tijdstipRegistratie", "versie", "vervallen", "vastgelegdDoor")
    message = {**WHOLE, **dict.fromkeys(added, value), "onvolledig": False}
    message["verwerkteObjecten"] = [WHOLE_OBJECT | {"url": value}]
    assert read_whole(body(message)) == read_whole(body(WHOLE))
    assert read_whole(body(message, onvolledig=None)) == read_whole(body(WHOLE))


@pytest.mark.parametrize("value", [True, "true", 1, 0, [], ""])
def test_G2_U3_an_incomplete_actie_cannot_be_sent_back(value: object) -> None:
    assert codes(read_whole, body(WHOLE, onvolledig=value)) == {"onvolledig": "invalid"}


def test_U1_P5_an_unknown_element_is_named() -> None:
    message = body(WHOLE, klasse="normaal", verwerkteObjecten=[WHOLE_OBJECT | {"verwerkingsactie": {}}])
    assert codes(read_whole, message) == {
        "klasse": "unknown",
        "verwerkteObjecten.0.verwerkingsactie": "unknown",
    }


def test_U3_an_object_may_name_the_occurrence_that_it_keeps() -> None:
    objects = [WHOLE_OBJECT | {"verwerktObjectId": value} for value in (ID.upper(), None, "", str(uuid4()))]
    read = read_whole(body(WHOLE, verwerkteObjecten=[*objects, WHOLE_OBJECT])).verwerkte_objecten
    assert [object_.verwerkt_object_id for object_ in read] == [
        ID,
        None,
        None,
        objects[3]["verwerktObjectId"],
        None,
    ]


def test_U3_the_same_id_twice_is_refused_in_any_case() -> None:
    objects = [WHOLE_OBJECT | {"verwerktObjectId": text} for text in (ID, str(uuid4()), ID.upper())]
    assert codes(read_whole, body(WHOLE, verwerkteObjecten=objects)) == {
        "verwerkteObjecten.2.verwerktObjectId": "duplicate"
    }


@pytest.mark.parametrize(("value", "code"), [("1", "format"), (1, "type"), ([], "type")])
def test_U3_P4_an_id_of_an_object_is_a_uuid(value: object, code: str) -> None:
    message = body(WHOLE, verwerkteObjecten=[WHOLE_OBJECT | {"verwerktObjectId": value}])
    assert codes(read_whole, message) == {"verwerkteObjecten.0.verwerktObjectId": code}


@pytest.mark.parametrize(
    ("message", "wijziging"),
    [
        ({"bewaartermijn": "P2W"}, Wijziging("P2W", UNSET)),
        ({"bewaartermijn": None}, Wijziging(None, UNSET)),
        ({"bewaartermijn": ""}, Wijziging(None, UNSET)),
        ({"vertrouwelijkheid": "Opgeheven"}, Wijziging(UNSET, Vertrouwelijkheid.OPGEHEVEN)),
        (
            {"vertrouwelijkheid": "vertrouwelijk", "bewaartermijn": "P1Y"},
            Wijziging("P1Y", Vertrouwelijkheid.VERTROUWELIJK),
        ),
    ],
)
def test_W1_a_patch_changes_one_or_both(message: object, wijziging: Wijziging) -> None:
    assert read_wijziging(body(message)) == wijziging


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ({}, {"body": "required"}),
        ({"bewaartermijn": "10"}, {"bewaartermijn": "format"}),
        ({"bewaartermijn": 10}, {"bewaartermijn": "type"}),
        ({"vertrouwelijkheid": None}, {"vertrouwelijkheid": "required"}),
        ({"vertrouwelijkheid": ""}, {"vertrouwelijkheid": "required"}),
        ({"vertrouwelijkheid": ["normaal"]}, {"vertrouwelijkheid": "type"}),
        (
            {"bewaartermijn": "x", "vertrouwelijkheid": "x"},
            {"bewaartermijn": "format", "vertrouwelijkheid": "enum"},
        ),
        ({"actieId": ID}, {"actieId": "unknown"}),
        ({"url": "x", "systeem": "y", "bewaartermijn": "P1Y"}, {"url": "unknown", "systeem": "unknown"}),
        ([], {"body": "type"}),
        ("", {"body": "type"}),
    ],
)
def test_W3_a_patch_of_nothing_or_of_anything_else_is_refused(message: object, found: dict[str, str]) -> None:
    assert codes(read_wijziging, body(message)) == found


def test_W3_P5_a_patch_with_a_name_twice_or_a_bad_character_is_refused() -> None:
    assert codes(read_wijziging, b'{"bewaartermijn": "P1Y", "bewaartermijn": "P2Y"}') == {
        "bewaartermijn": "duplicate"
    }
    message = json.dumps({"bewaartermijn": "P1Y\x00"}).encode()
    assert set(codes(read_wijziging, message)) == {"bewaartermijn"}
    assert codes(read_wijziging, b"") == {"body": "required"}


def test_W1_a_change_leaves_all_else_as_it_is() -> None:
    before = read_new(body(WHOLE))
    both = Wijziging(None, Vertrouwelijkheid.VERTROUWELIJK).apply(before)
    assert both == read_new(body(WHOLE, bewaartermijn=None, vertrouwelijkheid="vertrouwelijk"))
    assert Wijziging("P1Y").apply(before) == read_new(body(WHOLE, bewaartermijn="P1Y"))
    assert Wijziging().apply(before) == before
