"""The load generator of the bench, against a server that answers what a test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from bench.clients import UnexpectedAnswer, carry_out
from bench.load import Order, Pages, Posts

CREATED = b"HTTP/1.1 201 Created\r\ncontent-length: 3\r\n\r\n{ }"
REFUSED = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
WHAT = Posts(first=0, most=1)
"""The answers that a round expects go by this; the requests are given apart."""
CONNECTIONS = 4
REQUESTS = [b"POST %d\n" % number for number in range(500)]

Answer = Callable[[int], bytes | None]
"""Gives the answer to the request that so many came before; None breaks the connection off."""


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Have a server that answers each line; give its port, and the lines as they come."""
    came: list[bytes] = []
    ended = asyncio.Semaphore(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while line := await reader.readline():
                came.append(line)
                told = answer(len(came) - 1)
                if told is None:
                    break
                # In two parts, as the network may bring it.
                writer.write(told[:30])
                await writer.drain()
                await asyncio.sleep(0)
                writer.write(told[30:])
        writer.close()
        ended.release()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], came
        for _ in range(CONNECTIONS):
            await ended.acquire()


def order(
    port: int, *, per_second: float | None = None, may_break: bool = False, what: Posts | Pages = WHAT
) -> Order:
    return Order(
        port=port,
        client_id="bench",
        secret="x" * 32,
        connections=CONNECTIONS,
        what=what,
        seconds=60,
        per_second=per_second,
        may_break=may_break,
    )


@pytest.mark.parametrize("per_second", [None, 5000.0])
async def test_each_request_is_sent_once_and_each_answer_counted(per_second: float | None) -> None:
    async with answering(lambda _: CREATED) as (port, came):
        outcome = await carry_out(order(port, per_second=per_second), REQUESTS)
    assert sorted(came) == sorted(REQUESTS)
    assert (outcome.acknowledged, outcome.sent, outcome.unanswered) == (500, 500, ())
    assert outcome.created.answers == 500


@pytest.mark.parametrize("answer", [REFUSED, None])
async def test_refusal_or_a_broken_connection_fails_the_round(answer: bytes | None) -> None:
    async with answering(lambda before: CREATED if before < 100 else answer) as (port, _):
        with pytest.raises(UnexpectedAnswer):
            await carry_out(order(port), REQUESTS)


async def test_answer_of_another_kind_fails_the_round() -> None:
    async with answering(lambda _: CREATED) as (port, _):
        with pytest.raises(UnexpectedAnswer, match="201 Created"):
            await carry_out(order(port, what=Pages(paths=("/",))), REQUESTS)


@pytest.mark.parametrize("answer", [REFUSED, None])
async def test_P2_a_round_that_may_break_tells_what_was_not_acknowledged(answer: bytes | None) -> None:
    async with answering(lambda before: CREATED if before < 100 else answer) as (port, came):
        outcome = await carry_out(order(port, may_break=True), REQUESTS)
    assert outcome.acknowledged == outcome.sent - len(outcome.unanswered)
    assert outcome.acknowledged <= 100
    acknowledged = set(range(outcome.sent)) - set(outcome.unanswered)
    assert {REQUESTS[number] for number in acknowledged} <= set(came[:100])
