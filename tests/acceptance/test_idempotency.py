import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.support.acties import an_actie, bsn, person_query
from tests.support.applications import OTHER_CLIENT
from tests.support.client import ACTIES, Api, Client, faulty


def test_P6_the_same_key_gives_the_first_answer_and_writes_nothing(bewerking: Api) -> None:
    person, key = bsn(), str(uuid4())
    actie = an_actie(person)
    first, second = (bewerking.post(ACTIES, actie, headers={"Idempotency-Key": key}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers["ETag"] == first.headers["ETag"]
    assert len(bewerking.results(ACTIES, person_query(person))) == 1


def test_P6_a_key_may_stand_between_quotes(bewerking: Api) -> None:
    actie, key = an_actie(), str(uuid4())
    bare, quoted = (
        bewerking.register(actie, headers={"Idempotency-Key": spelling}) for spelling in (key, f'"{key}"')
    )
    assert bare == quoted


def test_P6_bodies_are_compared_as_json(bewerking: Api) -> None:
    actie, key = an_actie(), str(uuid4())
    first = bewerking.register(actie, headers={"Idempotency-Key": key})
    reordered = json.dumps(dict(reversed(actie.items())), indent=3)
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    assert bewerking.post(ACTIES, content=reordered, headers=headers).json() == first


def test_P6_the_same_key_with_another_body_is_refused(bewerking: Api) -> None:
    key = str(uuid4())
    bewerking.register(an_actie(), headers={"Idempotency-Key": key})
    assert bewerking.post(ACTIES, an_actie(), headers={"Idempotency-Key": key}).status_code == 422


def test_P6_a_key_belongs_to_its_client(client: Client, bewerking: Api) -> None:
    actie, key = an_actie(), str(uuid4())
    first = bewerking.register(actie, headers={"Idempotency-Key": key})
    other = client.as_application(OTHER_CLIENT).register(actie, headers={"Idempotency-Key": key})
    assert other["actieId"] != first["actieId"]


def test_P6_the_first_answer_is_given_even_if_the_actie_changed_since(bewerking: Api) -> None:
    actie, key = an_actie(), str(uuid4())
    first = bewerking.register(actie, headers={"Idempotency-Key": key})
    assert bewerking.put(first["url"], {**first, "actieNaam": "Anders"}).status_code == 200
    assert bewerking.register(actie, headers={"Idempotency-Key": key}) == first
    assert bewerking.delete(first["url"]).status_code == 204
    assert bewerking.register(actie, headers={"Idempotency-Key": key}) == first


def test_P6_only_a_201_is_remembered(bewerking: Api) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    assert bewerking.post(ACTIES, an_actie(tijdstip="gisteren"), headers=headers).status_code == 400
    assert bewerking.post(ACTIES, an_actie(vertrouwelijkheid="opgeheven"), headers=headers).status_code == 403
    assert bewerking.post(ACTIES, an_actie(), headers=headers).status_code == 201


@pytest.mark.parametrize("body", [b"", b"\xff", b'{"actieNaam": "\xff"}', b"[" * 5000, b'{"url": 1e999}'])
def test_P6_E1_a_body_that_is_no_actie_is_refused_with_a_key_too(bewerking: Api, body: bytes) -> None:
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    assert bewerking.post(ACTIES, content=body, headers=headers).status_code == 400


def test_P6_bodies_differ_also_in_what_is_ignored(bewerking: Api) -> None:
    actie = json.dumps(an_actie()).removesuffix("}")
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    # Numbers that many readers of JSON do not take, in an element that a POST ignores (rule P5).
    first, other, again = (
        bewerking.post(ACTIES, content=f'{actie}, "url": {number}}}', headers=headers)
        for number in ("1e999", "2e999", "1e999")
    )
    assert (first.status_code, other.status_code) == (201, 422)
    assert again.json() == first.json()


@pytest.mark.parametrize("key", ["", '""', "k" * 256])
def test_P6_an_empty_or_long_key_is_refused(bewerking: Api, key: str) -> None:
    assert faulty(bewerking.post(ACTIES, an_actie(), headers={"Idempotency-Key": key})) == ["Idempotency-Key"]


def test_P6_a_key_of_255_characters_is_accepted(bewerking: Api) -> None:
    assert bewerking.register(an_actie(), headers={"Idempotency-Key": str(uuid4()).ljust(255, "k")})


def test_P6_other_methods_ignore_the_header(bewerking: Api) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    actie = bewerking.register(an_actie(), headers=key)
    first, second = (
        bewerking.put(actie["url"], {**actie, "actieNaam": name}, headers=key) for name in ("een", "twee")
    )
    assert (first.json()["actieNaam"], second.json()["actieNaam"]) == ("een", "twee")
    assert bewerking.get(actie["url"], headers={"Idempotency-Key": ""}).status_code == 200


def test_P6_of_many_at_once_one_is_written(bewerking: Api) -> None:
    person, key = bsn(), str(uuid4())
    actie = an_actie(person)
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: bewerking.post(ACTIES, actie, headers={"Idempotency-Key": key}), range(16))
        )
    assert {answer.status_code for answer in answers} <= {201, 409}
    written = {answer.json()["actieId"] for answer in answers if answer.status_code == 201}
    assert len(written) == 1
    assert [found["actieId"] for found in bewerking.results(ACTIES, person_query(person))] == list(written)
