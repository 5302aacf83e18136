"""Input that no client should send: a precise 400 or 413, never a 500, never a partial write."""

import json

import pytest

from tests.support.acties import an_actie, an_object, bsn, person_query
from tests.support.client import ACTIES, Api, faulty

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"nul",
        b"null",
        b"[]",
        b'"tekst"',
        b"12",
        b"{'a': 1}",
        b"{} {}",
        b'{"a": NaN}',
        b'{"a": 01}',
        b'{"a": 1,}',
        b'{"a" 1}',
        b'{"a": "\n"}',
        b'{"a": "\\x"}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b"\xff\xfe{\x00}\x00",
        b"\x00",
        b"{}\x00",
    ],
)
@pytest.mark.parametrize("operation", ["POST", "PUT", "PATCH", "_zoek"])
def test_E1_malformed_json_is_a_400_of_the_body(bewerking: Api, operation: str, body: bytes) -> None:
    answers = {
        "POST": lambda: bewerking.post(ACTIES, content=body, headers=JSON),
        "PUT": lambda: bewerking.put(
            f"{ACTIES}/5f0bef4c-f66f-4311-84a5-19e8bf359eaf", content=body, headers=JSON
        ),
        "PATCH": lambda: bewerking.patch(
            f"{ACTIES}?verwerkingId=5f0bef4c-f66f-4311-84a5-19e8bf359eaf", content=body, headers=JSON
        ),
        "_zoek": lambda: bewerking.post(f"{ACTIES}/_zoek", content=body, headers=JSON),
    }
    assert faulty(answers[operation]()) == ["body"]


def test_E2_forty_megabytes_is_a_413(bewerking: Api) -> None:
    body = b'{"actieNaam": "' + b"a" * (40 << 20) + b'"}'
    assert bewerking.post(ACTIES, content=body, headers=JSON).status_code == 413


def test_E2_forty_megabytes_without_a_length_is_a_413(bewerking: Api) -> None:
    chunks = (b" " * (1 << 20) for _ in range(40))
    answer = bewerking.post(ACTIES, content=chunks, headers=JSON)
    assert answer.status_code == 413


def test_E2_just_under_the_limit_is_read(bewerking: Api) -> None:
    body = json.dumps(an_actie()).encode().ljust(8 << 20)
    assert bewerking.post(ACTIES, content=body, headers=JSON).status_code == 201
    assert bewerking.post(ACTIES, content=body + b" ", headers=JSON).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"verwerkteObjecten": ' + "[" * 5_000 + "]" * 5_000 + "}",
        '{"actieNaam": ' + '{"a":' * 5_000 + "1" + "}" * 5_000 + "}",
    ],
    ids=["open arrays", "open objects", "arrays", "inside a list", "inside a text"],
)
def test_E1_deep_nesting_is_a_400(bewerking: Api, body: str) -> None:
    for path in (ACTIES, f"{ACTIES}/_zoek"):
        assert bewerking.post(path, content=body, headers=JSON).status_code == 400


def test_E1_huge_numbers_are_a_400(bewerking: Api) -> None:
    for number in ("9" * 5_000, "1e999999", "-0", "1" * 30 + ".5"):
        body = f'{{"vertrouwelijkheid": {number}, "tijdstip": {number}, "verwerkteObjecten": []}}'
        answer = bewerking.post(ACTIES, content=body, headers=JSON)
        assert set(faulty(answer)) <= {"body", "tijdstip", "vertrouwelijkheid"}
        zoek = json.dumps(person_query(bsn()))[:-1] + f', "pageSize": {number}}}'
        answer = bewerking.post(f"{ACTIES}/_zoek", content=zoek, headers=JSON)
        assert set(faulty(answer)) <= {"body", "pageSize"}


def test_E2_ten_thousand_objects_are_accepted(bewerking: Api) -> None:
    persons = [bsn() for _ in range(10_000)]
    objects = [{"objecttype": "persoon", "soortObjectId": "BSN", "objectId": person} for person in persons]
    answer = bewerking.post(ACTIES, an_actie(verwerkteObjecten=objects))
    assert answer.status_code == 201
    shown = answer.json()["verwerkteObjecten"]
    assert [object_["objectId"] for object_ in shown] == persons
    assert len({object_["verwerktObjectId"] for object_ in shown}) == 10_000
    [found] = bewerking.results(ACTIES, person_query(persons[7_777]))
    assert found["verwerkteObjecten"] == [shown[7_777]]


def test_E1_one_bad_object_of_many_stops_them_all(bewerking: Api) -> None:
    persons = [bsn() for _ in range(500)]
    objects = [*(an_object(person) for person in persons), an_object("x")]
    assert faulty(bewerking.post(ACTIES, an_actie(verwerkteObjecten=objects))) == [
        "verwerkteObjecten.500.objectId"
    ]
    assert bewerking.results(ACTIES, person_query(persons[0])) == []


def test_E1_ten_thousand_faults_are_a_400(bewerking: Api) -> None:
    objects: list[object] = [{}] * 10_000
    assert len(faulty(bewerking.post(ACTIES, an_actie(verwerkteObjecten=objects)))) == 30_000


@pytest.mark.parametrize(
    "query",
    [
        "objectId=%00",
        "objectId=%FF",
        "objectId=%ED%A0%80",
        "objectId=" + "9" * 5_000,
        "objecttype=persoon&soortObjectId=%00&objectId=1",
        "objecttype=persoon&soortObjectId=Zaak&objectId=%00",
        "objecttype=persoon&soortObjectId=Zaak&objectId=%FF",
        "objecttype=persoon&soortObjectId=BSN&objectId=1&%00=1",
        "objecttype=persoon&soortObjectId=BSN&objectId=1&beginDatum=0000-00-00",
        "objecttype=persoon&soortObjectId=BSN&objectId=1&beginDatum=99999-01-01",
        "objecttype=persoon&soortObjectId=BSN&objectId=1&beginDatum",
        "&".join(f"p{number}=1" for number in range(2_000)),
        "%",
        "=",
    ],
)
def test_E1_a_bad_query_is_a_400(bewerking: Api, query: str) -> None:
    assert bewerking.get(f"{ACTIES}?{query}").status_code == 400


@pytest.mark.parametrize("dates", [("0001-01-01", "9999-12-31"), ("0000-01-01", "0000-01-02")])
def test_G1_the_first_and_last_dates_are_no_fault_of_the_server(
    bewerking: Api, dates: tuple[str, str]
) -> None:
    query = person_query(bsn(), beginDatum=dates[0], eindDatum=dates[1])
    assert bewerking.get(ACTIES, query).status_code in {200, 400}
