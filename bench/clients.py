"""The load generator: a process of its own that sends requests on many connections and counts the answers.

`python -m bench.clients` reads one `Order` from standard input and writes one `Outcome` to standard output,
both as JSON. It speaks just enough HTTP for the requests of the bench, with all that can be prepared made
beforehand: the fewer cycles it takes, the more it measures the server.

In a closed round each connection sends a request as soon as the one before is answered. In an open round
requests have their moments, and a latency counts from there: one that must wait for a free connection is late
from its own moment on, not from the one at which it could be sent.
"""

import asyncio
import gc
import resource
import signal
import sys
import time
from abc import ABC, abstractmethod
from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from typing import Final, cast

import msgspec
import uvloop

from bench.load import Bulks, Order, Outcome, Pages, Posts, Times
from bench.requests import prepared
from bench.spread import Latencies

_END_OF_HEAD: Final = b"\r\n\r\n"
_LENGTH: Final = b"\r\ncontent-length: "
_PATIENCE: Final = 60
"""Seconds after the end of a round in which the last answers must come."""


class UnexpectedAnswer(Exception):
    """The server gave another answer than the requests ask for, or broke a connection off."""


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


async def carry_out(order: Order, requests: Sequence[bytes]) -> Outcome:
    """Open the connections, send the requests, tell what came of it. Raises `UnexpectedAnswer`."""
    loop = asyncio.get_running_loop()
    round_ = Closed(order, requests) if order.per_second is None else Open(order, requests)
    for _ in range(order.connections):
        await loop.create_connection(lambda: Connection(round_), "127.0.0.1", order.port)
    try:
        async with asyncio.timeout(order.seconds + order.warm_up + _PATIENCE):
            return await round_.run()
    finally:
        round_.close()


class Round(ABC):
    """What the connections share: the requests, and what became of them."""

    def __init__(self, order: Order, requests: Sequence[bytes]) -> None:
        self.connections: list[Connection] = []
        self._order = order
        self._requests = requests
        self._again = isinstance(order.what, Posts) and order.what.again
        self._given = 0
        self._latencies = {b"%d" % status: Latencies() for status in _expected(order)}
        self._answered: defaultdict[bytes, int] = defaultdict(int)
        self._finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._broken = False

    async def run(self) -> Outcome:
        """Send, until the time is over or nothing is left to send."""
        used = _processor_seconds()
        start = time.perf_counter()
        self._measured_from = self._last = start + self._order.warm_up
        self._until = self._measured_from + self._order.seconds
        self.begin(start)
        await self._finished
        used = _processor_seconds() - used
        counted = sum(map(len, self._latencies.values()))
        return Outcome(
            answered={int(status): count for status, count in self._answered.items()},
            times={
                int(status): Times(
                    answers=len(latencies),
                    p50_ms=latencies.percentile(50) * 1000,
                    p99_ms=latencies.percentile(99) * 1000,
                )
                for status, latencies in self._latencies.items()
                if len(latencies)
            },
            per_second=counted / max(self._last - self._measured_from, 1e-9),
            processor_us=used / max(sum(self._answered.values()), 1) * 1e6,
            unanswered=tuple(one.number for one in self.connections if one.busy),
            sent=self._given,
        )

    def close(self) -> None:
        """Close the connections."""
        for connection in self.connections:
            connection.close()

    @abstractmethod
    def begin(self, now: float) -> None:
        """Send the first requests."""

    @abstractmethod
    def went_on(self, connection: "Connection", now: float) -> None:
        """Go on with a connection whose request was answered."""

    @abstractmethod
    def counts(self, since: float, now: float) -> bool:
        """Tell whether this answer is part of what is measured."""

    def answered(self, connection: "Connection", answer: bytes) -> None:
        """Count an answer, and go on."""
        now = time.perf_counter()
        status = answer[9:12]  # after "HTTP/1.1 "
        latencies = self._latencies.get(status)
        if latencies is None:
            self.failed(answer)
            return
        connection.busy = False
        self._answered[status] += 1
        if self.counts(connection.since, now):
            latencies.add(now - connection.since)
            self._last = now
        self.went_on(connection, now)

    def failed(self, what: bytes) -> None:
        """End the round, which may or may not be meant to end so."""
        self._broken = True
        if self._finished.done():
            return
        if self._order.may_break:
            self._finished.set_result(None)
        else:
            self._finished.set_exception(UnexpectedAnswer(what[:2000].decode(errors="replace")))

    def _send(self, connection: "Connection", since: float) -> None:
        number = self._given
        self._given += 1
        connection.send(self._requests[number % len(self._requests)], number, since)

    def _has_more(self, now: float) -> bool:
        return now < self._until and not self._broken and (self._again or self._given < len(self._requests))

    def _finish_when_idle(self) -> None:
        if not self._finished.done() and not any(one.busy for one in self.connections):
            self._finished.set_result(None)


class Closed(Round):
    """Each connection sends a request as soon as the one before is answered."""

    def begin(self, now: float) -> None:
        """Send one on each connection."""
        for connection in self.connections:
            self.went_on(connection, now)

    def went_on(self, connection: "Connection", now: float) -> None:
        """Send the next one."""
        if self._has_more(now):
            self._send(connection, now)
        else:
            self._finish_when_idle()

    def counts(self, since: float, now: float) -> bool:  # noqa: ARG002 - as an open round needs it
        """Count what was answered in the time."""
        return self._measured_from < now <= self._until


class Open(Round):
    """Requests are sent at their moments, each as far from the one before."""

    def begin(self, now: float) -> None:
        """Start the clock: a signal for each request. The event loop's own timers know no less than 1 ms."""
        self._start = now
        self._planned = 0
        self._idle = list(self.connections)
        self._late: deque[float] = deque()
        self._interval = 1 / (self._order.per_second or 1)
        asyncio.get_running_loop().add_signal_handler(signal.SIGALRM, self._send_due)
        signal.setitimer(signal.ITIMER_REAL, self._interval, self._interval)

    def went_on(self, connection: "Connection", now: float) -> None:
        """Send the one that waits longest, if one does."""
        if self._late:
            self._send(connection, self._late.popleft())
            return
        self._idle.append(connection)
        if not self._plans_more(now):
            self._end()

    def counts(self, since: float, now: float) -> bool:  # noqa: ARG002 - as a closed round needs it
        """Count what had its moment in the time, however late the answer."""
        return self._measured_from <= since < self._until

    def _send_due(self) -> None:
        now = time.perf_counter()
        while self._is_due(now):
            moment = self._start + self._planned * self._interval
            if self._idle:
                self._send(self._idle.pop(), moment)
            else:
                self._late.append(moment)
            self._planned += 1
        if not self._plans_more(now):
            self._end()

    def _is_due(self, now: float) -> bool:
        return self._plans_more(now) and self._start + self._planned * self._interval <= now

    def _plans_more(self, now: float) -> bool:
        return now < self._until and self._planned < len(self._requests)

    def _end(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if not self._late:
            self._finish_when_idle()


class Connection(asyncio.Protocol):
    """One client, with at most one request under way."""

    def __init__(self, round_: Round) -> None:
        self.busy = False
        self.number = -1
        """Of the request under way, or of the last one."""
        self.since = 0.0
        """The moment from which its latency counts."""
        self._round = round_
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Join the round."""
        self._transport = cast("asyncio.WriteTransport", transport)  # as it is for TCP
        self._round.connections.append(self)

    def send(self, request: bytes, number: int, since: float) -> None:
        """Send a request."""
        self.busy, self.number, self.since = True, number, since
        self._transport.write(request)

    def close(self) -> None:
        """Close it; what is under way is given up."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take (a part of) the answer."""
        answer = self._answer + data if self._answer else data
        if is_complete(answer):
            self._answer = b""
            self._round.answered(self, answer)
        else:
            self._answer = answer

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the round; at its own end nothing hears it any more."""
        self._round.failed(f"The server broke off a connection: {exc}".encode())


def _expected(order: Order) -> Collection[int]:
    """Give the statuses that the requests ask for."""
    match order.what:
        case Pages():
            return (200,)
        case Bulks():
            return (200, 201)
        case Posts(reads=reads):
            return (200, 201) if reads else (201,)


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Carry out one order."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    requests = prepared(order)
    gc.freeze()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(carry_out(order, requests))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


if __name__ == "__main__":
    main()
