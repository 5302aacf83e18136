from uuid import uuid4

import pytest

from tests.support.acties import ACTIVITEIT, UNKNOWN, Json, an_actie, an_object, bsn, inzage_query
from tests.support.client import ACTIES, OBJECTEN, Api, Client, faulty

ZOEK = f"{OBJECTEN}/_zoek"
READ = "Raadplegen verwerkingenlog"
INTERNAL = {"systeem", "gebruiker", "gegevensbron"}


def seen(api: Api, person: str, **more: str) -> list[Json]:
    """Give the occurrences that a person sees, without the entries of reads."""
    results = api.results(OBJECTEN, inzage_query(person, **more))
    return [result for result in results if result["verwerkingsactie"]["actieNaam"] != READ]


@pytest.mark.parametrize("name", ["objecttype", "soortObjectId", "objectId", "beginDatum", "eindDatum"])
def test_I1_person_and_period_are_required(inzage: Api, name: str) -> None:
    query = inzage_query(bsn())
    del query[name]
    assert faulty(inzage.get(OBJECTEN, query)) == [name]
    assert faulty(inzage.post(ZOEK, query)) == [name]


def test_I1_all_that_is_missing_is_named_at_once(inzage: Api) -> None:
    assert faulty(inzage.get(OBJECTEN)) == sorted(inzage_query("1"))


def test_I1_the_end_lies_after_the_beginning(inzage: Api) -> None:
    query = inzage_query(bsn()) | {"beginDatum": "2024-04-05", "eindDatum": "2024-04-05"}
    assert faulty(inzage.get(OBJECTEN, query)) == ["eindDatum"]


def test_I1_vertrouwelijkheid_is_no_filter_here(inzage: Api) -> None:
    answer = inzage.get(OBJECTEN, inzage_query(bsn(), vertrouwelijkheid="normaal"))
    assert faulty(answer) == ["vertrouwelijkheid"]


def test_I1_period_and_activiteit_narrow(bewerking: Api, inzage: Api) -> None:
    person, other = bsn(), str(uuid4())
    moments = ("2023-06-01T00:00:00+02:00", "2024-06-01T00:00:00+02:00")
    early, late = (bewerking.register(an_actie(person, tijdstip=moment)) for moment in moments)
    elsewhere = bewerking.register(an_actie(person, tijdstip=moments[0], verwerkingsactiviteitId=other))

    def acties(**more: str) -> set[str]:
        return {result["verwerkingsactie"]["actieId"] for result in seen(inzage, person, **more)}

    assert acties(eindDatum="2024-06-01") == {early["actieId"], elsewhere["actieId"]}
    assert acties(beginDatum="2024-06-01") == {late["actieId"]}
    assert acties(verwerkingsactiviteitId=other) == {elsewhere["actieId"]}
    assert acties(verwerkingsactiviteitId=ACTIVITEIT) == {early["actieId"], late["actieId"]}


def test_I1_zoek_gives_what_the_search_gives(bewerking: Api, inzage: Api) -> None:
    person = bsn()
    bewerking.register(an_actie(person))
    asked = inzage_query(person) | {"eindDatum": "2025-01-01"}
    answer = inzage.post(ZOEK, {**asked, "pageSize": 10})
    assert answer.status_code == 200
    assert answer.json()["results"] == inzage.results(OBJECTEN, asked)
    assert len(answer.json()["results"]) == 1


def test_I2_an_occurrence_with_its_actie_inside(bewerking: Api, inzage: Api) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person))
    [result] = seen(inzage, person)
    [object_] = actie["verwerkteObjecten"]
    assert object_.items() <= result.items()
    inside = result["verwerkingsactie"]
    expected = {name: value for name, value in actie.items() if name not in INTERNAL}
    assert {name: inside[name] for name in expected} == expected
    assert not INTERNAL & inside.keys()
    assert inzage.get(object_["url"]).json() == result


def test_I2_one_result_for_each_occurrence(bewerking: Api, inzage: Api) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person, bsn(), person))
    results = seen(inzage, person)
    expected = {object_["verwerktObjectId"] for object_ in actie["verwerkteObjecten"][::2]}
    assert {result["verwerktObjectId"] for result in results} == expected
    for result in results:
        [inside] = result["verwerkingsactie"]["verwerkteObjecten"]
        assert inside["verwerktObjectId"] == result["verwerktObjectId"]


def test_I2_paging_covers_every_occurrence_once(bewerking: Api, inzage: Api) -> None:
    person = bsn()
    for minute in range(3):
        bewerking.register(an_actie(person, person, person, tijdstip=f"2024-04-05T14:0{minute}:00Z"))
    answer = inzage.get(OBJECTEN, inzage_query(person, pageSize="2")).json()
    pages = [answer["results"]]
    assert answer["count"] == 9
    while answer["next"]:
        answer = inzage.get(answer["next"]).json()
        pages.append(answer["results"])
    results = [result for page in pages for result in page]
    assert [len(page) for page in pages] == [2, 2, 2, 2, 1]
    assert len({result["verwerktObjectId"] for result in results}) == 9
    moments = [result["verwerkingsactie"]["tijdstip"] for result in results]
    assert moments == sorted(moments, reverse=True)


def test_I3_who_sees_what(client: Client, bewerking: Api) -> None:
    person = bsn()
    open_, secret, lifted, back, gone = (
        bewerking.register(an_actie(person, vertrouwelijkheid=value))
        for value in ("normaal", "vertrouwelijk", "vertrouwelijk", "vertrouwelijk", "normaal")
    )
    query = {"verwerkingId": lifted["verwerkingId"]}
    assert bewerking.patch(ACTIES, {"vertrouwelijkheid": "opgeheven"}, params=query).status_code == 204
    assert bewerking.put(back["url"], {**back, "vertrouwelijkheid": "normaal"}).status_code == 200
    bewerking.delete(gone["url"])
    for scope, visible in (("read:normal", [open_]), ("read:confidential", [open_, lifted, back])):
        api = client.inzage(scope)
        shown = {result["verwerkingsactie"]["actieId"] for result in seen(api, person)}
        assert shown == {actie["actieId"] for actie in visible}
        for actie in (open_, secret, lifted, back, gone):
            status = api.get(actie["verwerkteObjecten"][0]["url"]).status_code
            assert status == (200 if actie in visible else 404)


@pytest.mark.parametrize("object_id", [UNKNOWN, "x", "%00", "5f0bef4cf66f431184a519e8bf359eaf"])
def test_I3_what_does_not_exist_is_not_found(inzage: Api, object_id: str) -> None:
    assert inzage.get(f"{OBJECTEN}/{object_id}").status_code == 404


def test_I3_the_id_of_an_actie_is_not_that_of_an_object(bewerking: Api, inzage: Api) -> None:
    actie = bewerking.register(an_actie(bsn()))
    assert inzage.get(f"{OBJECTEN}/{actie['actieId']}").status_code == 404


def test_I4_no_other_person_appears(bewerking: Api, inzage: Api) -> None:
    person, housemate, afnemer = bsn(), bsn(), bsn()
    actie = bewerking.register(an_actie(housemate, person, soortAfnemerId="BSN", afnemerId=afnemer))
    for answer in (
        inzage.get(OBJECTEN, inzage_query(person)),
        inzage.post(ZOEK, inzage_query(person)),
        inzage.get(actie["verwerkteObjecten"][1]["url"]),
    ):
        assert answer.status_code == 200
        assert person in answer.text
        assert housemate not in answer.text
        assert afnemer not in answer.text


def test_I4_an_afnemer_that_is_the_person_or_an_organisation_is_shown(bewerking: Api, inzage: Api) -> None:
    person = bsn()
    bewerking.register(an_actie(person, soortAfnemerId="BSN", afnemerId=person))
    bewerking.register(an_actie(person))
    shown = {result["verwerkingsactie"]["afnemerId"] for result in seen(inzage, person)}
    assert shown == {person, an_actie()["afnemerId"]}


def test_I5_an_occurrence_keeps_its_id_over_versions(bewerking: Api, inzage: Api) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person))
    [object_] = actie["verwerkteObjecten"]
    bewerking.put(actie["url"], {**actie, "verwerkteObjecten": [an_object(bsn()), an_object(person)]})
    bewerking.patch(ACTIES, {"bewaartermijn": "P1Y"}, params={"verwerkingId": actie["verwerkingId"]})
    result = inzage.get(object_["url"]).json()
    assert result["objectId"] == person
    assert result["verwerkingsactie"]["bewaartermijn"] == "P1Y"
    assert [each["verwerktObjectId"] for each in seen(inzage, person)] == [object_["verwerktObjectId"]]
