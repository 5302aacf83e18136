import re
from datetime import datetime
from uuid import uuid4

import pytest

from tests.support.acties import EMPTY, Json, a_minimal_actie, an_actie, an_object, bsn, person_query
from tests.support.client import ACTIES, BEWERKING, INZAGE, Api, Client, faulty

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_P1_answers_with_the_whole_actie(client: Client, bewerking: Api) -> None:
    given = an_actie(bsn(), bsn())
    answer = bewerking.post(ACTIES, given)
    assert answer.status_code == 201, answer.text
    actie = answer.json()
    assert actie["url"] == answer.headers["Location"] == f"{client.url}{BEWERKING}{ACTIES}/{actie['actieId']}"
    assert datetime.fromisoformat(actie["tijdstipRegistratie"]).tzinfo is not None
    assert {name: actie[name] for name in given if name != "verwerkteObjecten"} == {
        name: value for name, value in given.items() if name != "verwerkteObjecten"
    }
    for object_, given_object in zip(actie["verwerkteObjecten"], given["verwerkteObjecten"], strict=True):
        assert {name: object_[name] for name in given_object} == given_object


def test_P1_every_address_in_the_answer_works(client: Client, bewerking: Api, inzage: Api) -> None:
    actie = bewerking.register(an_actie(bsn(), bsn()))
    assert bewerking.get(actie["url"]).json() == actie
    for object_ in actie["verwerkteObjecten"]:
        assert object_["url"].startswith(f"{client.url}{INZAGE}/verwerkte-objecten/")
        shown = inzage.get(object_["url"]).json()
        assert shown["verwerktObjectId"] == object_["verwerktObjectId"]
        assert shown["objectId"] == object_["objectId"]


def test_P1_an_actie_without_persons_is_accepted(bewerking: Api) -> None:
    assert bewerking.register(an_actie(verwerkteObjecten=[]))["verwerkteObjecten"] == []


def test_M1_one_person_may_occur_more_than_once(bewerking: Api) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person, person))
    ids = [object_["verwerktObjectId"] for object_ in actie["verwerkteObjecten"]]
    assert len(set(ids)) == 2


def test_M3_an_actie_id_is_a_random_uuid(bewerking: Api) -> None:
    ids = {bewerking.register(a_minimal_actie())["actieId"] for _ in range(20)}
    assert len(ids) == 20
    assert all(UUID4.fullmatch(actie_id) for actie_id in ids)


@pytest.mark.parametrize(
    "tijdstip",
    [
        "2024-04-05T14:35:42+01:00",
        "2024-04-05T14:35:42Z",
        "2024-04-05t14:35:42z",
        "2024-04-05T14:35:42-00:00",
        "2024-04-05T14:35:42.1Z",
        "2024-04-05T14:35:42.120000000+00:00",
        "2024-04-05T14:35:42.123456789+23:59",
        "2024-02-29T23:59:59.999999999-23:59",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_M4_a_tijdstip_comes_back_as_it_was_given(bewerking: Api, tijdstip: str) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person, tijdstip=tijdstip))
    assert actie["tijdstip"] == tijdstip
    [found] = bewerking.results(ACTIES, person_query(person))
    assert found["tijdstip"] == tijdstip
    assert bewerking.get(actie["url"]).json()["tijdstip"] == tijdstip


@pytest.mark.parametrize(
    "tijdstip",
    [
        "2024-04-05T14:35:42",
        "2024-04-05",
        "2024-04-05 14:35:42Z",
        "2024-04-05T14:35:60Z",
        "2024-04-05T24:00:00Z",
        "2024-04-05T14:60:00Z",
        "2024-04-05T14:35Z",
        "2023-02-29T14:35:42Z",
        "2024-04-31T14:35:42Z",
        "2024-13-01T14:35:42Z",
        "2024-00-10T14:35:42Z",
        "2024-04-05T14:35:42+24:00",
        "2024-04-05T14:35:42+01:60",
        "2024-04-05T14:35:42+0100",
        "2024-04-05T14:35:42+01",
        "2024-04-05T14:35:42.Z",
        "2024-04-05T14:35:42,5Z",
        "2024-04-05T14:35:42.1234567890Z",
        "2024-04-05T14:35:42Z\n",
        "\uff12024-04-05T14:35:42Z",
        "24-04-05T14:35:42Z",
        "12024-04-05T14:35:42Z",
        "",
        None,
        1712327742,
    ],
)
def test_M4_a_moment_that_is_not_one_is_refused(bewerking: Api, tijdstip: object) -> None:
    assert faulty(bewerking.post(ACTIES, an_actie(tijdstip=tijdstip))) == ["tijdstip"]


def test_M5_what_was_not_given_comes_back_empty(bewerking: Api) -> None:
    actie = bewerking.register(a_minimal_actie(bsn()))
    assert {name: actie[name] for name in EMPTY} == EMPTY
    [object_] = actie["verwerkteObjecten"]
    assert (object_["betrokkenheid"], object_["verwerkteSoortenGegevens"]) == ("", [])


@pytest.mark.parametrize("empty", ["", None])
def test_M5_both_spellings_of_empty_are_accepted(bewerking: Api, empty: str | None) -> None:
    object_ = {**an_object(bsn()), "betrokkenheid": empty, "verwerkteSoortenGegevens": None}
    changes: Json = {**dict.fromkeys(EMPTY, empty), "verwerkteObjecten": [object_]}
    actie = bewerking.register(an_actie(**changes))
    assert {name: actie[name] for name in EMPTY} == EMPTY
    assert actie["verwerkteObjecten"][0]["verwerkteSoortenGegevens"] == []
    assert bewerking.get(actie["url"]).json() == actie


@pytest.mark.parametrize("name", ["vertrouwelijkheid", "tijdstip", "verwerkteObjecten"])
def test_M5_a_required_element_may_not_be_null(bewerking: Api, name: str) -> None:
    assert faulty(bewerking.post(ACTIES, an_actie(**{name: None}))) == [name]


def test_M6_enumerations_are_accepted_in_any_case(bewerking: Api) -> None:
    object_ = an_object(bsn(), objecttype="PERSOON")
    actie = bewerking.register(an_actie(vertrouwelijkheid="Vertrouwelijk", verwerkteObjecten=[object_]))
    assert actie["vertrouwelijkheid"] == "vertrouwelijk"
    assert actie["verwerkteObjecten"][0]["objecttype"] == "persoon"


@pytest.mark.parametrize("object_id", ["1", "0", "012345678", "000000012", "999999999"])
def test_M7_a_bsn_has_one_to_nine_digits_and_no_eleven_test(bewerking: Api, object_id: str) -> None:
    actie = bewerking.register(an_actie(verwerkteObjecten=[an_object(object_id)]))
    assert bewerking.get(actie["url"]).json()["verwerkteObjecten"][0]["objectId"] == object_id


@pytest.mark.parametrize(
    "object_id", ["", "1234567890", "12345678a", "-1", "1.5", " 1", "1\n", "\uff11\uff12", "\u0663", None, 12]
)
@pytest.mark.parametrize("soort", ["BSN", "bsn", "Bsn"])
def test_M7_what_cannot_be_a_bsn_is_refused(bewerking: Api, soort: str, object_id: object) -> None:
    object_ = an_object(bsn(), soortObjectId=soort) | {"objectId": object_id}
    answer = bewerking.post(ACTIES, an_actie(verwerkteObjecten=[object_]))
    assert faulty(answer) == ["verwerkteObjecten.0.objectId"]


def test_M7_leading_zeros_and_case_of_the_soort_make_no_other_person(bewerking: Api) -> None:
    digits = f"7{bsn()[4:]}"
    spellings = [("BSN", digits), ("bsn", f"00{digits}"), ("Bsn", f"000{digits}")]
    for soort, object_id in spellings:
        bewerking.register(an_actie(verwerkteObjecten=[an_object(object_id, soortObjectId=soort)]))
    for soort, object_id in spellings:
        results = bewerking.results(ACTIES, person_query(object_id, soortObjectId=soort))
        shown = [object_["objectId"] for found in results for object_ in found["verwerkteObjecten"]]
        assert {spelling for _, spelling in spellings} <= set(shown)


def test_M7_ids_of_other_soorten_compare_exactly(bewerking: Api) -> None:
    number = bsn()
    for object_id in (number, f"0{number}"):
        bewerking.register(an_actie(verwerkteObjecten=[an_object(object_id, soortObjectId="Zaaknummer")]))
    for soort, expected in (("Zaaknummer", 1), ("zaaknummer", 0), ("BSN", 0)):
        assert len(bewerking.results(ACTIES, person_query(number, soortObjectId=soort))) == expected


def test_P3_vertrouwelijkheid_needs_its_scope(client: Client) -> None:
    normal, confidential = client.bewerking("create:normal"), client.bewerking("create:confidential")
    assert normal.post(ACTIES, an_actie(vertrouwelijkheid="vertrouwelijk")).status_code == 403
    assert confidential.post(ACTIES, an_actie(vertrouwelijkheid="vertrouwelijk")).status_code == 201
    for api in (normal, confidential):
        assert api.post(ACTIES, an_actie(vertrouwelijkheid="opgeheven")).status_code == 403


def test_P5_read_only_elements_are_ignored(bewerking: Api) -> None:
    other = str(uuid4())
    given = an_actie(
        url="https://elders.example/",
        actieId=other,
        tijdstipRegistratie="1990-01-01T00:00:00Z",
        verwerkteObjecten=[an_object(bsn(), url="https://elders.example/", verwerktObjectId=other)],
    )
    actie = bewerking.register(given)
    assert other not in (actie["actieId"], actie["verwerkteObjecten"][0]["verwerktObjectId"])
    assert "elders" not in actie["url"] + actie["verwerkteObjecten"][0]["url"]
    assert not actie["tijdstipRegistratie"].startswith("1990")


def test_P5_unknown_elements_are_named(bewerking: Api) -> None:
    object_ = an_object(bsn(), leeftijd=3, verwerkteSoortenGegevens=[{"soortGegeven": "BSN", "waarde": "1"}])
    answer = bewerking.post(ACTIES, an_actie(actienaam="x", kleur="rood", verwerkteObjecten=[object_]))
    assert faulty(answer) == [
        "actienaam",
        "kleur",
        "verwerkteObjecten.0.leeftijd",
        "verwerkteObjecten.0.verwerkteSoortenGegevens.0.waarde",
    ]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('{"tijdstip": "2024-04-05T14:35:42Z", "tijdstip": "2024-04-05T14:35:42Z", %s}', "tijdstip"),
        ('{"tijdstip": "2024-04-05T14:35:42Z", "actieNaam": "a", "actieNaam": "b", %s}', "actieNaam"),
    ],
)
def test_P5_a_duplicate_key_is_named(bewerking: Api, body: str, name: str) -> None:
    rest = '"vertrouwelijkheid": "normaal", "verwerkteObjecten": []'
    answer = bewerking.post(ACTIES, content=body % rest, headers={"Content-Type": "application/json"})
    assert faulty(answer) == [name]


def test_P5_a_duplicate_key_inside_an_object_is_named(bewerking: Api) -> None:
    object_ = '{"objecttype": "persoon", "soortObjectId": "BSN", "objectId": "12", "objectId": "13"}'
    body = (
        '{"vertrouwelijkheid": "normaal", "tijdstip": "2024-04-05T14:35:42Z",'
        f' "verwerkteObjecten": [{object_}]}}'
    )
    answer = bewerking.post(ACTIES, content=body, headers={"Content-Type": "application/json"})
    assert faulty(answer) == ["verwerkteObjecten.0.objectId"]
