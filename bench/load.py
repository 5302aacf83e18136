"""The load: what to send to a server, and what came of it. `bench.clients` is the process that does it."""

import subprocess
import sys
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

Coding: TypeAlias = Literal["identity", "gzip", "zstd"]
CREATED: Final = 201
FOUND: Final = 200


class Posts(Struct, frozen=True, kw_only=True, tag="posts"):
    """New acties, one a request."""

    first: int
    """The number of the first message, so that no two rounds send the same."""
    most: int
    """How many to prepare; a round on a machine that answers even more of them ends sooner."""
    token_each: bool = False
    """A new token for each request, or one for all."""
    reads: int = 0
    """How many of every hundred requests ask for a person's page instead."""
    again: bool = False
    """Begin again with the first message after the last, for a round that is too long to prepare."""


class Pages(Struct, frozen=True, kw_only=True, tag="pages"):
    """Paths to get, each once."""

    paths: tuple[str, ...]


class Bulks(Struct, frozen=True, kw_only=True, tag="bulks"):
    """New acties, many a request."""

    first: int
    records: int
    """In each."""
    bulks: int
    coding: Coding


class Order(Struct, frozen=True, kw_only=True):
    """What to send, where, and for how long (seconds)."""

    port: int
    client_id: str
    secret: str
    connections: int
    what: Posts | Pages | Bulks
    seconds: float
    warm_up: float = 0
    per_second: float | None = None
    """Send on this schedule, however fast answers come; without it each connection waits for its answer."""
    may_break: bool = False
    """Whether a server that breaks off ends the round as it should."""


class Times(Struct, frozen=True, kw_only=True):
    """How long the answers of one kind took, in the time after the warm-up."""

    answers: int
    p50_ms: float
    p99_ms: float


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of it."""

    answered: dict[int, int]
    """How often each status came, the warm-up included."""
    times: dict[int, Times]
    """By status."""
    per_second: float
    """Answers a second, after the warm-up."""
    processor_us: float
    """Processor time of the load generator for each answer, in microseconds."""
    unanswered: tuple[int, ...] = ()
    """The numbers of the requests under way when the server broke off; all before them were answered."""
    sent: int = 0

    @property
    def acknowledged(self) -> int:
        """How many were answered with a 201."""
        return self.answered.get(CREATED, 0)

    @property
    def created(self) -> Times:
        """How long those took."""
        return self.times[CREATED]

    @property
    def found(self) -> Times:
        """How long it took to get what was there."""
        return self.times[FOUND]


def run(order: Order) -> Outcome:
    """Run the load generator in a process of its own.

    Raises `CalledProcessError` where an answer was not what the requests ask for, or the server broke off.
    """
    done = subprocess.run(
        [sys.executable, "-m", "bench.clients"],
        input=msgspec.json.encode(order),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Outcome)
