"""What the processes of the concurrency test do: each is one client that changes or reads the same acties."""

import random
from contextlib import closing
from itertools import count
from typing import NamedTuple

import httpx

from tests.support.acties import Json, person_query
from tests.support.applications import ALL_SCOPES
from tests.support.client import ACTIES, Api, Client

ROUNDS = 40


class Race(NamedTuple):
    """What the racers share: two verwerkingen about one person each."""

    url: str
    patched_only: str
    patched_person: str
    mixed: str
    mixed_acties: list[str]


class Outcome(NamedTuple):
    """What one racer was told: the terms of its PATCHes that succeeded, and what it saw that cannot be."""

    patched: list[str]
    odd: list[str]


def change(race: Race, seed: int) -> Outcome:
    """PUT, PATCH and DELETE for a number of rounds."""
    chance, numbers, patched, odd = random.Random(seed), count(1), [], []  # noqa: S311 - no secret
    with closing(Client(race.url)) as client:
        api = client.bewerking(*ALL_SCOPES)
        for _ in range(ROUNDS):
            actie_id = chance.choice(race.mixed_acties)
            what = chance.random()
            if what < 0.4:
                odd += _unexpected(_put(api, actie_id, f"{seed}-{next(numbers)}"), {200, 400, 404, 412})
            elif what < 0.97:
                verwerking = chance.choice([race.patched_only, race.mixed])
                term = f"P{seed * 1000 + next(numbers)}Y"
                state = chance.choice(["vertrouwelijk", "opgeheven"])
                body = {"bewaartermijn": term, "vertrouwelijkheid": state}
                answer = api.patch(ACTIES, body, params={"verwerkingId": verwerking})
                odd += _unexpected(answer, {204})
                patched.append(f"{verwerking} {term}")
            else:
                odd += _unexpected(api.delete(f"{ACTIES}/{actie_id}"), {204, 400})
    return Outcome(patched, odd)


def _put(api: Api, actie_id: str, marker: str) -> httpx.Response:
    """Replace an actie; it tells in each part of it which state it replaced."""
    shown = api.get(f"{ACTIES}/{actie_id}")
    if shown.status_code != 200:
        return shown
    actie: Json = shown.json()
    body = {
        **actie,
        "actieNaam": marker,
        "gegevensbron": marker,
        "handelingNaam": state_of(actie),
        "bewaartermijn": f"P{marker.split('-')[1]}M",
        "vertrouwelijkheid": "normaal",
        "verwerkteObjecten": [{**each, "betrokkenheid": marker} for each in actie["verwerkteObjecten"]],
    }
    return api.put(f"{ACTIES}/{actie_id}", body, headers={"If-Match": shown.headers["ETag"]})


def state_of(actie: Json) -> str:
    """Give what tells one state of an actie from every other."""
    return f"{actie['actieNaam']} {actie['bewaartermijn']} {actie['vertrouwelijkheid']}"


def watch(race: Race, seed: int) -> Outcome:
    """Read for a number of rounds, and tell what no reader may see."""
    odd: list[str] = []
    with closing(Client(race.url)) as client:
        api = client.bewerking(*ALL_SCOPES)
        for number in range(ROUNDS):
            query = person_query(race.patched_person, eindDatum="2025-01-01")
            answer = api.get(ACTIES, query).json()
            states = {(each["bewaartermijn"], each["vertrouwelijkheid"]) for each in answer["results"]}
            if len(states) != 1 or answer["count"] != len(answer["results"]):
                odd.append(f"half a PATCH: {states}, count {answer['count']}")
            shown = api.get(f"{ACTIES}/{race.mixed_acties[(seed + number) % len(race.mixed_acties)]}")
            odd += _unexpected(shown, {200, 404}) or _halves(shown)
    return Outcome([], odd)


def _halves(shown: httpx.Response) -> list[str]:
    if shown.status_code == 404:
        return []
    actie = shown.json()
    markers = {actie["actieNaam"], actie["gegevensbron"]}
    markers |= {each["betrokkenheid"] for each in actie["verwerkteObjecten"]}
    return [] if len(markers) == 1 else [f"half a PUT: {markers}"]


def _unexpected(answer: httpx.Response, allowed: set[int]) -> list[str]:
    if answer.status_code in allowed:
        return []
    return [f"{answer.request.method} {answer.status_code}: {answer.text}"]
