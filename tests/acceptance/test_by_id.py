from datetime import datetime

import pytest

from tests.support.acties import UNKNOWN, a_minimal_actie, an_actie, an_object, bsn
from tests.support.client import ACTIES, Api, Client

NO_UUID = ["x", "1", "5f0bef4cf66f431184a519e8bf359eaf", f"{UNKNOWN}0", "%00", "..%2F..", "%F0%9F%98%80"]


def test_A1_shows_all_persons(bewerking: Api) -> None:
    persons = [bsn(), bsn(), bsn()]
    actie = bewerking.register(an_actie(*persons, soortAfnemerId="BSN", afnemerId=bsn()))
    shown = bewerking.get(f"{ACTIES}/{actie['actieId']}")
    assert (shown.status_code, shown.json()) == (200, actie)
    assert [object_["objectId"] for object_ in shown.json()["verwerkteObjecten"]] == persons


def test_A1_an_id_in_upper_case_is_the_same(bewerking: Api) -> None:
    actie = bewerking.register(an_actie())
    assert bewerking.get(f"{ACTIES}/{actie['actieId'].upper()}").json() == actie


@pytest.mark.parametrize("actie_id", [UNKNOWN, *NO_UUID])
def test_A1_what_does_not_exist_is_not_found(bewerking: Api, actie_id: str) -> None:
    assert bewerking.get(f"{ACTIES}/{actie_id}").status_code == 404


def test_A1_the_id_of_an_object_is_not_that_of_an_actie(bewerking: Api) -> None:
    actie = bewerking.register(an_actie())
    object_id = actie["verwerkteObjecten"][0]["verwerktObjectId"]
    assert bewerking.get(f"{ACTIES}/{object_id}").status_code == 404


def test_A1_vervallen_is_not_found(bewerking: Api) -> None:
    actie = bewerking.register(an_actie())
    bewerking.delete(actie["url"])
    assert bewerking.get(actie["url"]).status_code == 404


def test_A1_read_normal_sees_only_what_was_never_confidential(client: Client, bewerking: Api) -> None:
    normal = client.bewerking("read:normal")
    open_, secret = (bewerking.register(an_actie(vertrouwelijkheid=v)) for v in ("normaal", "vertrouwelijk"))
    assert normal.get(open_["url"]).status_code == 200
    assert normal.get(secret["url"]).status_code == 403
    bewerking.put(secret["url"], {**secret, "vertrouwelijkheid": "normaal"})
    assert normal.get(secret["url"]).status_code == 403


def test_E5_every_answer_with_an_actie_has_the_tag_of_its_version(bewerking: Api) -> None:
    posted = bewerking.post(ACTIES, an_actie())
    url, tag = posted.headers["Location"], posted.headers["ETag"]
    assert tag.startswith('"')
    assert tag.endswith('"')
    assert bewerking.get(url).headers["ETag"] == tag
    put = bewerking.put(url, posted.json())
    assert put.headers["ETag"] != tag
    assert bewerking.get(url).headers["ETag"] == put.headers["ETag"]


def test_E5_two_acties_have_no_tag_in_common(bewerking: Api) -> None:
    first, second = (bewerking.post(ACTIES, an_actie()) for _ in range(2))
    answer = bewerking.delete(second.headers["Location"], headers={"If-Match": first.headers["ETag"]})
    assert answer.status_code in {204, 412}


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_E5_if_match_is_honoured(bewerking: Api, method: str) -> None:
    posted = bewerking.post(ACTIES, an_actie())
    url, stale = posted.headers["Location"], posted.headers["ETag"]
    current = bewerking.put(url, posted.json()).headers["ETag"]
    body = posted.json() if method == "PUT" else None
    for refused in (stale, f"W/{current}", '"x"', f'{stale}, "x"'):
        assert bewerking.request(method, url, body, headers={"If-Match": refused}).status_code == 412
    assert len(bewerking.versions(posted.json()["actieId"])) == 2
    accepted = bewerking.request(method, url, body, headers={"If-Match": f"{stale}, {current}"})
    assert accepted.status_code == (200 if method == "PUT" else 204)


@pytest.mark.parametrize(("method", "status"), [("PUT", 200), ("DELETE", 204)])
def test_E5_a_star_is_any_current_version(bewerking: Api, method: str, status: int) -> None:
    actie = bewerking.register(an_actie())
    body = actie if method == "PUT" else None
    answer = bewerking.request(method, actie["url"], body, headers={"If-Match": "*"})
    assert answer.status_code == status


def test_E5_without_if_match_the_last_writer_wins_and_both_are_kept(bewerking: Api) -> None:
    actie = bewerking.register(an_actie())
    for name in ("een", "twee"):
        assert bewerking.put(actie["url"], {**actie, "actieNaam": name}).status_code == 200
    assert bewerking.get(actie["url"]).json()["actieNaam"] == "twee"
    history = [version["actieNaam"] for version in bewerking.versions(actie["actieId"])]
    assert history == ["twee", "een", actie["actieNaam"]]


def test_H1_the_history_holds_every_version_whole(client: Client, bewerking: Api) -> None:
    first = bewerking.register(an_actie(bsn()))
    colleague = client.bewerking("update:normal", user_id="collega-3")
    second = colleague.put(first["url"], {**first, "actieNaam": "Beter"}).json()
    bewerking.delete(first["url"])
    lapsed, changed, original = bewerking.versions(first["actieId"])
    assert [version["versie"] for version in (lapsed, changed, original)] == [3, 2, 1]
    assert [version["vervallen"] for version in (lapsed, changed, original)] == [True, False, False]
    assert first.items() <= original.items()
    assert second.items() <= changed.items()
    assert original["vastgelegdDoor"]["gebruiker"] == "ambtenaar-7"
    assert changed["vastgelegdDoor"] == {
        "applicatie": "bewerking-update.normal",
        "gebruiker": "collega-3",
    }


def test_M2_each_version_has_its_own_moment_of_registration(bewerking: Api) -> None:
    actie = bewerking.register(an_actie())
    bewerking.put(actie["url"], actie)
    bewerking.delete(actie["url"])
    history = bewerking.versions(actie["actieId"])
    moments = [datetime.fromisoformat(version["tijdstipRegistratie"]) for version in history]
    assert moments == sorted(moments, reverse=True)
    assert len(set(moments)) == 3


def test_H1_is_for_read_confidential(client: Client, bewerking: Api) -> None:
    path = f"{ACTIES}/{bewerking.register(an_actie())['actieId']}/versies"
    assert client.bewerking("read:confidential").get(path).status_code == 200
    assert client.bewerking("read:normal").get(path).status_code == 403


@pytest.mark.parametrize("actie_id", [UNKNOWN, *NO_UUID])
def test_H1_what_does_not_exist_has_no_history(bewerking: Api, actie_id: str) -> None:
    assert bewerking.get(f"{ACTIES}/{actie_id}/versies").status_code == 404


def test_H1_a_long_history_is_paged(bewerking: Api) -> None:
    actie = bewerking.register(a_minimal_actie(bsn()))
    whole = bewerking.get(actie["url"]).json()
    for number in range(2, 8):
        bewerking.put(actie["url"], {**whole, "actieNaam": str(number)})
    answer = bewerking.get(f"{ACTIES}/{actie['actieId']}/versies", {"pageSize": "3"}).json()
    numbers = [version["versie"] for version in answer["results"]]
    assert answer["count"] == 7
    while answer["next"]:
        answer = bewerking.get(answer["next"]).json()
        numbers += [version["versie"] for version in answer["results"]]
    assert numbers == [7, 6, 5, 4, 3, 2, 1]


def test_H1_a_version_from_the_history_can_be_put_back(bewerking: Api) -> None:
    first = bewerking.register(an_actie(bsn(), bsn()))
    bewerking.put(first["url"], {**first, "verwerkteObjecten": [an_object(bsn())]})
    original = bewerking.versions(first["actieId"])[-1]
    restored = bewerking.put(first["url"], original)
    assert restored.status_code == 200
    assert restored.json()["actieNaam"] == first["actieNaam"]
    assert len(restored.json()["verwerkteObjecten"]) == 2
