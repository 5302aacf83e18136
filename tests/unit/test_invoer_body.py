"""What the body of a POST may not be: unknown, doubled, unreadable; and what it may: large."""

import json

import pytest

from tests.support.berichten import NEW, OBJECT, READ_ONLY, WHOLE, body, codes, with_object
from verwerkingenlog.api.bewerking.invoer import read_new
from verwerkingenlog.errors import InvalidInput


@pytest.mark.parametrize("value", ["x", None, 1, True, [1], {"a": {"b": []}}, "\u20ac"])
def test_P5_read_only_elements_are_ignored_whatever_they_hold(value: object) -> None:
    message = body(
        {**NEW, **dict.fromkeys(READ_ONLY, value)},
        verwerkteObjecten=[OBJECT | {"url": value, "verwerktObjectId": value}],
    )
    assert read_new(message) == read_new(with_object())


@pytest.mark.parametrize(
    "name", ["onbekend", "actienaam", "ActieNaam", "onvolledig", "versie", "vervallen", " ", "é"]
)
def test_P5_an_unknown_element_is_named(name: str) -> None:
    assert codes(read_new, body(NEW, **{name: 1})) == {name: "unknown"}
    assert codes(read_new, with_object(**{name: 1})) == {f"verwerkteObjecten.0.{name}": "unknown"}
    message = with_object(verwerkteSoortenGegevens=[{"soortGegeven": "x", name: 1}])
    assert codes(read_new, message) == {f"verwerkteObjecten.0.verwerkteSoortenGegevens.0.{name}": "unknown"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", '""'),
        ("999993653", "…"),
        ("bsn 9999.93.653", "bsn …"),
        ("x" * 500, "x" * 100 + "…"),
        ("a\x00\x1b[31m\u202eb", "a\ufffd\ufffd[31m\ufffdb"),
        ("\ud800", "\ufffd"),
    ],
)
def test_M7_P5_the_name_of_an_unknown_element_is_shown_without_harm(name: str, shown: str) -> None:
    message = json.dumps(NEW | {name: 1}).encode()
    assert codes(read_new, message) == {shown: "unknown"}


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (body(NEW).replace(b'"tijdstip"', b'"tijdstip": "2024-04-05T14:35:42Z", "tijdstip"'), "tijdstip"),
        (
            body(NEW).replace(b'"tijdstip"', rb'"tijdst\u0069p" : "2024-04-05T14:35:42Z", "tijdstip"'),
            "tijdstip",
        ),
        (body(NEW).replace(b"{", b'{"systeem": "a", "systeem" : "a\\":", ', 1), "systeem"),
        (
            with_object().replace(b'"objectId"', b'"objectId": "1", "objectId"'),
            "verwerkteObjecten.0.objectId",
        ),
        (body(NEW).replace(b"{", b'{"url": {"a": 1, "a": 1}, ', 1), "url.a"),
        (
            with_object(verwerkteSoortenGegevens=[{"soortGegeven": "x"}]).replace(
                b'"soortGegeven"', b'"soortGegeven": "y", "soortGegeven"'
            ),
            "verwerkteObjecten.0.verwerkteSoortenGegevens.0.soortGegeven",
        ),
    ],
)
def test_P5_an_element_that_is_there_twice_is_named(message: bytes, name: str) -> None:
    assert codes(read_new, message) == {name: "duplicate"}


@pytest.mark.parametrize("text", ["a\x00", "\ud800", "x\udfff", "\ude00\ud83d"])
def test_P4_NUL_and_lone_surrogates_are_refused_wherever_they_stand(text: str) -> None:
    object_ = OBJECT | {
        "soortObjectId": "KVK",
        "objectId": text,
        "verwerkteSoortenGegevens": [{"soortGegeven": text}],
    }
    message = json.dumps(NEW | {"systeem": text, "url": [text], "verwerkteObjecten": [object_]}).encode()
    assert codes(read_new, message) == {
        "systeem": "character",
        "url.0": "character",
        "verwerkteObjecten.0.objectId": "character",
        "verwerkteObjecten.0.verwerkteSoortenGegevens.0.soortGegeven": "character",
    }


def test_P4_a_pair_of_surrogates_is_one_character() -> None:
    assert read_new(rb'{"systeem": "\ud83d\ude00", ' + body(NEW)[1:]).systeem == "😀"
    assert read_new(rb'{"systeem": "\\u0000", ' + body(NEW)[1:]).systeem == "\\u0000"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"", "required"),
        (b" \n", "required"),
        (b"{", "json"),
        (b"{'a': 1}", "json"),
        (b'{"a": 1,}', "json"),
        (b"{} {}", "json"),
        (b'{"a": "\x00"}', "json"),
        (b'{"a": "\n"}', "json"),
        (b"\x00", "json"),
        (b'{"a": NaN}', "json"),
        (b'{"a": -Infinity}', "json"),
        (b'{"a": 01}', "json"),
        (b'{"a": "\xff"}', "encoding"),
        (b'{"a": "\xed\xa0\x80"}', "encoding"),
        ("{}".encode("utf-16"), "encoding"),
        (b"\xef\xbb\xbf{}", "encoding"),
        (b"[]", "type"),
        (b"null", "type"),
        (b'"x"', "type"),
        (b"9" * 10_000, "type"),
        (b"[" * 100_000, "depth"),
        (b'{"url":' * 100_000, "depth"),
    ],
)
def test_P4_a_body_that_is_no_json_object_is_a_fault_of_the_body(message: bytes, code: str) -> None:
    assert codes(read_new, message) == {"body": code}


def test_P4_numbers_of_any_size_are_only_of_the_wrong_type() -> None:
    for number in (b"9" * 10_000, b"-" + b"9" * 10_000, b"1e999999", b"0.1"):
        assert codes(read_new, b'{"systeem": ' + number + b', "url": ' + number + b", " + body(NEW)[1:]) == {
            "systeem": "type"
        }


def test_E1_P4_all_faults_are_told_at_once_and_none_repeats_what_was_sent() -> None:
    secret = "geheim-9x"
    object_ = dict.fromkeys(OBJECT | {"betrokkenheid": "", "x": ""}, secret * 60) | {"soortObjectId": "BSN"}
    message = body(dict.fromkeys(WHOLE, secret * 300), verwerkteObjecten=[object_, OBJECT, object_])
    with pytest.raises(InvalidInput) as caught:
        read_new(message)
    found = caught.value.faults
    assert {fault.name for fault in found} == {
        *WHOLE.keys() - {"verwerkteObjecten"},
        *(
            f"verwerkteObjecten.{place}.{name}"
            for place in (0, 2)
            for name in object_
            if name != "soortObjectId"
        ),
    }
    assert not any(secret in part for fault in found for part in fault)


@pytest.mark.parametrize("indent", [None, 1])
def test_P4_ten_thousand_objects_are_accepted(indent: int | None) -> None:
    objecten = [OBJECT | {"objectId": str(number)} for number in range(10_000)]
    spaced = json.dumps(
        NEW | {"verwerkteObjecten": objecten}, indent=indent, separators=(",", " : ")
    ).encode()
    assert len(read_new(spaced).verwerkte_objecten) == 10_000
    assert read_new(spaced) == read_new(body(NEW, verwerkteObjecten=objecten))
    del objecten[9_999]["objectId"]
    assert codes(read_new, body(NEW, verwerkteObjecten=objecten)) == {
        "verwerkteObjecten.9999.objectId": "required"
    }
