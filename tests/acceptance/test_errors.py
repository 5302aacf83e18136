"""Errors, headers, and the order of the checks (rules E1, E2, S1, S3, S4)."""

import gzip
import json
import time

import httpx
import pytest

from tests.support.acties import UNKNOWN, an_actie, bsn, inzage_query, person_query
from tests.support.applications import ALL_SCOPES, Application
from tests.support.client import (
    ACTIES,
    BEWERKING,
    BEWIJS,
    INZAGE,
    OBJECTEN,
    Api,
    Client,
    assert_proper,
    faulty,
)
from tests.support.tokens import zgw_token

KNOWN = Application(bewerking=ALL_SCOPES)
PATHS = [
    ("GET", f"{BEWERKING}{ACTIES}"),
    ("POST", f"{BEWERKING}{ACTIES}"),
    ("PATCH", f"{BEWERKING}{ACTIES}"),
    ("POST", f"{BEWERKING}{ACTIES}/_bulk"),
    ("POST", f"{BEWERKING}{ACTIES}/_zoek"),
    ("GET", f"{BEWERKING}{ACTIES}/_vervolg/x"),
    ("GET", f"{BEWERKING}{ACTIES}/{UNKNOWN}"),
    ("PUT", f"{BEWERKING}{ACTIES}/{UNKNOWN}"),
    ("DELETE", f"{BEWERKING}{ACTIES}/{UNKNOWN}"),
    ("GET", f"{BEWERKING}{ACTIES}/{UNKNOWN}/versies"),
    ("GET", f"{INZAGE}{OBJECTEN}"),
    ("POST", f"{INZAGE}{OBJECTEN}/_zoek"),
    ("GET", f"{INZAGE}{OBJECTEN}/{UNKNOWN}"),
    ("GET", f"{BEWIJS}{ACTIES}/{UNKNOWN}/versies/1/bewijs"),
    ("GET", f"{BEWIJS}{OBJECTEN}/{UNKNOWN}/bewijs"),
    ("GET", f"{BEWERKING}/onbekend"),
    ("GET", f"{BEWIJS}/onbekend"),
    ("TRACE", f"{BEWERKING}{ACTIES}"),
]


def call(client: Client, method: str, path: str, **headers: str) -> httpx.Response:
    """Call without the token that the client would add."""
    answer = client.http.request(method, path, headers=headers)
    assert_proper(answer)
    return answer


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_S1_S4_without_a_token_everything_is_401(client: Client, method: str, path: str) -> None:
    assert call(client, method, path).status_code == 401


def token(secret: str = KNOWN.secret, **claims: object) -> str:
    """Mint a token of a known client; `claims` replace those of a good one."""
    return zgw_token(KNOWN.client_id, secret, user_id="u", **claims)


def bad_tokens() -> dict[str, str]:
    """Give an Authorization header for each way in which one can be bad."""
    now = int(time.time())
    good = token()
    head, body, signature = good.split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    return {
        "no scheme": good,
        "basic": f"Basic {good}",
        "no token": "Bearer",
        "not a token": "Bearer x.y.z",
        "no algorithm": f"Bearer {unsigned}.{body}.",
        "no algorithm, signed": f"Bearer {unsigned}.{body}.{signature}",
        "cut signature": f"Bearer {head}.{body}.{signature[:-6]}",
        "wrong secret": f"Bearer {token('s' * 40)}",
        "unknown client": f"Bearer {token(client_id='niemand')}",
        "too old": f"Bearer {token(iat=now - 3700)}",
        "from the future": f"Bearer {token(iat=now + 120)}",
        "expired": f"Bearer {token(exp=now - 60)}",
        "no iat": f"Bearer {token(iat=None)}",
        "iat is text": f"Bearer {token(iat='nu')}",
    }


@pytest.mark.parametrize("name", bad_tokens())
def test_S1_a_bad_token_is_401(client: Client, name: str) -> None:
    path = f"{BEWERKING}{ACTIES}"
    assert call(client, "GET", path, Authorization=bad_tokens()[name]).status_code == 401


def test_S1_iss_is_not_compared_and_iat_has_an_hour(client: Client) -> None:
    path = f"{BEWERKING}{ACTIES}/{UNKNOWN}"
    old = token(iat=int(time.time()) - 3400, iss="een ander")
    assert call(client, "GET", path, Authorization=f"Bearer {old}").status_code == 404


@pytest.mark.parametrize("base", [BEWERKING, INZAGE, BEWIJS])
@pytest.mark.parametrize("document", ["openapi.json", "openapi.yaml"])
def test_S1_E4_the_document_needs_no_token(client: Client, base: str, document: str) -> None:
    answer = call(client, "GET", f"{base}/{document}")
    assert answer.status_code == 200
    assert "openapi" in answer.text


@pytest.mark.parametrize("path", ["/gezond", "/gereed"])
def test_S1_health_needs_no_token(client: Client, path: str) -> None:
    assert client.http.get(path).status_code == 200


def test_S2_an_application_is_no_client_of_an_api_that_its_registration_does_not_name(client: Client) -> None:
    inzage_alone = client.as_application(Application(inzage=ALL_SCOPES), BEWERKING)
    bewerking_alone = client.as_application(Application(bewerking=ALL_SCOPES), INZAGE)
    assert inzage_alone.post(ACTIES, an_actie()).status_code == 403
    assert inzage_alone.get(ACTIES, person_query(bsn())).status_code == 403
    assert bewerking_alone.get(OBJECTEN, inzage_query(bsn())).status_code == 403


def test_S2_one_that_is_registered_for_bewerking_may_log_what_is_normal(client: Client) -> None:
    assert client.bewerking().post(ACTIES, an_actie()).status_code == 201
    assert client.bewerking("read:normal").post(ACTIES, an_actie()).status_code == 201


def test_S4_the_resource_comes_before_the_scope(client: Client) -> None:
    nobody = client.bewerking()
    assert nobody.get("/onbekend").status_code == 404
    assert nobody.delete(ACTIES).status_code == 405
    assert nobody.get(ACTIES, person_query(bsn()), headers={"Accept": "text/html"}).status_code == 406
    put = f"{ACTIES}/{UNKNOWN}"
    assert nobody.put(put, content="x", headers={"Content-Type": "text/plain"}).status_code == 415
    big = {"Content-Type": "application/json"}
    assert nobody.put(put, content=b" " * (9 << 20), headers=big).status_code == 413


def test_S4_the_scope_of_the_verb_comes_before_the_input(client: Client) -> None:
    nobody, unknown = client.bewerking(), f"{ACTIES}/{UNKNOWN}"
    headers = {"Content-Type": "application/json"}
    assert nobody.get(ACTIES, {"kleur": "rood"}).status_code == 403
    assert nobody.post(f"{ACTIES}/_zoek", content="{", headers=headers).status_code == 403
    assert nobody.get(f"{ACTIES}/_vervolg/x").status_code == 403
    assert nobody.get(unknown).status_code == 403
    assert nobody.get(f"{unknown}/versies").status_code == 403
    assert nobody.put(unknown, content="{", headers=headers).status_code == 403
    assert nobody.patch(ACTIES, content="{", headers=headers).status_code == 403
    assert nobody.delete(unknown, params={"kleur": "rood"}).status_code == 403
    assert client.inzage().get(OBJECTEN).status_code == 403


def test_S4_the_input_comes_before_what_depends_on_its_value(client: Client, bewerking: Api) -> None:
    creator, updater = client.bewerking("create:normal"), client.bewerking("update:normal")
    wrong = an_actie(vertrouwelijkheid="vertrouwelijk", tijdstip="nu")
    secret = bewerking.register(an_actie(vertrouwelijkheid="vertrouwelijk"))
    assert faulty(creator.post(ACTIES, wrong)) == ["tijdstip"]
    assert faulty(updater.put(secret["url"], {**secret, "tijdstip": "nu"})) == ["tijdstip"]
    body = {"vertrouwelijkheid": "normaal", "kleur": "rood"}
    query = {"verwerkingId": secret["verwerkingId"]}
    assert faulty(updater.patch(ACTIES, body, params=query)) == ["kleur"]
    answer = client.bewerking("read:normal").get(ACTIES, person_query(bsn(), kleur="rood"))
    assert faulty(answer) == ["kleur"]


def test_S4_what_depends_on_a_value_comes_before_the_state(client: Client) -> None:
    updater, unknown = client.bewerking("update:normal"), UNKNOWN
    secret = an_actie(vertrouwelijkheid="vertrouwelijk")
    assert updater.put(f"{ACTIES}/{unknown}", secret).status_code == 403
    body = {"vertrouwelijkheid": "normaal"}
    assert updater.patch(ACTIES, body, params={"verwerkingId": unknown}).status_code == 403
    assert client.bewerking("read:normal").get(f"{ACTIES}/{unknown}/versies").status_code == 403


def test_S4_E5_the_precondition_comes_last(client: Client, bewerking: Api) -> None:
    stale = {"If-Match": '"x"'}
    secret = bewerking.register(an_actie(vertrouwelijkheid="vertrouwelijk"))
    assert client.bewerking("delete:normal").delete(secret["url"], headers=stale).status_code == 403
    assert bewerking.delete(f"{ACTIES}/{UNKNOWN}", headers=stale).status_code == 400
    assert bewerking.put(secret["url"], {**secret, "tijdstip": "nu"}, headers=stale).status_code == 400
    assert bewerking.delete(secret["url"], headers=stale).status_code == 412


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", ACTIES, {"GET", "HEAD", "POST", "PATCH"}),
        ("PUT", ACTIES, {"GET", "HEAD", "POST", "PATCH"}),
        ("POST", f"{ACTIES}/{UNKNOWN}", {"GET", "HEAD", "PUT", "DELETE"}),
        ("PATCH", f"{ACTIES}/{UNKNOWN}", {"GET", "HEAD", "PUT", "DELETE"}),
        ("DELETE", f"{ACTIES}/{UNKNOWN}/versies", {"GET", "HEAD"}),
        ("PUT", f"{ACTIES}/_zoek", {"POST"}),
        ("GET", f"{ACTIES}/_bulk", {"POST"}),
    ],
)
def test_E2_a_405_says_what_is_allowed(bewerking: Api, method: str, path: str, allowed: set[str]) -> None:
    answer = bewerking.request(method, path, {} if method != "DELETE" else None)
    assert answer.status_code == 405
    assert {each.strip() for each in answer.headers["Allow"].split(",")} - {"OPTIONS"} == allowed


@pytest.mark.parametrize("method", ["POST", "DELETE", "TRACE", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize("path", [f"{BEWERKING}/openapi.json", f"{INZAGE}/openapi.yaml"])
def test_E2_a_document_can_only_be_read(client: Client, method: str, path: str) -> None:
    answer = call(client, method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path", ["/verwerkingsactie", f"{ACTIES}/", f"{ACTIES}/{UNKNOWN}/x", "//", "/%00", "/a%0Ab/c"]
)
def test_E1_an_unknown_resource_is_a_404(bewerking: Api, path: str) -> None:
    assert bewerking.get(path).status_code == 404


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json;q=0", "image/*"])
def test_E2_what_is_not_json_cannot_be_asked(bewerking: Api, accept: str) -> None:
    answer = bewerking.get(ACTIES, person_query(bsn()), headers={"Accept": accept})
    assert answer.status_code == 406


@pytest.mark.parametrize(
    "accept",
    ["*/*", "application/*", "application/json", "text/html, application/json;q=0.1", "Application/JSON"],
)
def test_E2_json_can_be_asked_in_several_ways(bewerking: Api, accept: str) -> None:
    answer = bewerking.get(ACTIES, person_query(bsn()), headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "application/jsonx", "multipart/form-data"]
)
def test_E2_what_is_not_json_cannot_be_sent(bewerking: Api, media_type: str) -> None:
    headers = {"Content-Type": media_type}
    actie = f"{ACTIES}/{UNKNOWN}"
    assert bewerking.post(ACTIES, content="{}", headers=headers).status_code == 415
    assert bewerking.post(f"{ACTIES}/_zoek", content="{}", headers=headers).status_code == 415
    assert bewerking.put(actie, content="{}", headers=headers).status_code == 415
    assert bewerking.patch(ACTIES, content="{}", headers=headers).status_code == 415


def test_E2_a_merge_patch_is_for_patch_alone(bewerking: Api) -> None:
    headers = {"Content-Type": "application/merge-patch+json"}
    assert bewerking.post(ACTIES, content="{}", headers=headers).status_code == 415


def test_E2_json_may_name_its_character_set(bewerking: Api) -> None:
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    assert bewerking.post(ACTIES, an_actie(), headers=headers).status_code == 201


def test_E1_instance_is_another_at_every_request(bewerking: Api) -> None:
    instances = {bewerking.get(ACTIES).json()["instance"] for _ in range(3)}
    assert len(instances) == 3


def test_E1_M7_no_error_repeats_the_person(bewerking: Api, inzage: Api) -> None:
    person = bsn()
    for answer in (
        bewerking.get(ACTIES, person_query(person, kleur=person)),
        bewerking.get(ACTIES, person_query(f"{person}0")),
        bewerking.get(f"{ACTIES}/{person}"),
        bewerking.get(f"/{person}"),
        bewerking.post(ACTIES, an_actie(verwerkteObjecten=[{"objectId": f"{person}x"}])),
        inzage.get(f"{OBJECTEN}/{person}"),
    ):
        assert answer.status_code in {400, 404}
        assert person not in answer.text + str(answer.headers)


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_L1_no_cache_may_keep_an_answer(client: Client, method: str, path: str) -> None:
    for authorization in ("Bearer x", f"Bearer {token()}"):
        assert call(client, method, path, Authorization=authorization).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("document", "accept", "status"),
    [
        ("openapi.json", "application/json", 200),
        ("openapi.json", "text/html, */*;q=0.8", 200),
        ("openapi.json", "text/html", 406),
        ("openapi.yaml", "application/yaml", 200),
        ("openapi.yaml", "application/json", 406),
        ("documentatie", "text/html", 200),
        ("documentatie", "application/json", 406),
    ],
)
def test_E2_a_document_has_one_form(client: Client, document: str, accept: str, status: int) -> None:
    answer = call(client, "GET", f"{BEWERKING}/{document}", Accept=accept)
    assert answer.status_code == status


@pytest.mark.parametrize("document", ["openapi.json", "openapi.yaml", "documentatie"])
def test_G6_a_document_has_no_parameters(client: Client, document: str) -> None:
    assert faulty(call(client, "GET", f"{INZAGE}/{document}?versie=1")) == ["versie"]


@pytest.mark.parametrize("path", ["/gezond", "/gereed"])
def test_E1_health_can_only_be_read(client: Client, path: str) -> None:
    answer = client.http.post(path, content=b"x")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert client.http.head(path).status_code == 200


@pytest.mark.parametrize("base", [BEWERKING, INZAGE, BEWIJS])
def test_S4_the_base_of_an_api_lies_under_it(client: Client, base: str) -> None:
    assert call(client, "GET", base).status_code == 401


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json;",
        "application/json; charset=utf-8;",
        'application/json;charset="UTF-8"',
        "application/json; profile=x; charset=utf-8",
        "Application/JSON ; odata.metadata=minimal",
    ],
)
def test_E2_json_in_utf_8_may_be_said_in_several_ways(bewerking: Api, content_type: str) -> None:
    sent = json.dumps(an_actie()).encode()
    answer = bewerking.post(ACTIES, content=sent, headers={"Content-Type": content_type})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Type", "application/json; charset=latin-1")],
        [("Content-Type", "application/json"), ("Content-Encoding", "gzip")],
        [("Content-Type", "application/json"), ("Content-Type", "text/plain")],
        [("Content-Type", "application/json, text/plain")],
    ],
)
def test_E2_a_body_in_another_form_is_a_415(
    client: Client, bewerking: Api, headers: list[tuple[str, str]]
) -> None:
    sent = gzip.compress(json.dumps(an_actie()).encode())
    answer = client.http.post(
        BEWERKING + ACTIES, content=sent, headers=[("Authorization", bewerking.authorization), *headers]
    )
    assert_proper(answer)
    assert answer.status_code == 415
