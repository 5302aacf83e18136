"""Clients that log acties as fast as they can, and remember what they were told: for the tests that kill."""

from contextlib import closing
from dataclasses import dataclass, field
from threading import Event, Thread
from uuid import uuid4

import httpx

from tests.support.acties import Json, an_actie, bsn, person_query
from tests.support.applications import ALL_SCOPES
from tests.support.client import ACTIES, BEWERKING, Api, Client

PATIENCE = 120.0
"""Seconds in which every sender is to end."""


@dataclass
class Sender:
    """One client that logs acties about one person until it is told to stop or gets no answer."""

    url: str
    person: str = field(default_factory=bsn)
    acknowledged: dict[str, str] = field(default_factory=dict)
    """The actieId of each Idempotency-Key that got its 201."""
    unanswered: dict[str, Json] = field(default_factory=dict)
    """What was sent last, by its Idempotency-Key, when no 201 came."""
    refusals: set[int] = field(default_factory=set)
    """Statuses other than 201."""

    def send_until(self, stop: Event) -> None:
        """Log one actie after the other on one connection."""
        with closing(Client(self.url)) as client:
            api = client.bewerking(*ALL_SCOPES)
            while not stop.is_set():
                key, actie = str(uuid4()), an_actie(self.person)
                self.unanswered[key] = actie
                if not self._send(client.http, api, key, actie):
                    return

    def _send(self, http: httpx.Client, api: Api, key: str, actie: Json) -> bool:
        headers = {"Authorization": api.authorization, "Idempotency-Key": key}
        try:
            answer = http.post(BEWERKING + ACTIES, json=actie, headers=headers)
        except httpx.TransportError:
            return False
        if answer.status_code != 201:
            self.refusals.add(answer.status_code)
            return False
        del self.unanswered[key]
        self.acknowledged[key] = answer.json()["actieId"]
        return True

    def finish(self, api: Api) -> None:
        """Send again, with its own key, what got no answer."""
        for key, actie in self.unanswered.items():
            self.acknowledged[key] = api.register(actie, headers={"Idempotency-Key": key})["actieId"]
        self.unanswered.clear()

    def found(self, api: Api) -> list[str]:
        """Give the ids of all acties about the person, as the log has them now."""
        answer = api.get(ACTIES, person_query(self.person, eindDatum="2025-01-01")).json()
        ids = [actie["actieId"] for actie in answer["results"]]
        while answer["next"]:
            answer = api.get(answer["next"]).json()
            ids += [actie["actieId"] for actie in answer["results"]]
        return ids


class Load:
    """Several senders at once."""

    def __init__(self, url: str, count: int) -> None:
        self.senders = [Sender(url) for _ in range(count)]
        self._stop = Event()
        self._threads = [
            Thread(target=sender.send_until, args=(self._stop,), daemon=True) for sender in self.senders
        ]
        for thread in self._threads:
            thread.start()

    def count(self) -> int:
        """Count what was acknowledged so far."""
        return sum(len(sender.acknowledged) for sender in self.senders)

    def wait(self) -> None:
        """Wait until every sender was refused or got no answer."""
        for thread in self._threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in self._threads), "the load goes on and on"

    def stop(self) -> None:
        """Send no more, and wait for the last answers."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
