"""Log lines: one JSON object a line on standard output, of fields that hold no persons (rule M7).

A line is built from what is allowed, not cleaned of what is not: an event name of our own, the fields of
`Line`, and of an exception its type, SQLSTATE and places in the code. The text of an exception is never
written: PostgreSQL's `DETAIL` quotes the row that broke a rule, and a library's message may quote its input.
"""

import asyncio
import logging
import re
import select
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType
from typing import IO

import msgspec

OURS = "verwerkingenlog"
_EVENT = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
_SQLSTATE = re.compile(r"[0-9A-Z]{5}")
_MOST_CAUSES = 8
_encode = msgspec.json.Encoder().encode


class Line(msgspec.Struct, omit_defaults=True):
    """What may stand in a line; beside the event, each holds a name of ours, a number or a client's id."""

    time: str
    level: str
    event: str
    request_id: object = None
    method: object = None
    route: object = None
    api: object = None
    operation: object = None
    status: object = None
    duration_ms: object = None
    client_id: object = None
    worker: object = None
    workers: object = None
    host: object = None
    port: object = None
    count: object = None
    sleutel: object = None


FIELDS = Line.__struct_fields__[3:]
"""What a line may hold beside its time, level and event."""


class JsonLines(logging.Formatter):
    """Format a record as one line of JSON.

    The message of one of our own loggers is the name of an event (`worker_started`). That of any other
    logger is withheld: only its place in the code is told.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, without a line end."""
        given = {name: record.__dict__[name] for name in FIELDS if name in record.__dict__}
        line = Line(_written(record.created), record.levelname.lower(), _event_of(record), **given)
        more: dict[str, object] = {}
        if line.event == "library_reported":
            more["source"] = f"{record.name} {record.module}:{record.lineno}"
        if record.exc_info and record.exc_info[1] is not None:
            more["errors"] = describe(record.exc_info[1])
        return _encode(msgspec.to_builtins(line) | more).decode()


class _Lines(logging.StreamHandler[IO[str]]):
    """Writes the lines of one turn of the event loop at once: a system call costs more than its line does.

    Never more at once than a pipe takes whole, or the lines of several workers could end up in one another.
    """

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(stream)
        self._unwritten = 0
        self._flushed_by: asyncio.AbstractEventLoop | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of a record."""
        try:
            self.put(self.format(record))
        except Exception:  # noqa: BLE001 - as the standard library does
            self.handleError(record)

    def put(self, line: str) -> None:
        """Write a line. Raises `OSError` or `ValueError` where the stream can't take it."""
        self.acquire()
        try:
            if self._unwritten + len(line) >= select.PIPE_BUF:
                self.flush()
            self.stream.write(f"{line}\n")
            self._unwritten += len(line) + 1
            self._flush_this_turn()
        finally:
            self.release()

    def flush(self) -> None:
        """Write out what was put."""
        self._unwritten = 0
        super().flush()

    def _flush_this_turn(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        if self._flushed_by is not loop:
            self._flushed_by = loop
            loop.call_soon(self._end_turn)

    def _end_turn(self) -> None:
        self._flushed_by = None
        with suppress(OSError, ValueError):
            self.flush()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Drop the line: the standard library would print the record, with all that was given to it."""


def tell(event: str, fields: Mapping[str, object]) -> None:
    """Write an info line of an event and fields of ours: without a `LogRecord`, for every request has one."""
    line = _encode(Line(_written(time.time()), "info", event, **fields)).decode()
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Lines):
            with suppress(OSError, ValueError):
                handler.put(line)


def configure(level: str, stream: IO[str] | None = None) -> None:
    """Send all log lines, warnings and uncaught exceptions of this process to standard output, as JSON.

    `level` is `debug`, `info`, `warning` or `error`; libraries are heard from `warning` on.
    """
    handler = _Lines(stream or sys.stdout)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, _level(level)))
    logging.getLogger(OURS).setLevel(_level(level))
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # no line tells them
    logging.captureWarnings(capture=True)
    sys.excepthook = _on_uncaught
    sys.unraisablehook = _on_unraisable
    threading.excepthook = _on_thread


def describe(error: BaseException) -> list[dict[str, object]]:
    """Describe an exception and its causes by type, SQLSTATE and places in the code, the last cause first."""
    return [_describe_one(cause) for cause in reversed(list(_chain(error)))]


def _describe_one(error: BaseException) -> dict[str, object]:
    kind = type(error)
    described: dict[str, object] = {"type": f"{kind.__module__}.{kind.__qualname__}"}
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str) and _SQLSTATE.fullmatch(sqlstate):
        described["sqlstate"] = sqlstate
    described["at"] = list(_places(error.__traceback__))
    return described


def _places(traceback: TracebackType | None) -> Iterator[str]:
    """Give the places of our own code that the exception passed, and where it was raised."""
    while traceback is not None:
        module = traceback.tb_frame.f_globals.get("__name__", "?")
        if module.partition(".")[0] == OURS or traceback.tb_next is None:
            yield f"{module}:{traceback.tb_lineno}"
        traceback = traceback.tb_next


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give the exception, the members of a group, and what each was raised from; a few at most."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_CAUSES:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        cause = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if cause is not None:
            waiting.append(cause)


def _written(moment: float) -> str:
    return _to_the_millisecond(int(moment * 1000))


@lru_cache(maxsize=2)
def _to_the_millisecond(milliseconds: int) -> str:
    """Write a moment; the many lines of one batch have the same."""
    seconds, rest = divmod(milliseconds, 1000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
    return moment.isoformat(timespec="milliseconds")


def _event_of(record: logging.LogRecord) -> str:
    if not record.name.startswith(OURS):
        return "library_reported"
    return record.msg if isinstance(record.msg, str) and _EVENT.fullmatch(record.msg) else "event_unnamed"


def _level(name: str) -> int:
    return logging.getLevelNamesMapping()[name.upper()]


def _on_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    logging.getLogger(OURS).critical("exception_uncaught", exc_info=(kind, error, traceback))


def _on_unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    error = unraisable.exc_value
    if error is not None:
        _on_uncaught(type(error), error, unraisable.exc_traceback)


def _on_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _on_uncaught(args.exc_type, args.exc_value, args.exc_traceback)
