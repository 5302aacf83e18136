"""What becomes of an error at the edge: an answer of ours, and a line in the log where someone must act."""

import json
import logging

import pytest

from verwerkingenlog.api.answer import Answer
from verwerkingenlog.api.answering import outcome, send_answer
from verwerkingenlog.api.request import ClientGone
from verwerkingenlog.errors import LogAltered, NotFound, NotSealed, StoreUnavailable
from verwerkingenlog.telemetry.observation import Message

REQUEST_ID = "f89ad8ca-c633-4524-bd12-47fae15b87e6"


async def ended(error: Exception) -> Answer:
    """Give the answer to an operation that ends in this error."""

    async def work() -> Answer:
        raise error

    return await outcome(work(), REQUEST_ID)


@pytest.mark.parametrize(
    ("error", "status", "code", "told"),
    [
        (NotFound(), 404, "not_found", []),
        (NotSealed(), 503, "not_sealed", []),
        (StoreUnavailable(), 503, "unavailable", ["store_unavailable"]),
        (LogAltered(), 500, "altered", ["log_altered"]),
        (ValueError("999993653"), 500, "error", ["operation_failed"]),
    ],
)
async def test_E1_an_error_becomes_a_problem_and_a_line_in_the_log(
    error: Exception, status: int, code: str, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = await ended(error)
    problem = json.loads(answer.body)
    assert (answer.status, problem["status"], problem["code"]) == (status, status, code)
    assert problem["instance"] == f"urn:uuid:{REQUEST_ID}"
    assert "999993653" not in answer.body.decode()
    assert [record.message for record in caplog.records] == told


@pytest.mark.parametrize(("error", "seconds"), [(NotSealed(), b"1"), (StoreUnavailable(), b"5")])
async def test_E2_a_503_says_when_to_try_again(error: Exception, seconds: bytes) -> None:
    assert (await ended(error)).headers == ((b"retry-after", seconds),)


async def test_T1_what_is_not_sealed_yet_says_so() -> None:
    problem = json.loads((await ended(NotSealed())).body)
    assert "over een seconde" in problem["detail"]


async def test_E1_who_is_gone_gets_no_answer() -> None:
    with pytest.raises(ClientGone):
        await ended(ClientGone())


@pytest.mark.parametrize(("method", "body"), [("GET", b"iets"), ("HEAD", b"")])
async def test_E2_HEAD_has_the_headers_of_GET(method: str, body: bytes) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await send_answer(Answer(200, b"iets", b"text/plain"), method, send, [(b"api-version", b"1.0.0")])
    assert sent[0]["headers"] == [
        (b"api-version", b"1.0.0"),
        (b"content-type", b"text/plain"),
        (b"content-length", b"4"),
    ]
    assert sent[1]["body"] == body
