"""What a POST may hold, element by element."""

from typing import Any

import pytest

from tests.support.berichten import NEW, OBJECT, WHOLE, body, codes, with_object
from verwerkingenlog.api.bewerking.invoer import read_new
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import Verwerkingsactie, VerwerktObject


def test_M1_P4_every_element_finds_its_place() -> None:
    assert read_new(body(WHOLE)) == Verwerkingsactie(
        tijdstip=parse_tijdstip("2024-04-05T14:35:42.123456789+01:00"),
        vertrouwelijkheid=Vertrouwelijkheid.NORMAAL,
        verwerkte_objecten=(VerwerktObject("BSN", "999993653", "persoon", "Getuige", ("BSN", "Adres")),),
        actie_naam="Zoeken personen",
        handeling_naam="Intake",
        verwerking_naam="Huwelijk",
        verwerking_id="48086bf2-11b7-4603-9526-67d7c3bb6587",
        verwerkingsactiviteit_id="5f0bef4c-f66f-4311-84a5-19e8bf359eaf",
        verwerkingsactiviteit_url="https://voorbeeld.nl/verwerkingsactiviteiten/1",
        bewaartermijn="P10Y",
        uitvoerder="00000001821002193000",
        systeem="Zaaksysteem 2.1",
        gebruiker="medewerker-7",
        gegevensbron="Burgerzaken",
        soort_afnemer_id="OIN",
        afnemer_id="00000001821002193000",
        verwerkingsactiviteit_id_afnemer="c5b9f4e7-8c79-41b9-91e2-6268419cb167",
        verwerkingsactiviteit_url_afnemer="https://voorbeeld.nl/verwerkingsactiviteiten/2",
        verwerking_id_afnemer="4b698de3-ffba-45e7-8697-a283ec863db2",
    )


def test_P4_three_elements_are_enough_and_there_may_be_no_persons() -> None:
    actie = read_new(body(NEW))
    assert actie.verwerkte_objecten == ()
    assert actie.verwerking_id is actie.bewaartermijn is actie.afnemer_id is None
    assert actie.actie_naam == ""


@pytest.mark.parametrize("empty", [None, ""])
@pytest.mark.parametrize("name", [name for name in WHOLE if name not in NEW])
def test_M5_both_spellings_of_empty_are_the_same_as_nothing(name: str, empty: str | None) -> None:
    assert read_new(body(NEW, **{name: empty})) == read_new(body(NEW))


@pytest.mark.parametrize("changes", [{"betrokkenheid": None}, {"betrokkenheid": ""}])
@pytest.mark.parametrize("soorten", [{"verwerkteSoortenGegevens": None}, {"verwerkteSoortenGegevens": []}])
def test_M5_an_object_may_hold_both_spellings_of_empty(
    changes: dict[str, Any], soorten: dict[str, Any]
) -> None:
    assert read_new(with_object(**changes, **soorten)) == read_new(with_object())


@pytest.mark.parametrize("empty", [None, ""])
def test_P4_M5_a_required_element_is_never_empty(empty: str | None) -> None:
    message = body(
        NEW,
        vertrouwelijkheid=empty,
        tijdstip=empty,
        verwerkteObjecten=[
            dict.fromkeys(OBJECT, empty) | {"verwerkteSoortenGegevens": [{"soortGegeven": empty}]}
        ],
    )
    assert codes(read_new, message) == {
        "vertrouwelijkheid": "required",
        "tijdstip": "required",
        "verwerkteObjecten.0.objecttype": "required",
        "verwerkteObjecten.0.soortObjectId": "required",
        "verwerkteObjecten.0.objectId": "required",
        "verwerkteObjecten.0.verwerkteSoortenGegevens.0.soortGegeven": "required",
    }
    assert codes(read_new, body(NEW, verwerkteObjecten=None)) == {"verwerkteObjecten": "required"}


def test_P4_a_required_element_that_is_missing_is_named() -> None:
    assert codes(read_new, b"{}") == dict.fromkeys(NEW, "required")
    assert codes(read_new, body(NEW, verwerkteObjecten=[{"verwerkteSoortenGegevens": [{}]}])) == {
        "verwerkteObjecten.0.objecttype": "required",
        "verwerkteObjecten.0.soortObjectId": "required",
        "verwerkteObjecten.0.objectId": "required",
        "verwerkteObjecten.0.verwerkteSoortenGegevens.0.soortGegeven": "required",
    }


@pytest.mark.parametrize("value", [1, True, [], {}, ["x"]])
@pytest.mark.parametrize("name", [name for name in WHOLE if name != "verwerkteObjecten"])
def test_P4_another_type_than_text_is_refused(name: str, value: object) -> None:
    assert codes(read_new, body(WHOLE, **{name: value})) == {name: "type"}


@pytest.mark.parametrize("value", [1, True, {}, "x", ""])
def test_P4_another_type_than_a_list_is_refused(value: object) -> None:
    assert codes(read_new, body(NEW, verwerkteObjecten=value)) == {"verwerkteObjecten": "type"}
    name = "verwerkteSoortenGegevens"
    assert codes(read_new, with_object(**{name: value})) == {f"verwerkteObjecten.0.{name}": "type"}


@pytest.mark.parametrize("value", [1, True, [], "x", None])
def test_P4_another_type_than_an_object_is_refused(value: object) -> None:
    assert codes(read_new, body(NEW, verwerkteObjecten=[OBJECT, value])) == {"verwerkteObjecten.1": "type"}
    name = "verwerkteSoortenGegevens"
    assert codes(read_new, with_object(**{name: [value]})) == {f"verwerkteObjecten.0.{name}.0": "type"}


LENGTHS = {
    **dict.fromkeys(("actieNaam", "handelingNaam", "verwerkingNaam", "systeem", "gegevensbron"), 242),
    "soortAfnemerId": 242,
    "gebruiker": 40,
    "afnemerId": 40,
}


@pytest.mark.parametrize(("name", "length"), LENGTHS.items())
def test_P4_lengths_count_code_points(name: str, length: int) -> None:
    read_new(body(NEW, **{name: "😀" * length}))
    assert codes(read_new, body(NEW, **{name: "x" * (length + 1)})) == {name: "max_length"}


@pytest.mark.parametrize("name", ["verwerkingsactiviteitUrl", "verwerkingsactiviteitUrlAfnemer"])
def test_P4_a_url_has_at_most_2042_characters_and_a_scheme(name: str) -> None:
    read_new(body(NEW, **{name: "https://x/".ljust(2042, "x")}))
    assert codes(read_new, body(NEW, **{name: "https://x/".ljust(2043, "x")})) == {name: "max_length"}
    assert codes(read_new, body(NEW, **{name: "x/y"})) == {name: "format"}


@pytest.mark.parametrize(
    ("name", "length"), [("soortObjectId", 242), ("objectId", 40), ("betrokkenheid", 242)]
)
def test_P4_lengths_of_an_object_count_code_points(name: str, length: int) -> None:
    other = {"soortObjectId": "KVK"}
    read_new(with_object(**other | {name: "é" * length}))
    assert codes(read_new, with_object(**other | {name: "é" * (length + 1)})) == {
        f"verwerkteObjecten.0.{name}": "max_length"
    }


def test_P4_the_length_of_a_soort_gegeven_counts_code_points() -> None:
    name = "verwerkteSoortenGegevens"
    read_new(with_object(**{name: [{"soortGegeven": "é" * 242}]}))
    message = with_object(**{name: [{"soortGegeven": "x"}, {"soortGegeven": "é" * 243}]})
    assert codes(read_new, message) == {f"verwerkteObjecten.0.{name}.1.soortGegeven": "max_length"}


@pytest.mark.parametrize(
    "name",
    ["verwerkingId", "verwerkingsactiviteitId", "verwerkingsactiviteitIdAfnemer", "verwerkingIdAfnemer"],
)
def test_P4_a_uuid_of_any_case_comes_out_in_lower_case(name: str) -> None:
    upper = read_new(body(NEW, **{name: "ABCDEF12-0000-0000-0000-ABCDEF123456"}))
    assert upper == read_new(body(NEW, **{name: "abcdef12-0000-0000-0000-abcdef123456"}))
    assert codes(read_new, body(NEW, **{name: "ABCDEF1200000000 0000ABCDEF123456"})) == {name: "format"}


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("uitvoerder", "123", "pattern"),
        ("uitvoerder", "x00000001821002193000", "pattern"),
        ("bewaartermijn", "10", "format"),
        ("bewaartermijn", "-P1Y", "format"),
        ("tijdstip", "2024-04-05T14:35:42", "format"),
        ("tijdstip", "2024-02-30T14:35:42Z", "format"),
        ("vertrouwelijkheid", "geheim", "enum"),
        ("vertrouwelijkheid", "normaal ", "enum"),
        ("vertrouwelijkheid", "vertrouwelij\u212a", "enum"),
    ],
)
def test_P4_M4_M6_another_form_is_refused(name: str, text: str, code: str) -> None:
    assert codes(read_new, body(WHOLE, **{name: text})) == {name: code}


@pytest.mark.parametrize("text", ["P2W", "P1Y6M", "P0,5Y", "PT12H"])
def test_P4_a_bewaartermijn_is_kept_as_it_was_given(text: str) -> None:
    assert read_new(body(NEW, bewaartermijn=text)).bewaartermijn == text


@pytest.mark.parametrize("value", list(Vertrouwelijkheid))
def test_M6_enumerations_are_accepted_in_any_case(value: Vertrouwelijkheid) -> None:
    for text in (value.upper(), value.capitalize(), value.swapcase(), value[:2] + value[2:].upper()):
        assert read_new(body(NEW, vertrouwelijkheid=text)).vertrouwelijkheid is value


def test_M6_an_objecttype_is_accepted_in_any_case_and_kept_in_lower_case() -> None:
    for text in ("persoon", "Persoon", "PERSOON", "pErsoon"):
        assert read_new(with_object(objecttype=text)).verwerkte_objecten[0].objecttype == "persoon"
    assert codes(read_new, with_object(objecttype="zaak")) == {"verwerkteObjecten.0.objecttype": "enum"}


@pytest.mark.parametrize("soort", ["BSN", "bsn", "Bsn"])
def test_M7_a_bsn_is_1_to_9_digits_and_kept_as_given(soort: str) -> None:
    for text in ("0", "000000000", "12345678", "999993653", "111111111"):
        assert (
            read_new(with_object(soortObjectId=soort, objectId=text)).verwerkte_objecten[0].object_id == text
        )
    for text in ("1234567890", "99999365x", " 999993653", "9999.93.653", "\u0661"):
        message = with_object(soortObjectId=soort, objectId=text)
        assert codes(read_new, message) == {"verwerkteObjecten.0.objectId": "pattern"}


def test_M7_an_id_of_another_soort_is_free_text() -> None:
    object_ = read_new(with_object(soortObjectId="A-nummer", objectId=" 12 34 ")).verwerkte_objecten[0]
    assert object_.object_id == " 12 34 "


@pytest.mark.parametrize(
    ("soort", "good", "bad"),
    [("OIN", "00000001821002193000", "123"), ("oin", "0" * 20, "0" * 21), ("Bsn", "999993653", "0" * 10)],
)
def test_P4_M7_an_afnemer_has_the_form_of_its_soort(soort: str, good: str, bad: str) -> None:
    assert read_new(body(NEW, soortAfnemerId=soort, afnemerId=good)).afnemer_id == good
    assert codes(read_new, body(NEW, soortAfnemerId=soort, afnemerId=bad)) == {"afnemerId": "pattern"}


def test_P4_an_afnemer_without_soort_and_a_soort_without_afnemer_are_accepted() -> None:
    assert read_new(body(NEW, afnemerId="123")).afnemer_id == "123"
    assert read_new(body(NEW, soortAfnemerId="OIN")).soort_afnemer_id == "OIN"
    assert read_new(body(NEW, soortAfnemerId="KVK", afnemerId="12345678")).afnemer_id == "12345678"
