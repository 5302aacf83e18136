"""A server with other settings: users are not kept (M9), Inzage demands headers (L2), limits are low (E2)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.acties import an_actie, bsn, inzage_query, person_query
from tests.support.applications import ALL_SCOPES, OTHER_OIN
from tests.support.client import ACTIES, OBJECTEN, Client, faulty
from tests.support.server import Server

REQUIRED = {
    "OIN": OTHER_OIN,
    "VerwerkingsactiviteitId": "c5b9f4e7-8c79-41b9-91e2-6268419cb167",
    "VerwerkingsactiviteitUrl": "https://afnemer.example/activiteiten/8",
}


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    server = Server(
        tmp_path_factory.mktemp("other"),
        GEBRUIKERS_LOGGEN="nee",
        INZAGE_KOPPEN_VERPLICHT="ja",
        MAX_BODY="2 KiB",
        WACHTRIJ="1",
        BASIS_URL="https://log.gemeente.example/achter/een/proxy",
    )
    try:
        server.start()
        client = Client(server.url)
        yield client
        client.close()
        assert server.stop() == 0, server.log()
        server.assert_sound()
        assert "medewerker-12" not in server.log()
    finally:
        server.dispose()


def test_M9_a_user_is_accepted_and_not_kept(other: Client) -> None:
    bewerking = other.bewerking(*ALL_SCOPES, user_id="ambtenaar-99")
    actie = bewerking.register(an_actie())
    assert actie["gebruiker"] == ""
    path = f"{ACTIES}/{actie['actieId']}"
    assert bewerking.put(path, {**actie, "gebruiker": "medewerker-12"}).json()["gebruiker"] == ""
    assert bewerking.get(path).json()["gebruiker"] == ""
    authors = [version["vastgelegdDoor"]["gebruiker"] for version in bewerking.versions(actie["actieId"])]
    assert authors == ["", ""]


def test_M9_a_user_is_still_checked(other: Client) -> None:
    answer = other.bewerking("create:normal").post(ACTIES, an_actie(gebruiker="g" * 41))
    assert faulty(answer) == ["gebruiker"]


def test_M9_holds_for_the_entries_of_reads(other: Client) -> None:
    person, bewerking = bsn(), other.bewerking(*ALL_SCOPES, user_id="ambtenaar-99")
    bewerking.get(ACTIES, person_query(person))
    [entry] = bewerking.results(ACTIES, person_query(person))
    assert entry["gebruiker"] == ""


def test_L2_inzage_can_demand_its_headers(other: Client) -> None:
    inzage, query = other.inzage("read:normal"), inzage_query(bsn())
    assert faulty(inzage.get(OBJECTEN, query)) == sorted(REQUIRED)
    assert faulty(inzage.get(OBJECTEN, query, headers={"OIN": OTHER_OIN})) == sorted(REQUIRED)[1:]
    assert inzage.get(OBJECTEN, query, headers=REQUIRED).status_code == 200


def test_L2_bewerking_does_not_demand_them(other: Client) -> None:
    query = person_query(bsn(), vertrouwelijkheid="normaal")
    assert other.bewerking("read:normal").get(ACTIES, query).status_code == 200


def test_E2_the_limit_of_a_body_is_a_setting(other: Client) -> None:
    bewerking = other.bewerking("create:normal")
    assert bewerking.post(ACTIES, an_actie()).status_code == 201
    assert bewerking.post(ACTIES, an_actie(*(bsn() for _ in range(20)))).status_code == 413


def test_E2_under_overload_some_are_told_to_come_back_and_none_is_written_half(other: Client) -> None:
    bewerking, person = other.bewerking(*ALL_SCOPES), bsn()
    answers: list[httpx.Response] = []
    with ThreadPoolExecutor(24) as pool:
        while len(answers) < 5_000 and all(answer.status_code == 201 for answer in answers):
            answers += pool.map(lambda _: bewerking.post(ACTIES, an_actie(person)), range(48))
    refused = [answer for answer in answers if answer.status_code != 201]
    assert {answer.status_code for answer in refused} == {429}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    count = bewerking.get(ACTIES, person_query(person)).json()["count"]
    assert count == len(answers) - len(refused) > 0


def test_P1_addresses_begin_with_the_public_one(other: Client) -> None:
    actie = other.bewerking("create:normal").register(an_actie())
    base = "https://log.gemeente.example/achter/een/proxy"
    assert actie["url"] == f"{base}/bewerking/api/v1{ACTIES}/{actie['actieId']}"
    assert actie["verwerkteObjecten"][0]["url"].startswith(f"{base}/inzage/api/v1{OBJECTEN}/")
