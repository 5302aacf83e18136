"""From the outcome of an operation, good or bad, to an answer on the wire (rules E1, E2)."""

import logging
from collections.abc import Awaitable, Sequence

from verwerkingenlog.api.answer import Answer
from verwerkingenlog.api.problems import answer_problem
from verwerkingenlog.api.request import ClientGone
from verwerkingenlog.errors import LogAltered, StoreUnavailable, VerwerkingenlogError
from verwerkingenlog.telemetry.observation import Send

_log = logging.getLogger(__name__)


async def outcome(work: Awaitable[Answer], request_id: str) -> Answer:
    """Give what the work answers, or the problem that it ended in. Raises `ClientGone` as the work does."""
    try:
        return await work
    except ClientGone:
        raise
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the caller gets an answer of ours
        return problem(error, request_id)


def problem(error: Exception, request_id: str) -> Answer:
    """Give the answer to an error; what the administrator must know of it goes to the log."""
    extra = {"request_id": request_id}
    if isinstance(error, StoreUnavailable):
        _log.warning("store_unavailable", exc_info=error, extra=extra)
    elif isinstance(error, LogAltered):
        _log.error("log_altered", exc_info=error, extra=extra)
    elif not isinstance(error, VerwerkingenlogError):
        _log.error("operation_failed", exc_info=error, extra=extra)
    return answer_problem(error, request_id)


async def send_answer(
    answer: Answer, method: str, send: Send, headers: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    """Send an answer with these headers before its own; HEAD gets no body but the same headers."""
    start = {"status": answer.status, "headers": [*headers, *headers_of(answer)]}
    await send({"type": "http.response.start", **start})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})


def headers_of(answer: Answer) -> Sequence[tuple[bytes, bytes]]:
    """Give the headers of an answer, those about its body included."""
    if not answer.body:
        return answer.headers
    return (
        *answer.headers,
        (b"content-type", answer.media_type),
        (b"content-length", b"%d" % len(answer.body)),
    )
