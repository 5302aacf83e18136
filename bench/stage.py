"""A server under load, and what was sent to it so far."""

import itertools
import json
import time
import urllib.request
from typing import Final
from urllib.parse import urlsplit

from bench import postgres
from bench.load import FOUND, Bulks, Order, Outcome, Pages, Posts, run
from bench.server import Server
from verwerkingenlog.domain.applicatie import Applicatie
from verwerkingenlog.operations.tokens import mint
from verwerkingenlog.storage.embedded import Cluster

CONNECTIONS: Final = 64
WARM_UP: Final = 1.0
_MESSAGES_PER_ROUND: Final = 1_000_000
_FIRST_GUESS: Final = 20_000
_MARGIN: Final = 1.5
_UNTIL_ALL_IS_SENT: Final = 3600.0
"""Seconds; nothing that is sent to its end takes as long."""


class Stage:
    """One server and the load on it; counts what the log must hold in the end."""

    def __init__(self, server: Server, seconds: float) -> None:
        self.server = server
        self.seconds = seconds
        """How long a round of load is measured."""
        self.records = 0
        """How many were acknowledged, entries of reads included."""
        self._messages = itertools.count(0, _MESSAGES_PER_ROUND)
        self._most_per_second: float = _FIRST_GUESS

    def post(self, *, token_each: bool = False, reads: int = 0, per_second: float | None = None) -> Outcome:
        """Post new acties for a round; of every hundred requests, `reads` ask for a page instead."""
        rate = per_second or self._most_per_second
        posts = Posts(
            first=self.first_message(),
            most=int((self.seconds + WARM_UP) * rate) + CONNECTIONS,
            token_each=token_each,
            reads=reads,
        )
        outcome = self.run(posts, seconds=self.seconds, per_second=per_second)
        if per_second is None:
            self._most_per_second = outcome.per_second * _MARGIN
        return outcome

    def first_message(self) -> int:
        """Give the number of the first of a million messages that were not sent before."""
        return next(self._messages)

    def run(
        self,
        what: Posts | Pages | Bulks,
        *,
        connections: int = CONNECTIONS,
        seconds: float | None = None,
        per_second: float | None = None,
    ) -> Outcome:
        """Send this, after a warming up where it lasts as long as is said here; else until all is sent."""
        outcome = run(
            Order(
                port=self.server.port,
                client_id=self.server.client_id,
                secret=self.server.secret,
                connections=connections,
                what=what,
                per_second=per_second,
                seconds=_UNTIL_ALL_IS_SENT if seconds is None else seconds,
                warm_up=0 if seconds is None else WARM_UP,
            )
        )
        if isinstance(what, Bulks):
            self.records += what.records * what.bulks
        else:
            self.records += outcome.acknowledged + outcome.answered.get(FOUND, 0)
        return outcome

    def next_page(self, path: str) -> str:
        """Get a first page, and give the path of the one after it. Raises `KeyError` where there is none."""
        applicatie = Applicatie(client_id=self.server.client_id, secret=self.server.secret, label="")
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.server.port}{path}",
            headers={"Authorization": f"Bearer {mint(applicatie, now=time.time())}"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request) as answer:
            address = urlsplit(json.load(answer)["next"])
        self.records += 1
        return str(address.path)

    def check(self, cluster: Cluster) -> None:
        """Raise `ValueError` where the log does not hold exactly what was acknowledged."""
        counted = postgres.count(cluster)
        if counted != self.records:
            raise ValueError(f"{self.records} records were acknowledged, the log holds {counted}.")
