from collections.abc import Callable

import pytest

from tests.support.acties import EMPTY, UNKNOWN, Json, a_minimal_actie, an_actie, an_object, bsn
from tests.support.client import ACTIES, Api, Client, faulty

WRITABLE = sorted([*EMPTY, "vertrouwelijkheid", "tijdstip", "verwerkteObjecten"])
IN_AN_OBJECT = ["betrokkenheid", "objectId", "objecttype", "soortObjectId", "verwerkteSoortenGegevens"]


def objects(actie: Json) -> list[tuple[str, str]]:
    """Give the person and the id of each occurrence."""
    return [(object_["objectId"], object_["verwerktObjectId"]) for object_ in actie["verwerkteObjecten"]]


def put_objects(api: Api, actie: Json, *given: Json) -> set[tuple[str, str]]:
    """PUT other verwerkte objecten, and give the set that the actie then holds."""
    answer = api.put(actie["url"], {**actie, "verwerkteObjecten": list(given)})
    assert answer.status_code == 200, answer.text
    assert api.get(actie["url"]).json() == answer.json()
    assert len(answer.json()["verwerkteObjecten"]) == len(given)
    return set(objects(answer.json()))


def test_U1_replaces_the_whole_actie(bewerking: Api) -> None:
    first = bewerking.register(an_actie(bsn()))
    changed = an_actie(bsn(), actieNaam="Corrigeren", verwerkingId=None, gebruiker="")
    answer = bewerking.put(first["url"], changed)
    assert answer.status_code == 200
    assert answer.json()["actieId"] == first["actieId"]
    assert {name: answer.json()[name] for name in EMPTY} == {name: changed[name] for name in EMPTY}


def test_U1_names_every_element_that_is_missing(bewerking: Api) -> None:
    url = bewerking.register(an_actie())["url"]
    assert faulty(bewerking.put(url, {})) == WRITABLE
    for name in WRITABLE:
        actie = an_actie()
        del actie[name]
        assert faulty(bewerking.put(url, actie)) == [name]


def test_U1_names_every_element_that_is_missing_inside(bewerking: Api) -> None:
    url = bewerking.register(an_actie())["url"]
    incomplete = an_actie(verwerkteObjecten=[{}, an_object(bsn(), verwerkteSoortenGegevens=[{}])])
    assert faulty(bewerking.put(url, incomplete)) == [
        *(f"verwerkteObjecten.0.{name}" for name in IN_AN_OBJECT),
        "verwerkteObjecten.1.verwerkteSoortenGegevens.0.soortGegeven",
    ]


@pytest.mark.parametrize("build", [an_actie, a_minimal_actie])
def test_U1_M5_what_was_read_can_be_sent_back(bewerking: Api, build: Callable[..., Json]) -> None:
    url = bewerking.register(build(bsn(), bsn()))["url"]
    shown = bewerking.get(url).json()
    again = bewerking.put(url, shown)
    assert again.status_code == 200, again.text
    same = {name: value for name, value in shown.items() if name != "tijdstipRegistratie"}
    assert same.items() <= again.json().items()


@pytest.mark.parametrize("actie_id", [UNKNOWN, "x", "5f0bef4cf66f431184a519e8bf359eaf"])
def test_U1_what_does_not_exist_is_a_400_on_the_id(bewerking: Api, actie_id: str) -> None:
    assert faulty(bewerking.put(f"{ACTIES}/{actie_id}", an_actie())) == ["actieId"]


def test_U1_vervallen_is_a_400_on_the_id(bewerking: Api) -> None:
    actie = bewerking.register(an_actie())
    bewerking.delete(actie["url"])
    assert faulty(bewerking.put(actie["url"], actie)) == ["actieId"]


def test_U1_a_refused_change_changes_nothing(bewerking: Api) -> None:
    actie = bewerking.register(an_actie())
    for wrong in ({"tijdstip": "nu"}, {"kleur": "rood"}, {"vertrouwelijkheid": "opgeheven"}):
        assert bewerking.put(actie["url"], {**actie, **wrong}).status_code in {400, 403}
    assert bewerking.get(actie["url"]).json() == actie
    assert len(bewerking.versions(actie["actieId"])) == 1


def test_U2_update_normal_keeps_to_what_is_normaal(client: Client, bewerking: Api) -> None:
    normal = client.bewerking("update:normal")
    open_, secret = (bewerking.register(an_actie(vertrouwelijkheid=v)) for v in ("normaal", "vertrouwelijk"))
    assert normal.put(open_["url"], open_).status_code == 200
    assert normal.put(open_["url"], {**open_, "vertrouwelijkheid": "vertrouwelijk"}).status_code == 403
    assert normal.put(secret["url"], {**secret, "vertrouwelijkheid": "normaal"}).status_code == 403


def test_U2_M8_opgeheven_can_be_kept_but_not_given(bewerking: Api) -> None:
    actie = bewerking.register(an_actie(vertrouwelijkheid="vertrouwelijk"))
    lifted = {**actie, "vertrouwelijkheid": "opgeheven"}
    assert bewerking.put(actie["url"], lifted).status_code == 403
    patch = {"vertrouwelijkheid": "opgeheven"}
    assert bewerking.patch(ACTIES, patch, params={"verwerkingId": actie["verwerkingId"]}).status_code == 204
    assert bewerking.put(actie["url"], lifted).status_code == 200
    back = bewerking.put(actie["url"], {**actie, "vertrouwelijkheid": "normaal"})
    assert back.json()["vertrouwelijkheid"] == "normaal"
    assert bewerking.put(actie["url"], lifted).status_code == 403


def test_U3_without_ids_the_same_persons_keep_their_occurrence_in_order(bewerking: Api) -> None:
    first, second = bsn(), bsn()
    actie = bewerking.register(an_actie(first, second, first))
    a, b, c = objects(actie)
    assert put_objects(bewerking, actie, an_object(second), an_object(first), an_object(first)) == {a, b, c}
    assert put_objects(bewerking, actie, an_object(first), an_object(second)) == {a, b}


def test_U3_an_id_with_the_same_person_keeps_its_occurrence(bewerking: Api, inzage: Api) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person, person))
    (_, a), (_, b) = objects(actie)
    given = [an_object(person, betrokkenheid="Bewoner"), an_object(person, verwerktObjectId=a)]
    assert put_objects(bewerking, actie, *given) == {(person, a), (person, b)}
    assert inzage.get(f"/verwerkte-objecten/{b}").json()["betrokkenheid"] == "Bewoner"
    assert put_objects(bewerking, actie, an_object(person, verwerktObjectId=b)) == {(person, b)}


def test_U3_an_id_in_upper_case_is_the_same(bewerking: Api) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person, person))
    [_, (_, b)] = objects(actie)
    assert put_objects(bewerking, actie, an_object(person, verwerktObjectId=b.upper())) == {(person, b)}


def test_U3_M7_another_spelling_of_the_bsn_is_the_same_person(bewerking: Api) -> None:
    person = f"8{bsn()[4:]}"
    actie = bewerking.register(an_actie(person))
    [(_, a)] = objects(actie)
    respelled = an_object(f"00{person}", soortObjectId="bsn")
    assert put_objects(bewerking, actie, respelled) == {(f"00{person}", a)}


def test_U3_others_are_new_and_those_absent_are_gone(bewerking: Api, inzage: Api) -> None:
    first, second, third = bsn(), bsn(), bsn()
    actie = bewerking.register(an_actie(first, second))
    (_, a), (_, b) = objects(actie)
    changed = dict(put_objects(bewerking, actie, an_object(second), an_object(third)))
    assert changed[second] == b
    assert changed[third] not in {a, b}
    assert inzage.get(f"/verwerkte-objecten/{a}").status_code == 404
    returned = dict(put_objects(bewerking, actie, an_object(first), an_object(second)))
    assert returned[second] == b
    assert returned[first] not in {a, b, changed[third]}


def test_U3_a_known_id_with_another_person_is_a_new_occurrence(bewerking: Api) -> None:
    first, second = bsn(), bsn()
    actie = bewerking.register(an_actie(first))
    [(_, a)] = objects(actie)
    [(person, new)] = put_objects(bewerking, actie, an_object(second, verwerktObjectId=a))
    assert person == second
    assert new != a


def test_U3_an_id_of_another_actie_is_a_new_occurrence(bewerking: Api) -> None:
    person = bsn()
    actie, other = (bewerking.register(an_actie(person)) for _ in range(2))
    [(_, own)], [(_, elsewhere)] = objects(actie), objects(other)
    foreign = an_object(person, verwerktObjectId=elsewhere)
    held = {object_id for _, object_id in put_objects(bewerking, actie, an_object(person), foreign)}
    assert own in held
    assert elsewhere not in held


def test_U3_the_same_id_twice_is_refused(bewerking: Api) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person, person))
    [(_, a), _] = objects(actie)
    twice = [an_object(person, verwerktObjectId=a), an_object(person, verwerktObjectId=a.upper())]
    answer = bewerking.put(actie["url"], {**actie, "verwerkteObjecten": twice})
    assert faulty(answer) == ["verwerkteObjecten.1.verwerktObjectId"]


def test_U3_all_persons_can_be_taken_out(bewerking: Api) -> None:
    actie = bewerking.register(an_actie(bsn()))
    assert put_objects(bewerking, actie) == set()
