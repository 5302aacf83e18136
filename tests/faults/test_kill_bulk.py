"""kill -9, or a stop in order, amid bulks: each is there whole or not at all, acknowledged ones always (P2).

There are a fifth as many rounds as FAULT_ROUNDS says.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from threading import Event, Thread
from uuid import uuid4

import httpx
import pytest

from tests.support.acties import Json, a_minimal_actie, bsn, person_query
from tests.support.applications import ALL_SCOPES
from tests.support.bulk import BULK, NDJSON, lines, logged, send
from tests.support.client import ACTIES, BEWERKING, Api, Client
from tests.support.server import Server, wait_until

ROUNDS = max(int(os.environ.get("FAULT_ROUNDS", "30")) // 5, 4)
SENDERS = 2
SIZE = 1500
SECOND = bsn()
"""A person who is in some of the acties too."""
VICTIMS = ("server", "postgres", "both", "stopped")


@dataclass
class Bulk:
    """One bulk, about a person whom nothing else is about."""

    person: str = field(default_factory=bsn)
    key: str = field(default_factory=lambda: str(uuid4()))
    ids: list[str] = field(default_factory=list)
    """What was acknowledged; empty where no 201 came."""

    @property
    def content(self) -> bytes:
        """Give the body: acties that are stored in each of the ways there are."""
        return lines([self._actie(number) for number in range(SIZE)])

    def _actie(self, number: int) -> Json:
        persons = (self.person, SECOND) if number % 10 == 0 else (self.person,)
        more: Json = {"vertrouwelijkheid": "vertrouwelijk"} if number % 7 == 0 else {}
        if number % 11 == 0:
            more |= {"soortAfnemerId": "BSN", "afnemerId": SECOND}
        return a_minimal_actie(*persons, **more)


class Sender:
    """One client that sends bulks until it gets no answer."""

    def __init__(self, url: str) -> None:
        self.bulks: list[Bulk] = []
        self._url = url
        self._thread = Thread(target=self._send, daemon=True)
        self._stop = Event()
        self._thread.start()

    def _send(self) -> None:
        with closing(Client(self._url)) as client:
            api = client.bewerking(*ALL_SCOPES)
            while not self._stop.is_set():
                bulk = Bulk()
                self.bulks.append(bulk)
                headers = {
                    "Authorization": api.authorization,
                    "Content-Type": NDJSON,
                    "Idempotency-Key": bulk.key,
                }
                try:
                    answer = client.http.post(BEWERKING + BULK, content=bulk.content, headers=headers)
                except httpx.TransportError:
                    return
                if answer.status_code != 201:
                    return
                bulk.ids = logged(answer)

    def stop(self) -> None:
        """Send no more, and wait for the last answer."""
        self._stop.set()
        self._thread.join()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("killed"), workers=2)
    try:
        server.start()
        yield server
        assert server.stop() == 0, server.log()
    finally:
        server.dispose()


def count(api: Api, bulk: Bulk) -> int:
    """Count the acties of a bulk that the log has."""
    number: int = api.get(ACTIES, person_query(bulk.person, eindDatum="2025-01-01")).json()["count"]
    return number


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_P2_P6_bulk_is_whole_or_not_at_all_after_a_kill(server: Server, round_: int) -> None:
    chance, victim = Random(round_), VICTIMS[round_ % len(VICTIMS)]  # noqa: S311 - no secret
    senders = [Sender(server.url) for _ in range(SENDERS)]
    enough = chance.randrange(1, 4)
    wait_until(
        lambda: sum(len(sender.bulks) for sender in senders) > enough + SENDERS, "bulks go", server.log
    )
    Event().wait(chance.random() / 4)
    if victim in {"postgres", "both"}:
        server.kill_postgres()
    if victim in {"server", "both"}:
        server.kill()
    if victim == "stopped":
        assert server.stop() == 0, server.log()
    for sender in senders:
        sender.stop()
    if victim == "postgres":
        server.kill()
    server.start()
    with closing(Client(server.url)) as client:
        api = client.bewerking(*ALL_SCOPES)
        for bulk in (bulk for sender in senders for bulk in sender.bulks):
            assert count(api, bulk) in ({SIZE} if bulk.ids else {0, SIZE})
            again = logged(send(api, bulk.content, Idempotency_Key=bulk.key))
            assert not bulk.ids or again == bulk.ids
            assert count(api, bulk) == SIZE
    server.run("verifieer")
