"""Log lines, metrics and traces say what an operator needs and nothing of persons (rule M7)."""

import asyncio
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.telemetry import metrics, tracing
from verwerkingenlog.telemetry.logging import configure, describe, tell
from verwerkingenlog.telemetry.observation import (
    ASGIApp,
    Message,
    Observed,
    Receive,
    Scope,
    Send,
    observation_of,
)

BSN = "999993653"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0"
ours = logging.getLogger("verwerkingenlog.test")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.getLogger("verwerkingenlog").level
    for module, hook in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, hook, getattr(module, hook))
    for flag in ("logThreads", "logProcesses", "logMultiprocessing"):
        monkeypatch.setattr(logging, flag, getattr(logging, flag))
    stream = io.StringIO()
    configure("debug", stream)
    yield stream
    logging.captureWarnings(capture=False)
    root.handlers[:], level, our_level = before
    root.setLevel(level)
    logging.getLogger("verwerkingenlog").setLevel(our_level)


def parsed(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def row_error() -> asyncpg.PostgresError:
    """Make the error that PostgreSQL gives for a row that breaks a rule: it quotes the row."""
    return asyncpg.PostgresError.new(
        {
            "S": "ERROR",
            "C": "23505",
            "M": f"duplicate key {BSN}",
            "D": f"Key (object_id)=({BSN}) already exists.",
        }
    )


def request(path: str = "/bewerking/api/v1/verwerkingsacties") -> Scope:
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": f"objectId={BSN}".encode(),
        "headers": [(b"authorization", f"Bearer {TOKEN}".encode()), (b"x-bsn", BSN.encode())],
    }


async def answer(app: ASGIApp, scope: Scope) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": BSN.encode(), "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


async def found(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer as a route of the log does."""
    observation = observation_of(scope)
    observation.api, observation.operation = "bewerking", "zoeken"
    observation.route = "/verwerkingsacties/{actieId}"
    observation.client_id = "zaaksysteem"
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": BSN.encode()})


async def failing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError(BSN) from row_error()


async def failing_late(scope: Scope, receive: Receive, send: Send) -> None:
    await found(scope, receive, send)
    raise ValueError(BSN)


async def test_a_request_is_told_by_its_route(lines: io.StringIO) -> None:
    await answer(Observed(found, clock=iter([1.0, 1.25]).__next__), request())
    (line,) = parsed(lines)
    assert line.pop("time").endswith("+00:00")
    request_id = line.pop("request_id")
    assert str(UUID(request_id)) == request_id
    assert UUID(request_id).version == 4
    assert line == {
        "level": "info",
        "event": "request_answered",
        "method": "GET",
        "route": "/verwerkingsacties/{actieId}",
        "api": "bewerking",
        "operation": "zoeken",
        "status": 200,
        "duration_ms": 250.0,
        "client_id": "zaaksysteem",
    }


class Pipe(io.StringIO):
    """A stream that knows what was written at once."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = [""]

    def write(self, text: str) -> int:
        self.writes[-1] += text
        return super().write(text)

    def flush(self) -> None:
        if self.writes[-1]:
            self.writes.append("")


@pytest.mark.usefixtures("lines")
async def test_lines_of_one_turn_leave_together_in_what_a_pipe_takes_whole() -> None:
    pipe = Pipe()
    logging.getLogger().handlers[0].stream = pipe  # type: ignore[attr-defined]
    for _ in range(100):
        ours.info("record_written")
    await asyncio.sleep(0)
    *writes, rest = pipe.writes
    assert not rest
    assert 1 < len(writes) < 10
    assert all(len(text) <= 4096 and text.endswith("}\n") for text in writes)
    ours.info("record_written")
    assert len(pipe.writes) == len(writes) + 1
    await asyncio.sleep(0)
    assert len(pipe.writes) == len(writes) + 2


@pytest.mark.usefixtures("lines")
def test_without_an_event_loop_each_line_leaves_at_once() -> None:
    pipe = Pipe()
    logging.getLogger().handlers[0].stream = pipe  # type: ignore[attr-defined]
    ours.info("record_written")
    ours.info("record_written")
    assert len(pipe.writes) == 3


async def test_M7_no_part_of_a_request_reaches_the_log(lines: io.StringIO) -> None:
    await answer(Observed(found), request(f"/bewerking/api/v1/{BSN}"))
    with pytest.raises(RuntimeError):
        await answer(Observed(failing), request())
    await answer(Observed(failing_late), request())
    assert BSN not in lines.getvalue()
    assert TOKEN not in lines.getvalue()


async def test_a_failed_request_is_told_with_its_error_and_goes_on_to_the_server(lines: io.StringIO) -> None:
    with pytest.raises(RuntimeError):
        await answer(Observed(failing), request())
    failed, answered = parsed(lines)
    assert failed["event"] == "request_failed"
    assert [error["type"] for error in failed["errors"]] == [
        "asyncpg.exceptions.UniqueViolationError",
        "builtins.RuntimeError",
    ]
    assert failed["errors"][0]["sqlstate"] == "23505"
    assert failed["request_id"] == answered["request_id"]
    assert answered["status"] == 500


async def test_an_error_after_the_answer_ends_in_the_log(lines: io.StringIO) -> None:
    sent = await answer(Observed(failing_late), request())
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert [line["event"] for line in parsed(lines)] == ["request_failed", "request_answered"]


async def test_an_unknown_method_is_not_repeated(lines: io.StringIO) -> None:
    await answer(Observed(found), {**request(), "method": BSN})
    assert parsed(lines)[0]["method"] == "-"


async def test_only_http_is_observed(lines: io.StringIO) -> None:
    scopes: list[Scope] = []

    async def lifespan(scope: Scope, _receive: Receive, _send: Send) -> None:
        scopes.append(scope)

    await answer(Observed(lifespan), {"type": "lifespan"})
    assert scopes == [{"type": "lifespan"}]
    assert not lines.getvalue()


def smuggle_by_message() -> None:
    ours.warning("betrokkene %s", BSN)
    ours.warning(BSN)
    logging.getLogger("uvicorn.error").warning("GET /?objectId=%s", BSN)
    logging.getLogger("asyncpg").error(BSN)
    logging.getLogger(BSN[:3]).error({"bsn": BSN})


def smuggle_by_fields() -> None:
    ours.warning("record_written", extra={"object_id": BSN, "query": BSN})


def smuggle_by_exception() -> None:
    group = ExceptionGroup(BSN, [row_error(), ValueError(BSN)])
    group.__cause__ = KeyError(BSN)
    ours.error("record_refused", exc_info=group)


def smuggle_by_warning() -> None:
    warnings.warn(BSN, UserWarning, stacklevel=1)


def smuggle_by_task() -> None:
    async def doomed() -> None:
        await asyncio.sleep(0)
        raise row_error()

    async def main() -> None:
        task = asyncio.ensure_future(doomed())
        await asyncio.wait([task])
        del task

    asyncio.run(main())


def smuggle_by_thread() -> None:
    def doomed() -> None:
        raise row_error()

    thread = threading.Thread(target=doomed)
    thread.start()
    thread.join()


def smuggle_by_hook() -> None:
    sys.excepthook(ValueError, ValueError(BSN), None)


class Doomed:
    def __del__(self) -> None:
        raise ValueError(BSN)


def smuggle_by_finalizer() -> None:
    Doomed()


@pytest.mark.parametrize(
    "smuggle",
    [
        smuggle_by_message,
        smuggle_by_fields,
        smuggle_by_exception,
        smuggle_by_warning,
        smuggle_by_task,
        smuggle_by_thread,
        smuggle_by_hook,
        smuggle_by_finalizer,
    ],
)
@pytest.mark.filterwarnings("default")
def test_M7_a_bsn_cannot_be_smuggled_into_the_log(
    smuggle: Callable[[], None], lines: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    smuggle()
    out, err = capfd.readouterr()
    assert parsed(lines)
    assert BSN not in lines.getvalue() + out + err


def test_M7_a_line_that_cannot_be_written_is_not_printed(
    lines: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    lines.close()
    logging.getLogger().handlers[0].stream = lines  # type: ignore[attr-defined]
    ours.warning("record_written", extra={"client_id": BSN})
    tell("record_written", {"client_id": BSN})
    assert capfd.readouterr() == ("", "")
    logging.getLogger().handlers.clear()


def test_a_library_is_told_by_its_place() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:]
    configure("info", stream)
    logging.getLogger("uvicorn.error").error("wrong")
    root.handlers[:] = before
    (line,) = parsed(stream)
    assert line["event"] == "library_reported"
    assert line["source"].startswith("uvicorn.error test_telemetry:")


def test_an_exception_is_described_by_the_places_of_our_code() -> None:
    with pytest.raises(ConfigurationError) as caught, metrics.serving(Path(), "256.0.0.1", 1):
        pass
    first, last = describe(caught.value)
    assert first["type"] == "socket.gaierror"
    assert last["type"] == "verwerkingenlog.errors.ConfigurationError"
    assert all(str(place).startswith("verwerkingenlog.telemetry.metrics:") for place in last["at"][1:-1])  # type: ignore[index]


async def test_requests_are_counted_by_api_operation_and_status() -> None:
    labels = {"api": "bewerking", "operation": "zoeken", "status": "200"}

    def count() -> float:
        return metrics.REGISTRY.get_sample_value("verwerkingenlog_requests_total", labels) or 0

    before = count()
    await answer(Observed(found), request())
    assert count() == before + 1


async def traced(app: ASGIApp, scope: Scope) -> ReadableSpan:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with suppress(RuntimeError):
        await answer(Observed(tracing.Traced(app, provider)), scope)
    (span,) = exporter.get_finished_spans()
    return span


async def test_a_span_is_named_after_its_route() -> None:
    span = await traced(found, request())
    assert span.name == "GET /verwerkingsacties/{actieId}"
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == 200


async def test_M7_a_span_holds_no_person() -> None:
    scope = request(f"/inzage/{BSN}")
    scope["headers"] += [
        (b"traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        (b"tracestate", f"bsn={BSN}".encode()),
        (b"baggage", f"bsn={BSN}".encode()),
    ]
    for app in (found, failing):
        assert BSN not in (await traced(app, scope)).to_json()


async def test_a_span_belongs_to_the_trace_of_its_caller() -> None:
    scope = request()
    scope["headers"].append((b"traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
    span = await traced(found, scope)
    assert span.parent is not None
    assert f"{span.parent.trace_id:x}" == "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_a_failed_request_has_a_failed_span() -> None:
    assert (await traced(failing, request())).status.status_code is StatusCode.ERROR


def test_traces_without_the_extra_are_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace.export", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'verwerkingenlog\[otel\]'"):
        tracing.provider_to("http://localhost:4318/v1/traces")
