import pytest

from tests.support.acties import ACTIVITEIT, a_minimal_actie, an_actie, an_object, bsn, person_query
from tests.support.client import ACTIES, Api, Client, faulty

ZOEK = f"{ACTIES}/_zoek"
READ = "Raadplegen verwerkingenlog"


def found(api: Api, person: str, **more: str) -> list[str]:
    """Give the ids of the acties about a person, without the entries of reads."""
    results = api.results(ACTIES, person_query(person, **more))
    return [actie["actieId"] for actie in results if actie["actieNaam"] != READ]


def test_G1_a_search_gives_the_whole_actie(bewerking: Api) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person))
    assert bewerking.results(ACTIES, person_query(person)) == [actie]


@pytest.mark.parametrize("name", ["objecttype", "soortObjectId", "objectId"])
def test_G1_a_person_is_required(bewerking: Api, name: str) -> None:
    query = person_query(bsn())
    del query[name]
    assert faulty(bewerking.get(ACTIES, query)) == [name]


def test_G1_all_that_is_missing_is_named_at_once(bewerking: Api) -> None:
    assert faulty(bewerking.get(ACTIES)) == ["objectId", "objecttype", "soortObjectId"]


@pytest.mark.parametrize(
    ("tijdstip", "day"),
    [
        ("2024-04-05T21:59:59.999999999Z", "2024-04-05"),
        ("2024-04-05T22:00:00Z", "2024-04-06"),
        ("2024-01-05T22:59:59.999999999Z", "2024-01-05"),
        ("2024-01-05T23:00:00Z", "2024-01-06"),
        ("2024-04-06T00:30:00+05:00", "2024-04-05"),
        ("2024-04-05T14:00:00-11:00", "2024-04-06"),
    ],
)
def test_G1_dates_are_days_in_amsterdam(bewerking: Api, tijdstip: str, day: str) -> None:
    person = bsn()
    actie_id = bewerking.register(an_actie(person, tijdstip=tijdstip))["actieId"]
    next_day = f"{day[:-2]}{int(day[-2:]) + 1:02}"
    assert found(bewerking, person, beginDatum=day, eindDatum=next_day) == [actie_id]
    assert found(bewerking, person, beginDatum=next_day) == []
    assert found(bewerking, person, eindDatum=day) == []


def test_G1_the_end_lies_after_the_beginning(bewerking: Api) -> None:
    person = bsn()
    for end in ("2024-04-05", "2024-04-04"):
        answer = bewerking.get(ACTIES, person_query(person, beginDatum="2024-04-05", eindDatum=end))
        assert faulty(answer) == ["eindDatum"]


@pytest.mark.parametrize("date", ["2024-02-30", "20240405", "2024-4-5", "2024-04-05T00:00:00Z", "vandaag"])
@pytest.mark.parametrize("name", ["beginDatum", "eindDatum"])
def test_G1_a_date_that_is_not_one_is_refused(bewerking: Api, name: str, date: str) -> None:
    assert faulty(bewerking.get(ACTIES, person_query(bsn(), **{name: date}))) == [name]


def test_G1_the_verwerkingsactiviteit_narrows(bewerking: Api) -> None:
    person, other = bsn(), "c5b9f4e7-8c79-41b9-91e2-6268419cb167"
    first = bewerking.register(an_actie(person))["actieId"]
    second = bewerking.register(an_actie(person, verwerkingsactiviteitId=other))["actieId"]
    assert found(bewerking, person, verwerkingsactiviteitId=ACTIVITEIT) == [first]
    assert found(bewerking, person, verwerkingsactiviteitId=other.upper()) == [second]


def test_G1_vertrouwelijkheid_has_three_spellings(bewerking: Api) -> None:
    person = bsn()
    normal = bewerking.register(an_actie(person))["actieId"]
    secret = bewerking.register(an_actie(person, vertrouwelijkheid="vertrouwelijk"))["actieId"]
    both = {normal, secret}
    query = tuple(person_query(person).items())
    for spelling in (
        (("vertrouwelijkheid", "normaal"), ("vertrouwelijkheid", "Vertrouwelijk")),
        (("vertrouwelijkheid", "normaal,vertrouwelijk"),),
        (("vertrouwelijkheid__in", "vertrouwelijk,NORMAAL"),),
    ):
        results = bewerking.results(ACTIES, query + spelling)
        assert {actie["actieId"] for actie in results if actie["actieNaam"] != READ} == both
    assert found(bewerking, person, vertrouwelijkheid="vertrouwelijk") == [secret]


def test_G1_a_wrong_value_is_refused(bewerking: Api) -> None:
    person = bsn()
    for name, value in (
        ("vertrouwelijkheid", "geheim"),
        ("vertrouwelijkheid", "normaal,"),
        ("verwerkingsactiviteitId", "x"),
        ("objecttype", "dier"),
        ("objectId", "12345678x"),
        ("objectId", "1234567890"),
        ("soortObjectId", "s" * 243),
        ("pageSize", "0"),
        ("pageSize", "101"),
        ("pageSize", "tien"),
        ("pageSize", "1.5"),
    ):
        assert faulty(bewerking.get(ACTIES, person_query(person) | {name: value})) == [name]


def test_G2_other_persons_in_the_actie_are_never_shown(bewerking: Api) -> None:
    person, other = bsn(), bsn()
    actie = bewerking.register(an_actie(other, person, other, person))
    [shown] = bewerking.results(ACTIES, person_query(person))
    assert [object_["objectId"] for object_ in shown["verwerkteObjecten"]] == [person, person]
    assert shown["verwerkteObjecten"] == actie["verwerkteObjecten"][1::2]
    assert shown["onvolledig"] is True
    assert other not in str(shown)


def test_G2_an_actie_shown_whole_does_not_say_that_it_is_partial(bewerking: Api) -> None:
    person = bsn()
    bewerking.register(an_actie(person, person))
    [shown] = bewerking.results(ACTIES, person_query(person))
    assert not shown.get("onvolledig")


def test_G2_an_afnemer_that_is_another_person_is_left_empty(bewerking: Api) -> None:
    person, other = bsn(), bsn()
    bewerking.register(an_actie(person, soortAfnemerId="BSN", afnemerId=other))
    [shown] = bewerking.results(ACTIES, person_query(person))
    assert shown["afnemerId"] is None
    assert other not in str(shown)


def test_G2_an_afnemer_that_is_the_person_is_shown(bewerking: Api) -> None:
    person = bsn()
    bewerking.register(an_actie(person, soortAfnemerId="BSN", afnemerId=person))
    [shown] = bewerking.results(ACTIES, person_query(person))
    assert shown["afnemerId"] == person


def test_G2_a_partial_actie_cannot_be_put_back(bewerking: Api) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person, bsn()))
    [shown] = bewerking.results(ACTIES, person_query(person))
    assert faulty(bewerking.put(actie["url"], shown)) == ["onvolledig"]
    assert bewerking.get(actie["url"]).json() == actie


def test_G2_only_what_is_current_is_found(bewerking: Api) -> None:
    person, former = bsn(), bsn()
    gone, moved = (bewerking.register(an_actie(former)) for _ in range(2))
    bewerking.delete(gone["url"])
    bewerking.put(moved["url"], {**moved, "verwerkteObjecten": [an_object(person)]})
    assert found(bewerking, former) == []
    assert found(bewerking, person) == [moved["actieId"]]


def test_G2_a_filter_looks_at_the_current_version_alone(bewerking: Api) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person, tijdstip="2024-04-05T12:00:00Z"))
    bewerking.put(actie["url"], {**actie, "tijdstip": "2025-04-05T12:00:00Z"})
    assert found(bewerking, person, eindDatum="2025-01-01") == []
    assert found(bewerking, person, beginDatum="2025-01-01") == [actie["actieId"]]


def test_G3_with_read_normal_the_filter_must_be_normaal(client: Client, bewerking: Api) -> None:
    person = bsn()
    actie_id = bewerking.register(an_actie(person))["actieId"]
    normal = client.bewerking("read:normal")
    assert found(normal, person, vertrouwelijkheid="normaal") == [actie_id]
    for more in ({}, {"vertrouwelijkheid": "normaal,opgeheven"}, {"vertrouwelijkheid": "vertrouwelijk"}):
        assert normal.get(ACTIES, person_query(person, **more)).status_code == 403


def test_G4_M8_each_actie_answers_to_exactly_one_value(bewerking: Api) -> None:
    person = bsn()
    never, now, lifted, back = (
        bewerking.register(an_actie(person, vertrouwelijkheid=value))
        for value in ("normaal", "vertrouwelijk", "vertrouwelijk", "vertrouwelijk")
    )
    bewerking.patch(
        ACTIES, {"vertrouwelijkheid": "opgeheven"}, params={"verwerkingId": lifted["verwerkingId"]}
    )
    assert bewerking.put(back["url"], {**back, "vertrouwelijkheid": "normaal"}).status_code == 200
    answers = {
        value: set(found(bewerking, person, vertrouwelijkheid=value))
        for value in ("normaal", "vertrouwelijk", "opgeheven")
    }
    assert answers == {
        "normaal": {never["actieId"]},
        "vertrouwelijk": {now["actieId"]},
        "opgeheven": {lifted["actieId"], back["actieId"]},
    }
    assert len(found(bewerking, person)) == 4
    assert bewerking.get(back["url"]).json()["vertrouwelijkheid"] == "normaal"


@pytest.mark.parametrize(
    "more",
    [
        (("kleur", "rood"),),
        (("objectid", "1"),),
        (("beginDatum", ""),),
        (("vertrouwelijkheid", ""),),
        (("pageSize", ""),),
        (("objectId", "1"),),
        (("beginDatum", "2024-01-01"), ("beginDatum", "2024-01-01")),
    ],
)
def test_G6_an_unknown_empty_or_repeated_parameter_is_refused(
    bewerking: Api, more: tuple[tuple[str, str], ...]
) -> None:
    answer = bewerking.get(ACTIES, tuple(person_query(bsn()).items()) + more)
    assert faulty(answer) == [more[0][0]]


def test_G6_holds_for_every_operation(client: Client, bewerking: Api) -> None:
    actie = bewerking.register(an_actie())
    path, query = f"{ACTIES}/{actie['actieId']}", {"kleur": "rood"}
    inzage = client.inzage("read:normal")
    for answer in (
        bewerking.post(ACTIES, a_minimal_actie(), params=query),
        bewerking.get(path, query),
        bewerking.get(f"{path}/versies", query),
        bewerking.put(path, actie, params=query),
        bewerking.delete(path, params=query),
        bewerking.post(ZOEK, person_query(bsn()), params=query),
        inzage.get(f"/verwerkte-objecten/{actie['verwerkteObjecten'][0]['verwerktObjectId']}", query),
    ):
        assert faulty(answer) == ["kleur"]
    patch = {"verwerkingId": actie["verwerkingId"], **query}
    assert faulty(bewerking.patch(ACTIES, {"bewaartermijn": "P1Y"}, params=patch)) == ["kleur"]
    assert len(bewerking.versions(actie["actieId"])) == 1


def test_G7_zoek_gives_what_the_search_gives(bewerking: Api) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person))
    asked = person_query(person, beginDatum="2024-01-01", eindDatum="2025-01-01")
    for more in ({}, {"vertrouwelijkheid": "normaal"}, {"vertrouwelijkheid": ["normaal", "opgeheven"]}):
        answer = bewerking.post(ZOEK, {**asked, "pageSize": 5, **more})
        assert answer.status_code == 200
        assert answer.json()["results"] == [actie]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("beginDatum", None),
        ("beginDatum", ""),
        ("vertrouwelijkheid", None),
        ("vertrouwelijkheid", ""),
        ("vertrouwelijkheid", 1),
        ("verwerkingsactiviteitId", None),
        ("pageSize", "5"),
        ("pageSize", 0),
        ("pageSize", 101),
        ("pageSize", 1.5),
        ("objectId", ""),
        ("objectId", 12),
        ("objecttype", None),
        ("kleur", "rood"),
    ],
)
def test_G7_empty_wrong_and_unknown_elements_are_refused(bewerking: Api, name: str, value: object) -> None:
    assert faulty(bewerking.post(ZOEK, person_query(bsn()) | {name: value})) == [name]


def test_G7_scopes_are_those_of_the_search(client: Client) -> None:
    asked = person_query(bsn())
    assert client.bewerking("read:normal").post(ZOEK, asked).status_code == 403
    normal = {**asked, "vertrouwelijkheid": "normaal"}
    assert client.bewerking("read:normal").post(ZOEK, normal).status_code == 200
    assert client.bewerking("create:normal").post(ZOEK, normal).status_code == 403
