from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.support.acties import ACTIVITEIT, EMPTY, Json, an_actie, an_object, bsn, inzage_query, person_query
from tests.support.applications import (
    ALL_SCOPES,
    OTHER_OIN,
    OWN_OIN,
    SPEAKS_FOR_ONE,
    SPEAKS_FOR_TWO,
    THIRD_OIN,
)
from tests.support.client import ACTIES, OBJECTEN, Api, Client, faulty

READ = "Raadplegen verwerkingenlog"
HEADERS = {
    "OIN": OTHER_OIN,
    "VerwerkingsactiviteitId": "c5b9f4e7-8c79-41b9-91e2-6268419cb167",
    "VerwerkingsactiviteitUrl": "https://afnemer.example/activiteiten/8",
    "VerwerkingId": "4b698de3-ffba-45e7-8697-a283ec863db2",
    "Vertrouwelijkheid": "vertrouwelijk",
    "Bewaartermijn": "P10Y",
}


def reads(api: Api, person: str) -> list[Json]:
    """Give the entries of earlier reads about a person; this is one itself, after its answer."""
    return [actie for actie in api.results(ACTIES, person_query(person)) if actie["actieNaam"] == READ]


Operation = Callable[[Api, Api, Json, str], object]
EVERY_READ: dict[str, Operation] = {
    "list": lambda bewerking, _, __, person: bewerking.get(ACTIES, person_query(person)),
    "zoek": lambda bewerking, _, __, person: bewerking.post(f"{ACTIES}/_zoek", person_query(person)),
    "by id": lambda bewerking, _, actie, __: bewerking.get(actie["url"]),
    "history": lambda bewerking, _, actie, __: bewerking.versions(actie["actieId"]),
    "head": lambda bewerking, _, actie, __: bewerking.request("HEAD", actie["url"]),
    "bewijs": lambda bewerking, _, actie, __: bewerking.prove(
        f"{ACTIES}/{actie['actieId']}/versies/1/bewijs"
    ),
    "inzage list": lambda _, inzage, __, person: inzage.get(OBJECTEN, inzage_query(person)),
    "inzage zoek": lambda _, inzage, __, person: inzage.post(f"{OBJECTEN}/_zoek", inzage_query(person)),
    "inzage by id": lambda _, inzage, actie, __: inzage.get(actie["verwerkteObjecten"][0]["url"]),
    "inzage head": lambda _, inzage, actie, __: inzage.request("HEAD", actie["verwerkteObjecten"][0]["url"]),
    "inzage bewijs": lambda _, inzage, actie, __: inzage.prove(
        f"{OBJECTEN}/{actie['verwerkteObjecten'][0]['verwerktObjectId']}/bewijs"
    ),
}


@pytest.mark.parametrize("operation", EVERY_READ.values(), ids=EVERY_READ)
def test_L1_every_read_of_a_person_writes_one_entry(
    bewerking: Api, inzage: Api, operation: Operation
) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person))
    operation(bewerking, inzage, actie, person)
    [entry] = reads(bewerking, person)
    assert [object_["objectId"] for object_ in entry["verwerkteObjecten"]] == [person]


def test_L1_what_an_entry_holds(client: Client, bewerking: Api) -> None:
    person = bsn()
    client.inzage("read:normal", user_id="burgerportaal").get(OBJECTEN, inzage_query(person))
    [entry] = reads(bewerking, person)
    own = {"actieNaam", "systeem", "gebruiker", "uitvoerder"}
    activiteit = {"verwerkingsactiviteitId", "verwerkingsactiviteitUrl"}
    assert (entry["gebruiker"], entry["uitvoerder"]) == ("burgerportaal", OWN_OIN)
    assert entry["systeem"].lower().startswith("verwerkingenlog")
    assert entry["verwerkingsactiviteitId"] == ACTIVITEIT
    assert entry["verwerkingsactiviteitUrl"] == "https://var.gemeente.example/activiteiten/inzage"
    rest = EMPTY.keys() - own - activiteit
    assert {name: entry[name] for name in rest} == {name: EMPTY[name] for name in rest}
    assert entry["vertrouwelijkheid"] == "normaal"
    age = datetime.now(UTC) - datetime.fromisoformat(entry["tijdstip"])
    assert timedelta() <= age < timedelta(minutes=5)


def test_L1_an_entry_holds_no_search_criteria(bewerking: Api) -> None:
    person = bsn()
    criteria = {
        "beginDatum": "2011-11-11",
        "eindDatum": "2012-12-12",
        "verwerkingsactiviteitId": str(uuid4()),
    }
    bewerking.get(ACTIES, person_query(person, **criteria))
    [entry] = reads(bewerking, person)
    assert not any(value in str(entry) for value in criteria.values())


def test_L1_the_user_is_cut_to_forty_characters(client: Client, bewerking: Api) -> None:
    person = bsn()
    client.inzage("read:normal", user_id="é" * 60).get(OBJECTEN, inzage_query(person))
    [entry] = reads(bewerking, person)
    assert entry["gebruiker"] == "é" * 40


def test_L1_a_read_is_not_part_of_its_own_answer(bewerking: Api) -> None:
    person = bsn()
    for earlier in range(3):
        answer = bewerking.get(ACTIES, person_query(person)).json()
        assert (answer["count"], len(answer["results"])) == (earlier, earlier)


def test_L1_an_entry_is_shown_to_the_person(inzage: Api) -> None:
    person = bsn()
    inzage.get(OBJECTEN, inzage_query(person))
    [result] = inzage.results(OBJECTEN, inzage_query(person))
    assert result["verwerkingsactie"]["actieNaam"] == READ


def test_L1_a_refused_read_writes_nothing(client: Client, bewerking: Api, inzage: Api) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person, vertrouwelijkheid="vertrouwelijk"))
    bewerking.get(ACTIES, person_query(person, kleur="rood"))
    bewerking.get(ACTIES, person_query(person), headers={"OIN": "x"})
    bewerking.get(ACTIES, person_query(person), headers={"Accept": "text/html"})
    client.bewerking("read:normal").get(ACTIES, person_query(person))
    client.bewerking("read:normal").get(actie["url"])
    client.bewerking("create:normal").get(ACTIES, person_query(person))
    inzage.get(actie["verwerkteObjecten"][0]["url"])
    assert reads(bewerking, person) == []


def test_L1_the_pages_behind_next_write_nothing(bewerking: Api, inzage: Api) -> None:
    person = bsn()
    for _ in range(3):
        bewerking.register(an_actie(person))
    for api, path, query in ((bewerking, ACTIES, person_query), (inzage, OBJECTEN, inzage_query)):
        answer = api.get(path, query(person, pageSize="1", eindDatum="2025-01-01")).json()
        while answer["next"]:
            answer = api.get(answer["next"]).json()
    assert len(reads(bewerking, person)) == 2


def test_L1_an_actie_is_about_all_its_persons(bewerking: Api) -> None:
    first, second = bsn(), bsn()
    actie = bewerking.register(an_actie(first, second, first))
    bewerking.get(actie["url"])
    [of_first], [of_second] = reads(bewerking, first), reads(bewerking, second)
    assert of_first["actieId"] == of_second["actieId"]


def test_L1_a_history_is_about_the_persons_of_all_versions(bewerking: Api) -> None:
    former, current = bsn(), bsn()
    actie = bewerking.register(an_actie(former))
    bewerking.put(actie["url"], {**actie, "verwerkteObjecten": [an_object(current)]})
    bewerking.delete(actie["url"])
    bewerking.versions(actie["actieId"])
    assert len(reads(bewerking, former)) == len(reads(bewerking, current)) == 1


def test_L1_an_occurrence_is_about_that_person_alone(bewerking: Api, inzage: Api) -> None:
    person, housemate = bsn(), bsn()
    actie = bewerking.register(an_actie(person, housemate))
    inzage.get(actie["verwerkteObjecten"][0]["url"])
    assert len(reads(bewerking, person)) == 1
    assert reads(bewerking, housemate) == []


def test_L1_reading_an_actie_without_persons_is_possible(bewerking: Api) -> None:
    actie = bewerking.register(an_actie(verwerkteObjecten=[]))
    assert bewerking.get(actie["url"]).status_code == 200
    assert len(bewerking.versions(actie["actieId"])) == 1


def test_L2_the_headers_go_into_the_entry(client: Client, bewerking: Api) -> None:
    person = bsn()
    client.bewerking("read:confidential").get(ACTIES, person_query(person), headers=HEADERS)
    [entry] = reads(bewerking, person)
    assert (entry["soortAfnemerId"], entry["afnemerId"]) == ("OIN", OTHER_OIN)
    assert entry["verwerkingsactiviteitIdAfnemer"] == HEADERS["VerwerkingsactiviteitId"]
    assert entry["verwerkingsactiviteitUrlAfnemer"] == HEADERS["VerwerkingsactiviteitUrl"]
    assert entry["verwerkingIdAfnemer"] == HEADERS["VerwerkingId"]
    assert (entry["vertrouwelijkheid"], entry["bewaartermijn"]) == ("vertrouwelijk", "P10Y")
    assert entry["verwerkingsactiviteitId"] == ACTIVITEIT


@pytest.mark.parametrize(
    ("given", "kept"), [("150", "P150Y"), ("1", "P1Y"), ("9999", "P9999Y"), ("P2W", "P2W")]
)
def test_L2_a_bare_number_is_years(bewerking: Api, inzage: Api, given: str, kept: str) -> None:
    person = bsn()
    inzage.get(OBJECTEN, inzage_query(person), headers={"Bewaartermijn": given})
    [entry] = reads(bewerking, person)
    assert entry["bewaartermijn"] == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OIN", "1234"),
        ("OIN", OTHER_OIN + "0"),
        ("VerwerkingsactiviteitId", "x"),
        ("VerwerkingsactiviteitUrl", "geen-uri"),
        ("VerwerkingId", "x"),
        ("Vertrouwelijkheid", "opgeheven"),
        ("Vertrouwelijkheid", "geheim"),
        ("Bewaartermijn", "12345"),
        ("Bewaartermijn", "tien"),
        ("Bewaartermijn", "-1"),
    ],
)
def test_L2_a_malformed_header_is_refused(bewerking: Api, inzage: Api, name: str, value: str) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person))
    headers = {name: value}
    for answer in (
        bewerking.get(ACTIES, person_query(person), headers=headers),
        bewerking.post(f"{ACTIES}/_zoek", person_query(person), headers=headers),
        bewerking.get(actie["url"], headers=headers),
        bewerking.get(f"{ACTIES}/{actie['actieId']}/versies", headers=headers),
        inzage.get(OBJECTEN, inzage_query(person), headers=headers),
        inzage.get(actie["verwerkteObjecten"][0]["url"], headers=headers),
    ):
        assert faulty(answer) == [name]
    assert reads(bewerking, person) == []


def test_L2_all_that_is_malformed_is_named_at_once(bewerking: Api) -> None:
    headers = {"OIN": "1", "Bewaartermijn": "x", "Vertrouwelijkheid": "x"}
    answer = bewerking.get(ACTIES, person_query(bsn(), kleur="rood"), headers=headers)
    assert faulty(answer) == ["Bewaartermijn", "OIN", "Vertrouwelijkheid", "kleur"]


def test_L2_an_application_speaks_for_its_own_organisations(client: Client, bewerking: Api) -> None:
    person = bsn()
    for application, given, status in (
        (SPEAKS_FOR_ONE, OTHER_OIN, 200),
        (SPEAKS_FOR_ONE, THIRD_OIN, 403),
        (SPEAKS_FOR_ONE, None, 200),
        (SPEAKS_FOR_TWO, THIRD_OIN, 200),
        (SPEAKS_FOR_TWO, OWN_OIN, 403),
        (SPEAKS_FOR_TWO, None, 200),
    ):
        headers = {"OIN": given} if given else {}
        api = client.as_application(application)
        assert api.get(ACTIES, person_query(person), headers=headers).status_code == status
    shown = [entry["afnemerId"] for entry in reads(bewerking, person)]
    assert sorted(shown, key=str) == sorted([OTHER_OIN, OTHER_OIN, THIRD_OIN, None], key=str)


def test_L2_no_header_is_required(client: Client) -> None:
    person = bsn()
    assert client.inzage(*ALL_SCOPES).get(OBJECTEN, inzage_query(person)).status_code == 200
