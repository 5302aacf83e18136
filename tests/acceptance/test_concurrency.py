"""PUT, PATCH, DELETE and reads race on the same acties, from several processes against two workers."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from uuid import uuid4

import pytest

from tests.support.acties import Json, an_actie, bsn
from tests.support.applications import ALL_SCOPES
from tests.support.client import ACTIES, Api, Client
from tests.support.racing import Outcome, Race, change, state_of, watch
from tests.support.server import Server

CHANGERS, WATCHERS = 4, 2


class Finish:
    """The state after the race: the histories of all acties, and what the racers were told."""

    def __init__(self, api: Api, race: Race, outcomes: list[Outcome], patched_acties: list[str]) -> None:
        self.odd = [odd for outcome in outcomes for odd in outcome.odd]
        told = [patch.split() for outcome in outcomes for patch in outcome.patched]
        self.patched_only = [term for verwerking, term in told if verwerking == race.patched_only]
        self.mixed = [term for verwerking, term in told if verwerking == race.mixed]
        self.histories = {
            actie_id: _history(api, actie_id) for actie_id in [*patched_acties, *race.mixed_acties]
        }
        self.patched_acties, self.mixed_acties = patched_acties, race.mixed_acties


@pytest.fixture(scope="module")
def finish(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finish]:
    """Run the race once, for all tests of this file."""
    server = Server(tmp_path_factory.mktemp("race"), workers=2)
    try:
        server.start()
        with closing(Client(server.url)) as client:
            yield _run(client)
        assert server.stop() == 0, server.log()
        server.assert_sound()
    finally:
        server.dispose()


def _run(client: Client) -> Finish:
    api = client.bewerking(*ALL_SCOPES)
    person = bsn()
    only, mixed = str(uuid4()), str(uuid4())
    start = {"vertrouwelijkheid": "vertrouwelijk", "actieNaam": "0-0", "gegevensbron": "0-0"}
    patched_acties = [api.register(an_actie(person, verwerkingId=only, **start))["actieId"] for _ in range(5)]
    mixed_acties = [api.register(_mixed(mixed, start))["actieId"] for _ in range(6)]
    race = Race(client.url, only, person, mixed, mixed_acties)
    with ProcessPoolExecutor(CHANGERS + WATCHERS, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(change, race, seed) for seed in range(1, CHANGERS + 1)]
        running += [pool.submit(watch, race, seed) for seed in range(WATCHERS)]
        outcomes = [each.result() for each in running]
    return Finish(api, race, outcomes, patched_acties)


def _mixed(verwerking_id: str, start: dict[str, str]) -> Json:
    actie = an_actie(bsn(), bsn(), verwerkingId=verwerking_id, **start)
    objects = [{**each, "betrokkenheid": "0-0"} for each in actie["verwerkteObjecten"]]
    return {**actie, "verwerkteObjecten": objects}


def _history(api: Api, actie_id: str) -> list[Json]:
    answer = api.get(f"{ACTIES}/{actie_id}/versies").json()
    versions: list[Json] = answer["results"]
    while answer["next"]:
        answer = api.get(answer["next"]).json()
        versions += answer["results"]
    return versions[::-1]


def _terms(history: list[Json], given: list[str]) -> list[str]:
    """Give the terms that PATCHes gave an actie, in the order of its versions."""
    return [
        version["bewaartermijn"]
        for version in history
        if not version["vervallen"] and version["bewaartermijn"] in given
    ]


def test_W1_U1_no_racer_saw_half_a_change_or_an_unexpected_answer(finish: Finish) -> None:
    assert finish.odd == []


def test_M2_versions_are_linear(finish: Finish) -> None:
    for history in finish.histories.values():
        assert [version["versie"] for version in history] == list(range(1, len(history) + 1))
        assert not any(version["vervallen"] for version in history[:-1])
        moments = [version["tijdstipRegistratie"] for version in history]
        assert moments == sorted(moments)


def test_W1_every_patch_is_in_every_actie_once_and_in_the_same_order(finish: Finish) -> None:
    orders = {
        tuple(_terms(finish.histories[actie_id], finish.patched_only)) for actie_id in finish.patched_acties
    }
    assert len(orders) == 1
    assert sorted(orders.pop()) == sorted(finish.patched_only)


def test_W1_a_patch_covers_all_that_is_current(finish: Finish) -> None:
    for actie_id in finish.mixed_acties:
        history = finish.histories[actie_id]
        terms = _terms(history, finish.mixed)
        assert len(terms) == len(set(terms))
        if not history[-1]["vervallen"]:
            assert sorted(terms) == sorted(finish.mixed)


def test_E5_no_change_was_lost(finish: Finish) -> None:
    replaced = 0
    for actie_id in finish.mixed_acties:
        history = finish.histories[actie_id]
        for before, after in itertools.pairwise(history):
            if after["actieNaam"] != before["actieNaam"]:
                assert after["handelingNaam"] == state_of(before)
                replaced += 1
    assert replaced > 0
