from uuid import uuid4

import pytest

from tests.support.acties import UNKNOWN, Json, an_actie
from tests.support.client import ACTIES, Api, Client, faulty


def verwerking(api: Api, *values: str, **changes: object) -> tuple[dict[str, str], list[Json]]:
    """Register an actie for each vertrouwelijkheid; give the query that names their verwerking, and them."""
    verwerking_id = str(uuid4())
    acties = [
        api.register(an_actie(verwerkingId=verwerking_id, vertrouwelijkheid=value, **changes))
        for value in values
    ]
    return {"verwerkingId": verwerking_id}, acties


def states(api: Api, acties: list[Json]) -> list[tuple[str, str | None]]:
    """Give vertrouwelijkheid and bewaartermijn of the acties as they are now."""
    now = [api.get(actie["url"]).json() for actie in acties]
    return [(actie["vertrouwelijkheid"], actie["bewaartermijn"]) for actie in now]


def test_W1_changes_all_acties_of_the_verwerking(bewerking: Api) -> None:
    query, acties = verwerking(bewerking, "normaal", "vertrouwelijk", "normaal")
    answer = bewerking.patch(ACTIES, {"bewaartermijn": "P5Y"}, params=query)
    assert (answer.status_code, answer.content) == (204, b"")
    assert states(bewerking, acties) == [("normaal", "P5Y"), ("vertrouwelijk", "P5Y"), ("normaal", "P5Y")]
    assert [len(bewerking.versions(actie["actieId"])) for actie in acties] == [2, 2, 2]


def test_W1_changes_nothing_else(bewerking: Api) -> None:
    query, [actie] = verwerking(bewerking, "normaal")
    _, [other] = verwerking(bewerking, "normaal")
    bewerking.patch(ACTIES, {"bewaartermijn": "P5Y"}, params=query)
    changed = bewerking.get(actie["url"]).json()
    differing = {name for name in actie if actie[name] != changed[name]}
    assert differing == {"bewaartermijn", "tijdstipRegistratie"}
    assert bewerking.get(other["url"]).json() == other


@pytest.mark.parametrize("value", ["normaal", "vertrouwelijk", "opgeheven", "Opgeheven"])
def test_W1_gives_any_vertrouwelijkheid(bewerking: Api, value: str) -> None:
    query, acties = verwerking(bewerking, "normaal", "vertrouwelijk")
    assert bewerking.patch(ACTIES, {"vertrouwelijkheid": value}, params=query).status_code == 204
    assert states(bewerking, acties) == [(value.lower(), "P10Y")] * 2


def test_W1_changes_both_at_once(bewerking: Api) -> None:
    query, acties = verwerking(bewerking, "vertrouwelijk")
    body = {"vertrouwelijkheid": "opgeheven", "bewaartermijn": "P2W"}
    assert bewerking.patch(ACTIES, body, params=query).status_code == 204
    assert states(bewerking, acties) == [("opgeheven", "P2W")]
    assert len(bewerking.versions(acties[0]["actieId"])) == 2


@pytest.mark.parametrize("empty", [None, ""])
def test_W1_null_takes_the_bewaartermijn_away(bewerking: Api, empty: str | None) -> None:
    query, acties = verwerking(bewerking, "normaal")
    assert bewerking.patch(ACTIES, {"bewaartermijn": empty}, params=query).status_code == 204
    assert states(bewerking, acties) == [("normaal", None)]


@pytest.mark.parametrize("media_type", ["application/json", "application/merge-patch+json"])
def test_W1_accepts_two_media_types(bewerking: Api, media_type: str) -> None:
    query, acties = verwerking(bewerking, "normaal")
    body = b'{"bewaartermijn": "P3Y"}'
    answer = bewerking.patch(ACTIES, content=body, params=query, headers={"Content-Type": media_type})
    assert answer.status_code == 204
    assert states(bewerking, acties) == [("normaal", "P3Y")]


def test_W1_the_id_counts_in_any_case(bewerking: Api) -> None:
    query, acties = verwerking(bewerking, "normaal")
    upper = {"verwerkingId": query["verwerkingId"].upper()}
    assert bewerking.patch(ACTIES, {"bewaartermijn": "P5Y"}, params=upper).status_code == 204
    assert states(bewerking, acties) == [("normaal", "P5Y")]


def test_W1_leaves_vervallen_acties_alone(bewerking: Api) -> None:
    query, acties = verwerking(bewerking, "normaal", "normaal")
    bewerking.delete(acties[0]["url"])
    assert bewerking.patch(ACTIES, {"bewaartermijn": "P5Y"}, params=query).status_code == 204
    assert len(bewerking.versions(acties[0]["actieId"])) == 2
    assert bewerking.get(acties[0]["url"]).status_code == 404
    assert states(bewerking, acties[1:]) == [("normaal", "P5Y")]


def test_W1_follows_an_actie_to_its_new_verwerking(bewerking: Api) -> None:
    query, [actie] = verwerking(bewerking, "normaal")
    moved = str(uuid4())
    bewerking.put(actie["url"], {**actie, "verwerkingId": moved})
    assert faulty(bewerking.patch(ACTIES, {"bewaartermijn": "P5Y"}, params=query)) == ["verwerkingId"]
    answer = bewerking.patch(ACTIES, {"bewaartermijn": "P6Y"}, params={"verwerkingId": moved})
    assert answer.status_code == 204
    assert states(bewerking, [actie]) == [("normaal", "P6Y")]


def test_W2_one_confidential_actie_stops_update_normal(client: Client, bewerking: Api) -> None:
    normal = client.bewerking("update:normal")
    query, acties = verwerking(bewerking, "normaal", "vertrouwelijk", "normaal")
    assert normal.patch(ACTIES, {"bewaartermijn": "P5Y"}, params=query).status_code == 403
    assert {term for _, term in states(bewerking, acties)} == {"P10Y"}
    bewerking.delete(acties[1]["url"])
    assert normal.patch(ACTIES, {"bewaartermijn": "P5Y"}, params=query).status_code == 204


def test_W2_vertrouwelijkheid_needs_update_confidential(client: Client, bewerking: Api) -> None:
    query, acties = verwerking(bewerking, "normaal")
    body = {"vertrouwelijkheid": "normaal"}
    assert client.bewerking("update:normal").patch(ACTIES, body, params=query).status_code == 403
    assert client.bewerking("update:confidential").patch(ACTIES, body, params=query).status_code == 204
    assert len(bewerking.versions(acties[0]["actieId"])) == 2


@pytest.mark.parametrize("name", ["verwerkingId", "verwerkingIdAfnemer"])
def test_W3_no_such_verwerking(bewerking: Api, name: str) -> None:
    for value in (str(uuid4()), "x"):
        answer = bewerking.patch(ACTIES, {"bewaartermijn": "P5Y"}, params={name: value})
        assert faulty(answer) == [name]


def test_W3_a_verwerking_of_which_all_is_vervallen(bewerking: Api) -> None:
    query, [actie] = verwerking(bewerking, "normaal")
    bewerking.delete(actie["url"])
    assert faulty(bewerking.patch(ACTIES, {"bewaartermijn": "P5Y"}, params=query)) == ["verwerkingId"]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, ["body"]),
        ({"actieNaam": "x", "bewaartermijn": "P5Y"}, ["actieNaam"]),
        ({"actieId": UNKNOWN, "bewaartermijn": "P5Y"}, ["actieId"]),
        ({"url": "x", "tijdstipRegistratie": "y", "bewaartermijn": "P5Y"}, ["tijdstipRegistratie", "url"]),
        ({"bewaartermijn": "5 jaar"}, ["bewaartermijn"]),
        ({"bewaartermijn": 5}, ["bewaartermijn"]),
        ({"vertrouwelijkheid": None}, ["vertrouwelijkheid"]),
        ({"vertrouwelijkheid": ""}, ["vertrouwelijkheid"]),
        ({"vertrouwelijkheid": "geheim", "bewaartermijn": "x"}, ["bewaartermijn", "vertrouwelijkheid"]),
        ([], ["body"]),
        ("P5Y", ["body"]),
    ],
)
def test_W3_any_other_body_is_refused(bewerking: Api, body: object, names: list[str]) -> None:
    query, [actie] = verwerking(bewerking, "normaal")
    assert faulty(bewerking.patch(ACTIES, body, params=query)) == names
    assert len(bewerking.versions(actie["actieId"])) == 1


def test_W3_exactly_one_of_the_two_parameters(bewerking: Api) -> None:
    query, _ = verwerking(bewerking, "normaal")
    body = {"bewaartermijn": "P5Y"}
    assert faulty(bewerking.patch(ACTIES, body))
    assert faulty(bewerking.patch(ACTIES, body, params={**query, "verwerkingIdAfnemer": str(uuid4())}))


def test_W4_the_verwerking_of_a_consumer(bewerking: Api) -> None:
    afnemer = str(uuid4())
    first, second = (bewerking.register(an_actie(verwerkingIdAfnemer=afnemer)) for _ in range(2))
    other = bewerking.register(an_actie(verwerkingId=afnemer))
    body = {"bewaartermijn": "P7Y", "vertrouwelijkheid": "vertrouwelijk"}
    answer = bewerking.patch(ACTIES, body, params={"verwerkingIdAfnemer": afnemer})
    assert answer.status_code == 204
    assert states(bewerking, [first, second]) == [("vertrouwelijk", "P7Y")] * 2
    assert states(bewerking, [other]) == [("normaal", "P10Y")]


def test_W4_scopes_are_the_same(client: Client, bewerking: Api) -> None:
    afnemer = {"verwerkingIdAfnemer": str(uuid4())}
    actie = bewerking.register(an_actie(vertrouwelijkheid="vertrouwelijk", **afnemer))
    answer = client.bewerking("update:normal").patch(ACTIES, {"bewaartermijn": "P7Y"}, params=afnemer)
    assert answer.status_code == 403
    assert states(bewerking, [actie]) == [("vertrouwelijk", "P10Y")]
