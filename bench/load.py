"""The load generator: a process of its own that posts on many connections and counts what was acknowledged.

`python -m bench.load` reads one `Order` from standard input and writes one `Outcome` to standard output, both
as JSON. It speaks just enough HTTP for one kind of request to one server, with all that can be prepared made
beforehand: the fewer cycles it takes, the more it measures the server.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice, repeat
from typing import cast

import msgspec
import uvloop
from msgspec import Struct

from bench.figures import percentile
from bench.messages import bodies, user_of
from verwerkingenlog.domain.applicatie import Applicatie
from verwerkingenlog.operations.tokens import mint

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "
_CREATED = b"HTTP/1.1 201 "
_PREPARED_PER_SECOND = 10_000
_PATIENCE = 30
"""Seconds after the end of a round in which the last answers must come."""


class Order(Struct, frozen=True, kw_only=True):
    """What to send, where, and for how long (seconds)."""

    port: int
    client_id: str
    secret: str
    connections: int
    warm_up: float
    seconds: float
    token_each: bool
    """A new token for each request, or one for all."""
    first: int
    """The number of the first message, so that no two rounds send the same."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of it: `acknowledged` counts every 201, the rest is about the time after the warm-up."""

    acknowledged: int
    per_second: float
    p50_ms: float
    p99_ms: float


class UnexpectedAnswer(Exception):
    """The server gave something else than a 201, or broke a connection off."""


def run(order: Order) -> Outcome:
    """Run the load generator in a process of its own. Raises `CalledProcessError` where not all was a 201."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=msgspec.json.encode(order),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Outcome)


def requests(order: Order) -> Iterator[bytes]:
    """Prepare the requests; a round on a machine that answers even more of them ends sooner."""
    count = int((order.warm_up + order.seconds) * _PREPARED_PER_SECOND)
    applicatie = Applicatie(client_id=order.client_id, secret=order.secret, label="")
    now = time.time()
    # The name is not kept, so it makes the tokens differ and nothing else.
    tokens = (
        (mint(applicatie, user_of(number), f"Medewerker {number}", now=now) for number in range(count))
        if order.token_each
        else repeat(mint(applicatie, user_of(0), now=now))
    )
    messages = islice(bodies(order.first), count)
    return iter([_request(token, message) for token, message in zip(tokens, messages, strict=False)])


def is_complete(answer: bytes) -> bool:
    """Tell whether this is a whole answer: a head, and the body whose length it gives."""
    end = answer.find(_END_OF_HEAD)
    if end < 0:
        return False
    start = answer.find(_LENGTH, 0, end)
    if start < 0:
        return True
    start += len(_LENGTH)
    length = int(answer[start : answer.find(b"\r", start)])
    return len(answer) >= end + len(_END_OF_HEAD) + length


def _request(token: str, body: bytes) -> bytes:
    head = (
        "POST /bewerking/api/v1/verwerkingsacties HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        f"Authorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Round:
    """What the connections share: the requests, and what became of them."""

    def __init__(self, requests: Iterator[bytes], measured_from: float, until: float) -> None:
        self.requests = requests
        self.measured_from = measured_from
        self.until = until
        self.acknowledged = 0
        self.latencies: list[float] = []
        self.last = measured_from
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.busy = 0

    def outcome(self) -> Outcome:
        ordered = sorted(self.latencies)
        return Outcome(
            acknowledged=self.acknowledged,
            per_second=len(ordered) / (self.last - self.measured_from),
            p50_ms=percentile(ordered, 50) * 1000,
            p99_ms=percentile(ordered, 99) * 1000,
        )

    def fail(self, what: bytes) -> None:
        if not self.finished.done():
            self.finished.set_exception(UnexpectedAnswer(what.decode(errors="replace")))


class _Connection(asyncio.Protocol):
    """One client: sends a request, waits for its answer, sends the next."""

    def __init__(self, round_: _Round) -> None:
        self._round = round_
        self._answer = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # as it is for TCP
        self._round.busy += 1
        self._send(time.perf_counter())

    def data_received(self, data: bytes) -> None:
        answer = self._answer + data if self._answer else data
        if not is_complete(answer):
            self._answer = answer
            return
        self._answer = b""
        now = time.perf_counter()
        round_ = self._round
        if not answer.startswith(_CREATED):
            round_.fail(answer)
            return
        round_.acknowledged += 1
        if round_.measured_from < now <= round_.until:
            round_.latencies.append(now - self._sent)
            round_.last = now
        self._send(now)

    def connection_lost(self, exc: Exception | None) -> None:
        self._round.fail(f"The server broke off a connection: {exc}".encode())

    def _send(self, now: float) -> None:
        round_ = self._round
        request = next(round_.requests, None) if now < round_.until else None
        if request is not None:
            self._sent = now
            self._transport.write(request)
            return
        round_.busy -= 1
        if not round_.busy and not round_.finished.done():
            round_.finished.set_result(None)


async def _carry_out(order: Order, prepared: Iterator[bytes]) -> Outcome:
    loop = asyncio.get_running_loop()
    start = time.perf_counter() + order.warm_up
    round_ = _Round(prepared, start, start + order.seconds)
    for _ in range(order.connections):
        await loop.create_connection(lambda: _Connection(round_), "127.0.0.1", order.port)
    async with asyncio.timeout(order.warm_up + order.seconds + _PATIENCE):
        await round_.finished
    return round_.outcome()


def main() -> None:
    """Carry out one order."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    prepared = requests(order)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(_carry_out(order, prepared))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


if __name__ == "__main__":
    main()
