"""The filters of a search, from a query and from the body of _zoek."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.berichten import codes
from verwerkingenlog.api.query import read_no_parameters, read_page_size_only, read_verwerking
from verwerkingenlog.api.zoekvraag import read_query, read_zoek
from verwerkingenlog.domain.betrokkene import Betrokkene
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Klasse
from verwerkingenlog.domain.verwerkingsactie import VerwerktObject
from verwerkingenlog.domain.zoekvraag import Zoekvraag, start_of_day

Read = Callable[..., Zoekvraag]

PERSON = {"objecttype": "persoon", "soortObjectId": "BSN", "objectId": "999993653"}
DATES = {"beginDatum": "2024-03-31", "eindDatum": "2024-04-01"}
ID = "5f0bef4c-f66f-4311-84a5-19e8bf359eaf"
BETROKKENE = Betrokkene("persoon", "BSN", "999993653")
GEVRAAGD = VerwerktObject("BSN", "999993653")


def query(filters: dict[str, Any] | str, *, inzage: bool = False) -> Zoekvraag:
    text = filters if isinstance(filters, str) else urlencode(filters)
    return read_query(text.encode(), inzage=inzage)


def zoek(filters: object, *, inzage: bool = False) -> Zoekvraag:
    return read_zoek(json.dumps(filters).encode(), inzage=inzage)


def test_G1_a_person_is_enough() -> None:
    assert query(PERSON) == zoek(PERSON) == Zoekvraag(gevraagd=GEVRAAGD, page_size=100)


def test_G1_G7_all_filters_together() -> None:
    filters = {**PERSON, **DATES, "verwerkingsactiviteitId": ID.upper(), "vertrouwelijkheid": "Opgeheven"}
    expected = Zoekvraag(
        gevraagd=GEVRAAGD,
        begin=parse_tijdstip("2024-03-31T00:00:00+01:00").instant,
        eind=parse_tijdstip("2024-04-01T00:00:00+02:00").instant,
        verwerkingsactiviteit_id=ID,
        klassen=frozenset({Klasse.OPGEHEVEN}),
        page_size=7,
    )
    assert query({**filters, "pageSize": 7}) == expected
    assert zoek({**filters, "pageSize": 7}) == expected


def test_M6_M7_G1_an_objecttype_in_any_case_and_a_bsn_with_or_without_zeros_are_the_same_question() -> None:
    for read in (query, zoek):
        same = read({"objecttype": "PERSOON", "soortObjectId": "bsn", "objectId": "099990342"})
        assert same.betrokkene == Betrokkene("persoon", "BSN", "99990342")
        assert same.gevraagd == VerwerktObject("bsn", "099990342", "persoon")
        other = read({"objecttype": "persoon", "soortObjectId": "A-nummer", "objectId": "099"})
        assert other.betrokkene == Betrokkene("persoon", "A-nummer", "099")


@pytest.mark.parametrize("read", [query, zoek])
def test_G1_a_search_names_a_person(read: Read) -> None:
    assert codes(read, {}) == dict.fromkeys(PERSON, "required")


@pytest.mark.parametrize("read", [query, zoek])
def test_I1_inzage_asks_for_a_person_and_a_period(read: Read) -> None:
    assert codes(read, {}, inzage=True) == dict.fromkeys(PERSON | DATES, "required")
    assert codes(read, PERSON, inzage=True) == dict.fromkeys(DATES, "required")
    assert read(PERSON | DATES, inzage=True).betrokkene == BETROKKENE
    for name in ("vertrouwelijkheid", "vertrouwelijkheid__in"):
        assert codes(read, PERSON | DATES | {name: "normaal"}, inzage=True) == {name: "unknown"}


@pytest.mark.parametrize("read", [query, zoek])
@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("objecttype", "zaak", "enum"),
        ("soortObjectId", "x" * 243, "max_length"),
        ("objectId", "9999936530", "pattern"),
        ("objectId", "99999365x", "pattern"),
        ("beginDatum", "2024-02-30", "format"),
        ("eindDatum", "1-1-2024", "format"),
        ("verwerkingsactiviteitId", "1", "format"),
        ("vertrouwelijkheid", "geheim", "enum"),
        ("vertrouwelijkheid", "normaal,", "enum"),
        ("vertrouwelijkheid__in", "normaal,geheim", "enum"),
        ("pageSize", 0, "range"),
        ("pageSize", 101, "range"),
        ("pageSize", -1, "range"),
        ("pageSize", 10**30, None),
        ("onbekend", "x", "unknown"),
        ("objectid", "x", "unknown"),
    ],
)
def test_G1_G6_G7_a_wrong_filter_is_named(read: Read, name: str, value: object, code: str | None) -> None:
    found = codes(read, PERSON | {name: value})
    assert set(found) == {name}
    assert code is None or found[name] == code


@pytest.mark.parametrize("read", [query, zoek])
def test_G1_an_id_of_another_soort_has_at_most_40_characters(read: Read) -> None:
    filters = PERSON | {"soortObjectId": "KVK", "objectId": "é" * 40}
    assert read(filters).betrokkene.id == "é" * 40
    assert codes(read, filters | {"objectId": "é" * 41}) == {"objectId": "max_length"}


@pytest.mark.parametrize("read", [query, zoek])
@pytest.mark.parametrize("eind", ["2024-03-31", "2024-03-30", "0001-01-01"])
def test_G1_the_end_lies_after_the_begin(read: Read, eind: str) -> None:
    assert codes(read, PERSON | DATES | {"eindDatum": eind}) == {"eindDatum": "invalid"}


@pytest.mark.parametrize(
    "text",
    [
        "vertrouwelijkheid=normaal&vertrouwelijkheid=opgeheven",
        "vertrouwelijkheid=normaal,opgeheven",
        "vertrouwelijkheid=Normaal%2COPGEHEVEN&vertrouwelijkheid=normaal",
        "vertrouwelijkheid__in=normaal,opgeheven",
        "vertrouwelijkheid__in=normaal&vertrouwelijkheid=opgeheven",
    ],
)
def test_G1_several_values_of_vertrouwelijkheid_can_be_asked(text: str) -> None:
    asked = query(f"{urlencode(PERSON)}&{text}").klassen
    assert asked == {Klasse.NORMAAL, Klasse.OPGEHEVEN}


@pytest.mark.parametrize(
    "value", ["normaal,opgeheven", ["normaal", "opgeheven"], ["normaal", "Opgeheven", "normaal"]]
)
def test_G7_vertrouwelijkheid_is_a_text_or_a_list(value: object) -> None:
    assert zoek(PERSON | {"vertrouwelijkheid": value}).klassen == {Klasse.NORMAAL, Klasse.OPGEHEVEN}
    assert zoek(PERSON | {"vertrouwelijkheid": "normaal"}).klassen == {Klasse.NORMAAL}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("objectId=", {"objectId": "empty"}),
        ("beginDatum=", {"beginDatum": "empty"}),
        ("vertrouwelijkheid=", {"vertrouwelijkheid": "empty"}),
        ("pageSize", {"pageSize": "empty"}),
        ("beginDatum=2024-01-01&beginDatum=2024-01-02", {"beginDatum": "duplicate"}),
        ("pageSize=1&pageSize=1", {"pageSize": "duplicate"}),
        ("pageSize=1.0", {"pageSize": "range"}),
        ("pageSize=01", {"pageSize": "range"}),
        ("pageSize=%2B1", {"pageSize": "range"}),
        ("pageSize=%D9%A1", {"pageSize": "range"}),
        ("verwerkingsactiviteitId=%", {"verwerkingsactiviteitId": "encoding"}),
        ("verwerkingsactiviteitId=%4", {"verwerkingsactiviteitId": "encoding"}),
        ("verwerkingsactiviteitId=%zz", {"verwerkingsactiviteitId": "encoding"}),
        ("verwerkingsactiviteitId=%ff", {"verwerkingsactiviteitId": "encoding"}),
        ("verwerkingsactiviteitId=%ed%a0%80", {"verwerkingsactiviteitId": "encoding"}),
        ("verwerkingsactiviteitId=%00", {"verwerkingsactiviteitId": "character"}),
        ("=x", {'""': "unknown"}),
        ("999993653=x", {"…": "unknown"}),
        ("%ff%00=x", {"\ufffd\ufffd": "unknown"}),
        ("a;b=x", {"a;b": "unknown"}),
    ],
)
def test_G6_an_unknown_empty_or_repeated_parameter_is_refused(text: str, found: dict[str, str]) -> None:
    person = {name: value for name, value in PERSON.items() if not text.startswith(f"{name}=")}
    assert codes(query, f"{urlencode(person)}&{text}") == found


def test_G6_names_and_values_are_decoded_once() -> None:
    text = "%6fbjecttype=persoon&soortObjectId=A+nummer&&objectId=a%2Bb%2520%C3%A9&"
    assert query(text).betrokkene == Betrokkene("persoon", "A nummer", "a+b%20é")


EMPTIES: tuple[object, ...] = (None, "", [])
NO_TEXTS: tuple[object, ...] = (1, {}, [1], ["normaal", None])


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        *((name, value, "empty") for name, value in product((*PERSON, *DATES, "vertrouwelijkheid"), EMPTIES)),
        *((name, value, "type") for name, value in product((*PERSON, *DATES), (1, True, {}, ["x"]))),
        *(("pageSize", value, "type") for value in ("10", 10.0, True, *EMPTIES)),
        *(("vertrouwelijkheid", value, "type") for value in NO_TEXTS),
        ("vertrouwelijkheid", ["normaal", ""], "enum"),
    ],
)
def test_G7_null_nothing_and_other_types_are_refused(name: str, value: object, code: str) -> None:
    assert codes(zoek, PERSON | {name: value}) == {name: code}


def test_G7_a_body_that_is_no_good_is_refused() -> None:
    assert codes(read_zoek, b"", inzage=False) == {"body": "required"}
    assert codes(read_zoek, b"[]", inzage=False) == {"body": "type"}
    doubled = json.dumps(PERSON).encode().replace(b"{", b'{"objectId": "1", ')
    assert codes(read_zoek, doubled, inzage=False) == {"objectId": "duplicate"}
    lone = {**PERSON, "soortObjectId": "KVK", "objectId": "\ud800"}
    assert codes(zoek, lone) == {"objectId": "character"}


AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@given(st.dates(date(2, 1, 1)))
def test_G1_a_day_starts_when_the_clock_in_amsterdam_first_shows_it(day: date) -> None:
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=start_of_day(day))
    assert start.astimezone(AMSTERDAM).date() == day
    assert (start - timedelta(microseconds=1)).astimezone(AMSTERDAM).date() < day


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        ("2024-03-31", "2024-03-31T00:00:00+01:00"),
        ("2024-04-01", "2024-04-01T00:00:00+02:00"),
        ("2024-10-27", "2024-10-27T00:00:00+02:00"),
        ("2024-10-28", "2024-10-28T00:00:00+01:00"),
        ("2099-07-01", "2099-07-01T00:00:00+02:00"),
        ("9999-12-31", "9999-12-31T00:00:00+01:00"),
    ],
)
def test_G1_days_follow_summer_time(day: str, moment: str) -> None:
    assert start_of_day(date.fromisoformat(day)) == parse_tijdstip(moment).instant


def test_G1_the_first_day_of_the_calendar_is_a_day() -> None:
    assert 0 < start_of_day(date(1, 1, 2)) - start_of_day(date.min) == 86_400_000_000


def test_G6_operations_without_parameters_refuse_each() -> None:
    read_no_parameters(b"")
    assert codes(read_no_parameters, b"a=1&pageSize=2") == {"a": "unknown", "pageSize": "unknown"}


def test_H1_G5_the_history_takes_a_page_size_alone() -> None:
    assert read_page_size_only(b"") == 100
    assert read_page_size_only(b"pageSize=5") == 5
    assert codes(read_page_size_only, b"pageSize=0") == {"pageSize": "range"}
    assert codes(read_page_size_only, b"pageSize=&x=1") == {"pageSize": "empty", "x": "unknown"}


def test_W3_W4_a_patch_names_exactly_one_verwerking() -> None:
    assert read_verwerking(f"verwerkingId={ID.upper()}".encode()) == ("verwerkingId", ID)
    assert read_verwerking(f"verwerkingIdAfnemer={ID}".encode()) == ("verwerkingIdAfnemer", ID)
    assert codes(read_verwerking, b"") == {"verwerkingId": "required"}
    both = f"verwerkingId={ID}&verwerkingIdAfnemer={ID}".encode()
    assert codes(read_verwerking, both) == {"verwerkingIdAfnemer": "invalid"}
    assert codes(read_verwerking, b"verwerkingId=1") == {"verwerkingId": "format"}
    assert codes(read_verwerking, b"verwerkingId=") == {"verwerkingId": "empty"}
    twice = f"verwerkingId={ID}&verwerkingId={ID}".encode()
    assert codes(read_verwerking, twice) == {"verwerkingId": "duplicate"}
    other = f"verwerkingId={ID}&actieId={ID}".encode()
    assert codes(read_verwerking, other) == {"actieId": "unknown"}
