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
    except VerwerkingenlogError as error:
        if isinstance(error, StoreUnavailable):
            _log.warning("store_unavailable", exc_info=True, extra={"request_id": request_id})
        elif isinstance(error, LogAltered):
            _log.error("log_altered", exc_info=True, extra={"request_id": request_id})
        return answer_problem(error, request_id)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the caller gets an answer of ours
        _log.exception("operation_failed", extra={"request_id": request_id})
        return answer_problem(error, request_id)


async def send_answer(
    answer: Answer, method: str, send: Send, headers: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    """Send an answer with these headers before its own; HEAD gets no body but the same headers."""
    all_headers = [*headers, *answer.headers]
    if answer.body:
        all_headers += [
            (b"content-type", answer.media_type),
            (b"content-length", b"%d" % len(answer.body)),
        ]
    await send({"type": "http.response.start", "status": answer.status, "headers": all_headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})
