"""Paging (rule G5), the same in the search, the history and the Inzage API."""

import base64
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support.acties import an_actie, bsn, inzage_query, person_query
from tests.support.applications import OTHER_CLIENT
from tests.support.client import ACTIES, INZAGE, OBJECTEN, Api, Client

Page = dict[str, Any]


def page(answer: httpx.Response) -> Page:
    """Give the page of an answer that must be one."""
    assert answer.status_code == 200, answer.text
    body: Page = answer.json()
    assert body.keys() == {"count", "next", "previous", "results"}
    return body


def walk(api: Api, start: Page, link: str = "next") -> list[Page]:
    """Follow the links from a page to the last, and give all pages."""
    pages = [start]
    while pages[-1][link]:
        pages.append(page(api.get(pages[-1][link])))
    return pages


def ids(pages: list[Page]) -> list[str]:
    """Give the ids of the acties on the pages."""
    return [result["actieId"] for each in pages for result in each["results"]]


def register_series(api: Api, person: str, count: int) -> list[str]:
    """Register acties, each a minute after the one before; give their ids, newest first."""
    return [
        api.register(an_actie(person, tijdstip=f"2024-04-05T14:{minute:02}:00Z"))["actieId"]
        for minute in range(count)
    ][::-1]


def test_G5_newest_first_and_complete(bewerking: Api) -> None:
    person = bsn()
    expected = register_series(bewerking, person, 7)
    pages = walk(bewerking, page(bewerking.get(ACTIES, person_query(person, pageSize="3"))))
    assert [len(each["results"]) for each in pages] == [3, 3, 1]
    assert ids(pages) == expected
    assert {each["count"] for each in pages} == {7}
    assert pages[0]["previous"] is None


def test_G5_previous_leads_back(bewerking: Api) -> None:
    person = bsn()
    register_series(bewerking, person, 7)
    forward = walk(bewerking, page(bewerking.get(ACTIES, person_query(person, pageSize="3"))))
    back = walk(bewerking, forward[-1], "previous")
    assert [each["results"] for each in back] == [each["results"] for each in reversed(forward)]


def test_G5_what_is_equally_old_stands_in_order_of_its_id(bewerking: Api) -> None:
    person = bsn()
    moments = ["2024-04-05T14:00:00Z", "2024-04-05T16:00:00+02:00", "2024-04-05T14:00:00.000Z"] * 2
    given = [bewerking.register(an_actie(person, tijdstip=moment))["actieId"] for moment in moments]
    pages = walk(bewerking, page(bewerking.get(ACTIES, person_query(person, pageSize="4"))))
    assert ids(pages) == sorted(given, reverse=True)


def test_G5_a_page_holds_a_hundred(bewerking: Api) -> None:
    person = bsn()
    for _ in range(101):
        bewerking.register(an_actie(person))
    pages = walk(bewerking, page(bewerking.get(ACTIES, person_query(person))))
    assert [len(each["results"]) for each in pages] == [100, 1]
    assert len(set(ids(pages))) == 101


def test_G5_a_full_last_page_has_no_next(bewerking: Api) -> None:
    person = bsn()
    register_series(bewerking, person, 4)
    pages = walk(bewerking, page(bewerking.get(ACTIES, person_query(person, pageSize="2"))))
    assert [len(each["results"]) for each in pages] == [2, 2]


def test_G5_nothing_is_missed_or_shown_twice_while_the_log_grows(bewerking: Api) -> None:
    person = bsn()
    before = register_series(bewerking, person, 9)
    pages = [page(bewerking.get(ACTIES, person_query(person, pageSize="2")))]
    while pages[-1]["next"]:
        for tijdstip in ("2020-01-01T00:00:00Z", "2024-04-05T14:04:30Z", "2030-01-01T00:00:00Z"):
            bewerking.register(an_actie(person, tijdstip=tijdstip))
        pages.append(page(bewerking.get(pages[-1]["next"])))
        assert len(pages) < 40
    shown = ids(pages)
    assert len(shown) == len(set(shown))
    assert [actie_id for actie_id in shown if actie_id in before] == before
    assert {each["count"] for each in pages} == {9}


def test_G5_a_change_that_keeps_the_tijdstip_moves_nothing(bewerking: Api) -> None:
    person = bsn()
    before = register_series(bewerking, person, 6)
    first = page(bewerking.get(ACTIES, person_query(person, pageSize="2")))
    for actie_id in before:
        actie = bewerking.get(f"{ACTIES}/{actie_id}").json()
        assert bewerking.put(actie["url"], {**actie, "actieNaam": "Nieuw"}).status_code == 200
    pages = walk(bewerking, first)
    assert ids(pages) == before
    assert {result["actieNaam"] for each in pages[1:] for result in each["results"]} == {"Nieuw"}


def test_G5_what_lapsed_or_left_the_scopes_meanwhile_is_not_shown(client: Client, bewerking: Api) -> None:
    person = bsn()
    before = register_series(bewerking, person, 6)
    normal = client.bewerking("read:normal")
    first = page(normal.get(ACTIES, person_query(person, pageSize="2", vertrouwelijkheid="normaal")))
    bewerking.delete(f"{ACTIES}/{before[3]}")
    secret = bewerking.get(f"{ACTIES}/{before[4]}").json()
    bewerking.put(secret["url"], {**secret, "vertrouwelijkheid": "vertrouwelijk"})
    assert ids(walk(normal, first)) == [*before[:3], before[5]]


def test_G5_links_hold_no_bsn_in_any_encoding(bewerking: Api, inzage: Api) -> None:
    person = bsn()
    register_series(bewerking, person, 3)
    for api, path, query in ((bewerking, ACTIES, person_query), (inzage, OBJECTEN, inzage_query)):
        link = page(api.get(path, query(person, pageSize="1")))["next"]
        base, cursor = re.fullmatch(r"(.*)/_vervolg/([\w.~-]+)", link).groups()  # type: ignore[union-attr]
        assert base.endswith(path)
        for text in (cursor.encode(), *_decoded(cursor)):
            assert person.encode() not in text
            assert int(person).to_bytes(4) not in text
            assert int(person).to_bytes(4, "little") not in text


def _decoded(cursor: str) -> list[bytes]:
    parts = [cursor[skip:] for skip in range(4)] + cursor.split(".")
    padded = [part + "=" * (-len(part) % 4) for part in parts if len(part) % 4 != 1]
    return [base64.urlsafe_b64decode(part) for part in padded]


def test_G5_a_link_is_for_the_client_that_got_it(client: Client, bewerking: Api, inzage: Api) -> None:
    person = bsn()
    register_series(bewerking, person, 2)
    link = page(bewerking.get(ACTIES, person_query(person, pageSize="1")))["next"]
    assert client.as_application(OTHER_CLIENT).get(link).status_code == 400
    link = page(inzage.get(OBJECTEN, inzage_query(person, pageSize="1")))["next"]
    assert client.as_application(OTHER_CLIENT, INZAGE).get(link).status_code == 400


def test_G5_a_link_of_one_search_does_not_work_in_another(client: Client, bewerking: Api) -> None:
    person = bsn()
    register_series(bewerking, person, 2)
    other = client.as_application(OTHER_CLIENT)
    cursor = page(other.get(ACTIES, person_query(person, pageSize="1")))["next"].rsplit("/", 1)[1]
    other_inzage = client.as_application(OTHER_CLIENT, INZAGE)
    assert other_inzage.get(f"{OBJECTEN}/_vervolg/{cursor}").status_code == 400


FLIPPED: list[Callable[[str], str]] = [
    lambda cursor: cursor[:-1] + ("A" if cursor[-1] != "A" else "Q"),
    lambda cursor: ("A" if cursor[0] != "A" else "B") + cursor[1:],
    lambda cursor: (
        cursor[: len(cursor) // 2]
        + ("x" if cursor[len(cursor) // 2] != "x" else "y")
        + cursor[len(cursor) // 2 + 1 :]
    ),
    lambda cursor: cursor[:-4],
    lambda cursor: cursor + "AAAA",
    lambda cursor: cursor[::-1],
    lambda _: "x",
    lambda _: "A" * 5000,
    lambda _: "%00",
    lambda _: "%F0%9F%98%80",
]


@pytest.mark.parametrize("tamper", FLIPPED)
def test_G5_a_tampered_link_is_refused(bewerking: Api, tamper: Callable[[str], str]) -> None:
    person = bsn()
    register_series(bewerking, person, 2)
    link = page(bewerking.get(ACTIES, person_query(person, pageSize="1")))["next"]
    base, cursor = link.rsplit("/", 1)
    assert bewerking.get(f"{base}/{tamper(cursor)}").status_code == 400


def test_G5_a_link_needs_a_scope(client: Client, bewerking: Api) -> None:
    person = bsn()
    register_series(bewerking, person, 2)
    link = page(bewerking.get(ACTIES, person_query(person, pageSize="1")))["next"]
    assert client.bewerking("create:normal").get(link).status_code == 403
    assert httpx.get(link, trust_env=False).status_code == 401
