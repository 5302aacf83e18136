"""The standard's own cases, played out against a running log."""

from uuid import uuid4

from tests.support.acties import Json, an_actie, an_object, bsn, inzage_query, person_query
from tests.support.client import ACTIES, OBJECTEN, Api, Client

READ = "Raadplegen verwerkingenlog"


def seen_by(inzage: Api, person: str) -> dict[str, Json]:
    """Give what a person sees through the Inzage API, by actieId, without the entries of reads."""
    results = inzage.results(OBJECTEN, inzage_query(person))
    return {
        result["verwerkingsactie"]["actieId"]: result
        for result in results
        if result["verwerkingsactie"]["actieNaam"] != READ
    }


def found_by(bewerking: Api, person: str, **more: str) -> list[str]:
    """Give the ids of the acties about a person that the municipality itself finds."""
    results = bewerking.results(ACTIES, person_query(person, **more))
    return [actie["actieId"] for actie in results if actie["actieNaam"] != READ]


def test_B3891_M2_M8_the_timeline_of_one_actie(bewerking: Api, inzage: Api, client: Client) -> None:
    person, registration, right = bsn(), str(uuid4()), str(uuid4())
    given = an_actie(
        person,
        actieNaam="Registratie Foobar",
        verwerkingsactiviteitId=registration,
        bewaartermijn=None,
        vertrouwelijkheid="vertrouwelijk",
    )
    query = {"verwerkingId": given["verwerkingId"]}

    # t=0: registered, confidential, with a verwerkingsactiviteit that turns out to be wrong
    actie = bewerking.register(given)
    actie_id = actie["actieId"]
    assert found_by(bewerking, person, vertrouwelijkheid="vertrouwelijk") == [actie_id]
    assert seen_by(inzage, person) == {}

    # t=1: the verwerkingsactiviteit is corrected
    corrected = bewerking.put(actie["url"], {**actie, "verwerkingsactiviteitId": right})
    assert corrected.status_code == 200
    assert found_by(bewerking, person, verwerkingsactiviteitId=registration) == []
    assert found_by(bewerking, person, verwerkingsactiviteitId=right) == [actie_id]
    assert seen_by(inzage, person) == {}

    # t=2: it is no longer confidential
    assert bewerking.patch(ACTIES, {"vertrouwelijkheid": "opgeheven"}, params=query).status_code == 204
    assert found_by(bewerking, person, vertrouwelijkheid="opgeheven") == [actie_id]
    assert found_by(bewerking, person, vertrouwelijkheid="normaal") == []
    assert seen_by(inzage, person).keys() == {actie_id}
    assert seen_by(client.inzage("read:normal"), person) == {}

    # t=3: its bewaartermijn becomes known
    assert bewerking.patch(ACTIES, {"bewaartermijn": "P5Y"}, params=query).status_code == 204
    assert seen_by(inzage, person)[actie_id]["verwerkingsactie"]["bewaartermijn"] == "P5Y"

    # t=4: it is confidential again
    assert bewerking.patch(ACTIES, {"vertrouwelijkheid": "vertrouwelijk"}, params=query).status_code == 204
    assert found_by(bewerking, person, vertrouwelijkheid="vertrouwelijk") == [actie_id]
    assert seen_by(inzage, person) == {}

    # t=6: it is deleted
    assert bewerking.delete(actie["url"]).status_code == 204
    assert found_by(bewerking, person) == []
    assert bewerking.get(actie["url"]).status_code == 404

    history = bewerking.versions(actie_id)[::-1]
    told = [
        (
            version["versie"],
            version["verwerkingsactiviteitId"],
            version["vertrouwelijkheid"],
            version["bewaartermijn"],
            version["vervallen"],
        )
        for version in history
    ]
    assert told == [
        (1, registration, "vertrouwelijk", None, False),
        (2, right, "vertrouwelijk", None, False),
        (3, right, "opgeheven", None, False),
        (4, right, "opgeheven", "P5Y", False),
        (5, right, "vertrouwelijk", "P5Y", False),
        (6, right, "vertrouwelijk", "P5Y", True),
    ]
    assert {version["actieId"] for version in history} == {actie_id}
    assert len({version["tijdstipRegistratie"] for version in history}) == 6


def test_C1628_I4_of_a_household_that_moves_each_sees_only_themself(bewerking: Api, inzage: Api) -> None:
    household = [bsn() for _ in range(4)]
    verwerking = {"verwerkingId": str(uuid4()), "verwerkingNaam": "Verhuizing"}
    roles = ["Aangever", "Medebewoner", "Medebewoner", "Medebewoner"]
    objects = [an_object(person, betrokkenheid=role) for person, role in zip(household, roles, strict=True)]
    shown = bewerking.register(an_actie(actieNaam="Opvragen", verwerkteObjecten=objects, **verwerking))
    stored = bewerking.register(an_actie(actieNaam="Opslaan", verwerkteObjecten=objects, **verwerking))
    for person, role in zip(household, roles, strict=True):
        seen = seen_by(inzage, person)
        assert seen.keys() == {shown["actieId"], stored["actieId"]}
        assert {result["betrokkenheid"] for result in seen.values()} == {role}
        assert not any(other in str(seen) for other in household if other != person)


def test_C4081_G2_of_a_search_result_each_sees_only_themself(bewerking: Api, inzage: Api) -> None:
    shown, searched_for = [bsn() for _ in range(25)], bsn()
    verwerking = {"verwerkingId": str(uuid4()), "verwerkingNaam": "Verhuizing"}
    objects = [
        an_object(person, betrokkenheid="Getoond in zoekresultaat") for person in [*shown, searched_for]
    ]
    search = bewerking.register(an_actie(actieNaam="Zoeken persoon", verwerkteObjecten=objects, **verwerking))
    steps = [
        bewerking.register(an_actie(searched_for, actieNaam=name, **verwerking))["actieId"]
        for name in ("Selectie persoon", "Opvragen persoonsgegevens", "Opslaan persoonsgegevens")
    ]
    for person in shown:
        seen = seen_by(inzage, person)
        assert seen.keys() == {search["actieId"]}
        assert seen[search["actieId"]]["betrokkenheid"] == "Getoond in zoekresultaat"
        assert not any(other in str(seen) for other in [*shown, searched_for] if other != person)
    assert seen_by(inzage, searched_for).keys() == {search["actieId"], *steps}
    [found] = bewerking.results(
        ACTIES, person_query(shown[0], vertrouwelijkheid="normaal", eindDatum="2025-01-01")
    )
    assert [object_["objectId"] for object_ in found["verwerkteObjecten"]] == [shown[0]]


def test_C3079_M8_a_confidential_inquiry_is_lifted(client: Client, inzage: Api) -> None:
    suspect, bystander = bsn(), bsn()
    inquiry = {"verwerkingId": str(uuid4())}
    investigator = client.bewerking("create:normal", "create:confidential")
    secret = {"vertrouwelijkheid": "vertrouwelijk", "verwerkingNaam": "Fraudeonderzoek", **inquiry}
    looked = investigator.register(an_actie(suspect, bystander, actieNaam="Zoeken", **secret))
    opened = investigator.register(an_actie(suspect, actieNaam="Opvragen", **secret))
    public = investigator.register(an_actie(suspect, verwerkingNaam="Verhuizing"))
    ordinary_reader = client.bewerking("read:normal")
    assert seen_by(inzage, suspect).keys() == {public["actieId"]}
    assert seen_by(inzage, bystander) == {}
    assert found_by(ordinary_reader, suspect, vertrouwelijkheid="normaal") == [public["actieId"]]
    assert ordinary_reader.get(looked["url"]).status_code == 403

    body = {"vertrouwelijkheid": "opgeheven"}
    clerk, lead = client.bewerking("update:normal"), client.bewerking("update:confidential")
    assert clerk.patch(ACTIES, body, params=inquiry).status_code == 403
    assert seen_by(inzage, bystander) == {}
    assert lead.patch(ACTIES, body, params=inquiry).status_code == 204

    assert seen_by(inzage, suspect).keys() == {looked["actieId"], opened["actieId"], public["actieId"]}
    assert seen_by(inzage, bystander).keys() == {looked["actieId"]}
    assert suspect not in str(seen_by(inzage, bystander))
    assert seen_by(client.inzage("read:normal"), bystander) == {}
    assert found_by(ordinary_reader, suspect, vertrouwelijkheid="normaal") == [public["actieId"]]


def test_C5644_W4_the_bewaartermijn_becomes_known_later(client: Client, bewerking: Api) -> None:
    verwerking, afnemer = str(uuid4()), str(uuid4())
    own = [
        bewerking.register(an_actie(verwerkingId=verwerking, bewaartermijn=None, verwerkingIdAfnemer=None))
        for _ in range(3)
    ]
    for_a_consumer = bewerking.register(an_actie(verwerkingIdAfnemer=afnemer, bewaartermijn=None))
    assert [actie["bewaartermijn"] for actie in own] == [None] * 3

    clerk = client.bewerking("update:normal")
    assert (
        clerk.patch(ACTIES, {"bewaartermijn": "P20Y"}, params={"verwerkingId": verwerking}).status_code == 204
    )
    assert {bewerking.get(actie["url"]).json()["bewaartermijn"] for actie in own} == {"P20Y"}
    assert bewerking.get(for_a_consumer["url"]).json()["bewaartermijn"] is None

    query = {"verwerkingIdAfnemer": afnemer}
    assert clerk.patch(ACTIES, {"bewaartermijn": "P2Y"}, params=query).status_code == 204
    assert bewerking.get(for_a_consumer["url"]).json()["bewaartermijn"] == "P2Y"
    assert [version["bewaartermijn"] for version in bewerking.versions(own[0]["actieId"])] == ["P20Y", None]


def test_C7021_U1_an_actie_with_the_wrong_activity_is_corrected(
    client: Client, bewerking: Api, inzage: Api
) -> None:
    person, wrong, right = bsn(), str(uuid4()), str(uuid4())
    actie = bewerking.register(an_actie(person, verwerkingsactiviteitId=wrong))
    [before] = seen_by(inzage, person).values()
    assert before["verwerkingsactie"]["verwerkingsactiviteitId"] == wrong

    officer = client.bewerking("read:normal", "read:confidential")
    whole = officer.get(actie["url"]).json()
    corrector = client.bewerking("update:normal", user_id="functionaris-1")
    assert corrector.put(actie["url"], {**whole, "verwerkingsactiviteitId": right}).status_code == 200

    [after] = seen_by(inzage, person).values()
    assert after["verwerkingsactie"]["verwerkingsactiviteitId"] == right
    assert after["verwerktObjectId"] == before["verwerktObjectId"]
    newest, oldest = bewerking.versions(actie["actieId"])
    assert newest["vastgelegdDoor"]["gebruiker"] == "functionaris-1"
    assert oldest["verwerkingsactiviteitId"] == wrong


def test_C6866_D1_an_actie_about_the_wrong_person_is_deleted(bewerking: Api, inzage: Api) -> None:
    person = bsn()
    mistake, rightful = (bewerking.register(an_actie(person)) for _ in range(2))
    assert seen_by(inzage, person).keys() == {mistake["actieId"], rightful["actieId"]}
    assert bewerking.delete(mistake["url"]).status_code == 204
    assert seen_by(inzage, person).keys() == {rightful["actieId"]}
    assert found_by(bewerking, person) == [rightful["actieId"]]
    lapsed, original = bewerking.versions(mistake["actieId"])
    assert (lapsed["vervallen"], original["vervallen"]) == (True, False)
    assert original["verwerkteObjecten"] == mistake["verwerkteObjecten"]


def test_C3677_L1_L2_who_looked_into_the_log_is_in_the_log(client: Client, bewerking: Api) -> None:
    person = bsn()
    bewerking.register(an_actie(person, tijdstip="2024-04-05T14:35:42+01:00"))
    portal = client.inzage("read:confidential", user_id="portaal")
    headers = {
        "OIN": "00000001003214345000",
        "VerwerkingId": str(uuid4()),
        "Vertrouwelijkheid": "normaal",
        "Bewaartermijn": "150",
    }
    first = portal.get(OBJECTEN, inzage_query(person), headers=headers).json()
    assert first["count"] == 1
    second = portal.get(OBJECTEN, inzage_query(person)).json()
    assert second["count"] == 2
    reading = second["results"][0]["verwerkingsactie"]
    assert (reading["actieNaam"], reading["bewaartermijn"]) == (READ, "P150Y")
    assert (reading["afnemerId"], reading["verwerkingIdAfnemer"]) == (headers["OIN"], headers["VerwerkingId"])
    assert "gebruiker" not in reading
    newest, oldest = bewerking.results(ACTIES, person_query(person, beginDatum="2025-01-01"))
    assert {newest["gebruiker"], oldest["gebruiker"]} == {"portaal"}


def test_C3677_L1_a_search_for_someone_unknown_is_logged_too(inzage: Api, bewerking: Api) -> None:
    person = bsn()
    assert inzage.results(OBJECTEN, inzage_query(person)) == []
    [entry] = bewerking.results(ACTIES, person_query(person))
    assert entry["actieNaam"] == READ
