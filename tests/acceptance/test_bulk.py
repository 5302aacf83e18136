"""Many acties in one call: `_bulk`."""

import json
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import berichten
from tests.support.acties import Json, a_minimal_actie, an_actie, bsn, person_query
from tests.support.bulk import BULK, EACH, NDJSON, PACKINGS, array, lines, logged, send
from tests.support.client import ACTIES, BEWERKING, Api, Client, faulty

JSON = "application/json"
OWN = ("url", "actieId", "tijdstipRegistratie")
"""What the log gives each actie itself."""


def content_of(actie: Json) -> Json:
    """Give an actie as it was read, without what the log gives each itself."""
    objects = [
        {name: value for name, value in object_.items() if name not in {"url", "verwerktObjectId"}}
        for object_ in actie["verwerkteObjecten"]
    ]
    return {**{name: value for name, value in actie.items() if name not in OWN}, "verwerkteObjecten": objects}


def count(api: Api, person: str) -> int:
    """Count the acties about a person."""
    number: int = api.get(ACTIES, person_query(person, eindDatum="2025-01-01")).json()["count"]
    return number


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("media_type", [NDJSON, "application/ndjson", JSON])
def test_P1_P2_a_bulk_is_logged_in_its_order(
    client: Client, bewerking: Api, media_type: str, packing: str
) -> None:
    given_ = [an_actie(actieNaam=f"actie {number}") for number in range(7)]
    body = PACKINGS[packing](array(given_) if media_type == JSON else lines(given_))
    answer = send(bewerking, body, media_type, Content_Encoding=packing)
    for actie, actie_id, result in zip(given_, logged(answer), answer.json()["results"], strict=True):
        assert result["url"] == f"{client.url}{BEWERKING}{ACTIES}/{actie_id}"
        read = bewerking.get(result["url"]).json()
        assert read["actieId"] == actie_id
        assert content_of(read) == content_of({**actie, **dict.fromkeys(OWN)})
    assert answer.headers["Cache-Control"] == "no-store"


def test_P1_an_actie_of_a_bulk_is_as_any_other(bewerking: Api, inzage: Api) -> None:
    [actie_id] = logged(send(bewerking, lines([an_actie(bsn(), bsn())])))
    actie = bewerking.get(f"{ACTIES}/{actie_id}").json()
    assert all(inzage.get(object_["url"]).status_code == 200 for object_ in actie["verwerkteObjecten"])
    assert bewerking.put(actie["url"], {**actie, "actieNaam": "Anders"}).status_code == 200
    assert bewerking.delete(actie["url"]).status_code == 204
    assert [version["versie"] for version in bewerking.versions(actie_id)] == [3, 2, 1]


def test_P2_a_bulk_of_ten_thousand_is_logged(bewerking: Api) -> None:
    person = bsn()
    ids = logged(send(bewerking, lines([a_minimal_actie(person)] * 10_000)))
    assert len(set(ids)) == 10_000
    assert count(bewerking, person) == 10_000


@pytest.mark.parametrize("media_type", [NDJSON, JSON])
def test_P2_more_than_ten_thousand_are_refused(bewerking: Api, media_type: str) -> None:
    person = bsn()
    acties = [a_minimal_actie(person)] * 10_001
    answer = send(bewerking, array(acties) if media_type == JSON else lines(acties), media_type)
    assert faulty(answer) == ["body"]
    assert "10000" in answer.text
    assert count(bewerking, person) == 0


def test_P2_bulk_is_all_or_nothing(bewerking: Api) -> None:
    person = bsn()
    acties = [an_actie(person) for _ in range(300)]
    acties[3]["vertrouwelijkheid"] = "geheim"
    acties[299]["verwerkteObjecten"][0]["objectId"] = "x"
    answer = send(bewerking, lines(acties))
    assert faulty(answer) == ["299.verwerkteObjecten.0.objectId", "3.vertrouwelijkheid"]
    assert count(bewerking, person) == 0


def test_P3_one_actie_that_is_not_allowed_stops_all(client: Client, bewerking: Api) -> None:
    person, creator = bsn(), client.bewerking("create:normal")
    acties = [an_actie(person), an_actie(person, vertrouwelijkheid="vertrouwelijk")]
    refused = send(creator, lines(acties))
    assert refused.status_code == 403
    assert "1, geteld vanaf 0" in refused.json()["detail"]
    acties[1]["vertrouwelijkheid"] = "opgeheven"
    assert send(bewerking, lines(acties)).status_code == 403
    assert count(bewerking, person) == 0


def test_P2_P3_E1_each_actie_by_itself(client: Client, bewerking: Api) -> None:
    person = bsn()
    acties = [
        an_actie(person),
        an_actie(person, tijdstip="nu", kleur="rood"),
        an_actie(person, vertrouwelijkheid="vertrouwelijk"),
        12,
        an_actie(person),
    ]
    answer = send(client.bewerking("create:normal"), lines(acties), params=EACH)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["vastgelegd"], body["geweigerd"]) == (2, 3)
    assert [result["status"] for result in body["results"]] == [201, 400, 403, 400, 201]
    _, wrong, forbidden, no_object, _ = body["results"]
    assert sorted(fault["name"] for fault in wrong["invalidParams"]) == ["kleur", "tijdstip"]
    assert forbidden["code"] == "permission_denied"
    assert [fault["name"] for fault in no_object["invalidParams"]] == ["body"]
    found = bewerking.results(ACTIES, person_query(person))
    assert {actie["actieId"] for actie in found} == {
        body["results"][0]["actieId"],
        body["results"][4]["actieId"],
    }


def test_P2_each_by_itself_may_also_be_all_wrong(bewerking: Api) -> None:
    answer = send(bewerking, lines([{}, {}]), params=EACH)
    assert [result["status"] for result in answer.json()["results"]] == [400, 400]


@pytest.mark.parametrize(
    ("query", "name"), [("perStuk=true", "perStuk"), ("perStuk=", "perStuk"), ("perstuk=ja", "perstuk")]
)
def test_G6_a_parameter_is_read_strictly(bewerking: Api, query: str, name: str) -> None:
    answer = bewerking.post(f"{BULK}?{query}", content=lines([{}]), headers={"Content-Type": NDJSON})
    assert faulty(answer) == [name]


def test_E1_the_faults_that_are_named_have_an_end(bewerking: Api) -> None:
    answer = send(bewerking, lines([{}] * 1_000))
    faults = answer.json()["invalidParams"]
    assert len(faults) == 100
    assert faults[-1]["code"] == "more"
    acties = [an_actie(verwerkteObjecten=[{}] * 1_000)]
    each = send(bewerking, lines(acties), params=EACH).json()["results"][0]["invalidParams"]
    assert (len(each), each[-1]["code"]) == (10, "more")


def test_E1_a_line_that_is_no_json_is_named(bewerking: Api) -> None:
    answer = send(bewerking, lines([a_minimal_actie()] * 3) + b'{"tijdstip": }\n')
    assert faulty(answer) == ["3"]
    assert "regel 4, teken 14" in answer.text


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'[\n{"a": }]', "regel 2, teken 7"),
        (b'[{"a": 1}\n', "regel 2, teken 1"),
        (b"[1,]", "regel 1, teken 4"),
    ],
)
def test_E1_an_array_that_is_no_json_is_told_where(bewerking: Api, body: bytes, place: str) -> None:
    answer = send(bewerking, body, JSON)
    assert faulty(answer) == ["body"]
    assert place in answer.text


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (NDJSON, b""),
        (NDJSON, b"\n \r\n"),
        (NDJSON, b'{}\n\n{"a": 1}'),
        (JSON, b""),
        (JSON, b" "),
        (JSON, b"[]"),
        (JSON, b"{}"),
        (JSON, b"12"),
        (JSON, b"\xef\xbb\xbf[]"),
        (JSON, b"[" * 100_000),
        (JSON, b"[" + b"1," * 3_000_000 + b"1]"),
        (NDJSON, b"\n" * 3_000_000 + b"1"),
    ],
    ids=lambda value: value[:10] if isinstance(value, bytes) else value,
)
def test_E1_what_holds_no_acties_is_a_400_of_the_body(bewerking: Api, media_type: str, body: bytes) -> None:
    for params in ({}, EACH):
        assert faulty(send(bewerking, body, media_type, params)) == ["body"]


@pytest.mark.parametrize(
    "line", [b"\xff", b'{"a": "\xff"}', b"[" * 5_000, b'{"a": NaN}', b"nul", b"12", b"[]"]
)
def test_E1_a_line_that_is_no_actie_is_a_400(bewerking: Api, line: bytes) -> None:
    assert faulty(send(bewerking, lines([a_minimal_actie()]) + line)) == ["1"]
    assert faulty(send(bewerking, b"[{}, \xff]", JSON)) == ["body"]


def test_P2_lines_may_end_in_a_return_and_empty_lines_may_follow(bewerking: Api) -> None:
    body = lines([a_minimal_actie()] * 2).replace(b"\n", b"\r\n") + b"\r\n\n  \n"
    assert len(logged(send(bewerking, body))) == 2
    assert len(logged(send(bewerking, lines([a_minimal_actie()]).rstrip()))) == 1


@pytest.mark.parametrize(
    ("media_type", "packing"),
    [
        ("text/plain", "identity"),
        ("application/merge-patch+json", "identity"),
        ("application/json; charset=latin-1", "identity"),
        (NDJSON, "br"),
        (NDJSON, "deflate"),
        (NDJSON, "gzip, gzip"),
    ],
)
def test_E2_another_form_is_a_415(bewerking: Api, media_type: str, packing: str) -> None:
    answer = send(bewerking, lines([a_minimal_actie()]), media_type, Content_Encoding=packing)
    assert answer.status_code == 415
    assert NDJSON in answer.text
    assert "gzip of zstd" in answer.text


def test_S4_who_may_send_no_bulk_keeps_nobody_out(client: Client, bewerking: Api, inzage: Api) -> None:
    port = urlsplit(client.url).port
    with ExitStack() as silent:
        for _ in range(16):
            connection = silent.enter_context(socket.create_connection(("127.0.0.1", port)))
            head = f"POST {BEWERKING}{BULK} HTTP/1.1\r\nHost: x\r\nAuthorization: {inzage.authorization}\r\n"
            what = f"Content-Type: {NDJSON}\r\nContent-Length: 1000\r\n\r\n{{"
            connection.sendall((head + what).encode())
        for _ in range(8):
            assert len(logged(send(bewerking, lines([an_actie()])))) == 1
    for content, status in ((lines([{}]), 403), (bytes(65 << 20), 413)):
        headers = {"Authorization": inzage.authorization, "Content-Type": NDJSON}
        answer = httpx.post(f"{client.url}{BEWERKING}{BULK}", content=content, headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_E2_damaged_packing_is_a_400(bewerking: Api, packing: str) -> None:
    packed = PACKINGS[packing](lines([an_actie() for _ in range(50)]))
    for body in (packed[:-20], packed[: len(packed) // 2], b"x" + packed, packed + b"rest", packed[:4]):
        answer = send(bewerking, body, Content_Encoding=packing)
        assert faulty(answer) == ["body"]
        assert "ingepakt" in answer.text


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_E2_what_was_packed_in_parts_is_one_body(bewerking: Api, packing: str) -> None:
    body = b"".join(PACKINGS[packing](lines([a_minimal_actie()])) for _ in range(3))
    assert len(logged(send(bewerking, body, Content_Encoding=packing))) == 3


@pytest.mark.parametrize("packing", PACKINGS)
def test_E2_a_body_that_unpacks_to_too_much_is_a_413(bewerking: Api, packing: str) -> None:
    body = PACKINGS[packing](bytes(65 << 20))
    assert send(bewerking, body, Content_Encoding=packing).status_code == 413


def test_E2_a_bulk_may_be_larger_than_one_actie(bewerking: Api) -> None:
    wide = json.dumps(a_minimal_actie()).ljust(1 << 20) + "\n"
    assert len(logged(send(bewerking, wide.encode() * 20))) == 20


@pytest.mark.parametrize("media_type", [NDJSON, JSON])
def test_E1_a_large_actie_has_to_be_sent_by_itself(bewerking: Api, media_type: str) -> None:
    person = bsn()
    large = b'{"url": ["\\u0041", ' + b"[], " * (6 << 20) + b"[]]}"
    content = [json.dumps(a_minimal_actie(person)).encode(), large, b"{}"]
    body = b"\n".join(content) if media_type == NDJSON else b"[" + b",".join(content) + b"]"
    answer = send(bewerking, body, media_type)
    fault = next(fault for fault in answer.json()["invalidParams"] if fault["name"] == "1")
    assert (fault["code"], "1048576" in fault["reason"]) == ("too_large", True)
    assert count(bewerking, person) == 0
    _, refused, _ = send(bewerking, body, media_type, EACH, Idempotency_Key=str(uuid4())).json()["results"]
    assert [fault["code"] for fault in refused["invalidParams"]] == ["too_large"]


def test_P6_a_repeated_bulk_gives_the_same_ids_and_writes_nothing(bewerking: Api) -> None:
    person, key = bsn(), str(uuid4())
    acties = [an_actie(person) for _ in range(5)]
    first = logged(send(bewerking, lines(acties), Idempotency_Key=key))
    again = logged(send(bewerking, array(acties), JSON, Idempotency_Key=f'"{key}"'))
    assert again == first
    assert count(bewerking, person) == 5


def test_P6_a_bulk_under_the_key_of_another_is_refused(client: Client, bewerking: Api) -> None:
    acties, key = [an_actie() for _ in range(3)], str(uuid4())
    first = logged(send(bewerking, lines(acties), Idempotency_Key=key))
    for other in (acties[:2], acties[::-1], [*acties, an_actie()], [{**acties[0], "url": "x"}, *acties[1:]]):
        assert send(bewerking, lines(other), Idempotency_Key=key).status_code == 422
    assert send(bewerking, lines(acties), params=EACH, Idempotency_Key=key).status_code == 422
    assert logged(send(bewerking, lines(acties), Idempotency_Key=key)) == first
    assert logged(send(client.bewerking("create:normal"), lines(acties), Idempotency_Key=key)) != first


def test_P6_only_what_was_logged_is_remembered(bewerking: Api) -> None:
    key, acties = str(uuid4()), [an_actie(), an_actie()]
    assert send(bewerking, lines([*acties, {}]), Idempotency_Key=key).status_code == 400
    refused = send(bewerking, lines([{}]), params=EACH, Idempotency_Key=key)
    assert refused.json()["vastgelegd"] == 0
    assert len(logged(send(bewerking, lines(acties), Idempotency_Key=key))) == 2


def test_P6_a_repeat_after_a_part_was_logged_gives_the_same(client: Client, bewerking: Api) -> None:
    person, key = bsn(), str(uuid4())
    acties = [an_actie(person), {}, an_actie(person, vertrouwelijkheid="vertrouwelijk"), an_actie(person)]
    creator = client.bewerking("create:normal")
    first, again = (
        send(creator, lines(acties), params=EACH, Idempotency_Key=key).json()["results"] for _ in range(2)
    )
    assert again == first
    assert [result["status"] for result in first] == [201, 400, 403, 201]
    assert send(creator, lines(acties[:1]), params=EACH, Idempotency_Key=key).status_code == 422
    assert count(bewerking, person) == 2


def test_P6_an_empty_key_is_named_with_the_faults_of_the_body(bewerking: Api) -> None:
    answer = send(bewerking, b"", params={"x": "1"}, Idempotency_Key="")
    assert faulty(answer) == ["Idempotency-Key", "body", "x"]


def test_M7_no_answer_repeats_a_person(bewerking: Api) -> None:
    person = bsn()
    body = lines([{"objectId": person}, {person: 1}]) + person.encode()
    for params in ({}, EACH):
        assert person not in send(bewerking, body, params=params).text


def outcome(answer: httpx.Response, api: Api) -> object:
    """Give what became of a single POST, as far as a bulk must agree."""
    body = answer.json()
    if answer.status_code == 201:
        return content_of(api.get(body["url"]).json())
    return (answer.status_code, body["code"], body["detail"], body.get("invalidParams", [])[:9])


def outcome_of(result: Json, api: Api) -> object:
    """Give the same of one result of a bulk."""
    if result["status"] == 201:
        return content_of(api.get(result["url"]).json())
    faults = result.get("invalidParams", [])[:9]
    return (result["status"], result["code"], result["detail"], faults)


@st.composite
def messages(draw: st.DrawFn) -> list[bytes]:
    """Give acties as clients may write them, good or not."""
    acties = draw(st.lists(berichten.acties(), min_size=1, max_size=8))
    return [berichten.written(actie, draw).encode("utf-8", "surrogatepass") for actie in acties]


@settings(max_examples=40)
@given(texts=messages())
def test_P1_P4_P5_a_bulk_does_what_as_many_single_calls_do(bewerking: Api, texts: list[bytes]) -> None:
    singles = [bewerking.post(ACTIES, content=text, headers={"Content-Type": JSON}) for text in texts]
    each = [outcome(answer, bewerking) for answer in singles]
    answer = send(bewerking, b"[" + b",".join(texts) + b"]", JSON, EACH)
    assert [outcome_of(result, bewerking) for result in answer.json()["results"]] == each
    on_lines = [text for text in texts if b"\n" not in text]
    if on_lines:
        answer = send(bewerking, b"\n".join(on_lines), NDJSON, EACH)
        expected = [told for text, told in zip(texts, each, strict=True) if b"\n" not in text]
        assert [outcome_of(result, bewerking) for result in answer.json()["results"]] == expected
