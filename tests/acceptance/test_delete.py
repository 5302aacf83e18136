import pytest

from tests.support.acties import UNKNOWN, an_actie, bsn, inzage_query, person_query
from tests.support.client import ACTIES, OBJECTEN, Api, Client, faulty


def test_D1_the_actie_is_gone_for_every_normal_reader(bewerking: Api, inzage: Api) -> None:
    person = bsn()
    actie = bewerking.register(an_actie(person))
    answer = bewerking.delete(actie["url"])
    assert (answer.status_code, answer.content) == (204, b"")
    assert bewerking.get(actie["url"]).status_code == 404
    assert inzage.get(actie["verwerkteObjecten"][0]["url"]).status_code == 404
    assert bewerking.results(ACTIES, person_query(person)) == []
    assert actie["actieId"] not in str(inzage.results(OBJECTEN, inzage_query(person)))


def test_D1_the_history_stays(bewerking: Api) -> None:
    actie = bewerking.register(an_actie(bsn()))
    bewerking.delete(actie["url"])
    lapsed, original = bewerking.versions(actie["actieId"])
    assert (lapsed["vervallen"], original["vervallen"]) == (True, False)
    assert actie.items() <= original.items()


@pytest.mark.parametrize("actie_id", [UNKNOWN, "x", "%00"])
def test_D1_what_does_not_exist_is_a_400_on_the_id(bewerking: Api, actie_id: str) -> None:
    assert faulty(bewerking.delete(f"{ACTIES}/{actie_id}")) == ["actieId"]


def test_D1_twice_is_a_400_on_the_id(bewerking: Api) -> None:
    actie = bewerking.register(an_actie())
    assert bewerking.delete(actie["url"]).status_code == 204
    assert faulty(bewerking.delete(actie["url"])) == ["actieId"]
    assert len(bewerking.versions(actie["actieId"])) == 2


def test_D1_delete_normal_is_for_what_was_never_confidential(client: Client, bewerking: Api) -> None:
    normal, confidential = client.bewerking("delete:normal"), client.bewerking("delete:confidential")
    open_, secret, back = (
        bewerking.register(an_actie(vertrouwelijkheid=value))
        for value in ("normaal", "vertrouwelijk", "vertrouwelijk")
    )
    bewerking.put(back["url"], {**back, "vertrouwelijkheid": "normaal"})
    assert normal.delete(open_["url"]).status_code == 204
    for actie in (secret, back):
        assert normal.delete(actie["url"]).status_code == 403
        assert bewerking.get(actie["url"]).status_code == 200
        assert confidential.delete(actie["url"]).status_code == 204
