"""Metrics for Prometheus: numbers with labels of our own words, never anything of persons (rule M7).

Each worker counts in files of its own, in a directory that the parent made and named in the environment; the
parent adds them up and serves the sums. The library looks for that directory when it is first imported, so
the parent sets it (`counting`) before it starts a worker.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server, values
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from verwerkingenlog.errors import ConfigurationError

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
if DIRECTORY in os.environ:
    # A worker never forks, and the library would ask the system for the process id at every count.
    _PID = os.getpid()
    values.ValueClass = values.MultiProcessValue(lambda: _PID)  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
"""The metrics of this process alone; the sums over all workers are what `serving` serves."""

REQUESTS = Counter(
    "verwerkingenlog_requests",
    "Answered requests",
    ["api", "operation", "status"],
    registry=REGISTRY,
)
DURATION = Histogram(
    "verwerkingenlog_request_duration_seconds",
    "From the first byte of a request to the last byte of its answer",
    ["api", "operation"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=REGISTRY,
)
ACKNOWLEDGED = Counter(
    "verwerkingenlog_records_acknowledged", "Records that were durable before their answer", registry=REGISTRY
)
BATCH_SIZE = Histogram(
    "verwerkingenlog_batch_size",
    "Records in one transaction that logs new acties",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 2048, 10_000),
    registry=REGISTRY,
)
QUEUE_DEPTH = Gauge(
    "verwerkingenlog_queue_depth",
    "Records that wait for a transaction",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
OVERLOADED = Counter(
    "verwerkingenlog_overload_refusals", "Requests refused because the queue was full", registry=REGISTRY
)
_TOKENS = Counter(
    "verwerkingenlog_tokens",
    "Tokens that were known as verified (hit), or had to be verified (miss)",
    ["cache"],
    registry=REGISTRY,
)
TOKENS_KNOWN = _TOKENS.labels("hit")
TOKENS_VERIFIED = _TOKENS.labels("miss")
READS_LOGGED = Counter(
    "verwerkingenlog_reads_logged", "Entries that the log wrote about its own reading", registry=REGISTRY
)
SEALING_LAG = Gauge(
    "verwerkingenlog_sealing_lag_seconds",
    "How long the oldest record that is not sealed has been waiting",
    multiprocess_mode="livemax",
    registry=REGISTRY,
)
SEALED = Counter("verwerkingenlog_records_sealed", "Records that got a place in the tree", registry=REGISTRY)
TREE_SIZE = Gauge(
    "verwerkingenlog_tree_size",
    "Records in the tree",
    multiprocess_mode="livemax",
    registry=REGISTRY,
)
CHECKPOINTS_UNPUBLISHED = Counter(
    "verwerkingenlog_checkpoints_unpublished",
    "Checkpoints that could not be written or posted",
    ["how"],
    registry=REGISTRY,
)


@cache
def _children(api: str, operation: str, status: int) -> tuple[Counter, Histogram]:
    """Find the metrics of these labels once: `labels` takes a lock and builds a key."""
    return REQUESTS.labels(api, operation, str(status)), DURATION.labels(api, operation)


def count_request(api: str, operation: str, status: int, seconds: float) -> None:
    """Count an answered request; `api` and `operation` are names of the contract, so that they are few."""
    requests, duration = _children(api, operation, status)
    requests.inc()
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        OVERLOADED.inc()
    duration.observe(seconds)


def observe_batch(committed: int, waiting: int) -> None:
    """Count the records of one transaction that is durable, and those that wait for the next."""
    ACKNOWLEDGED.inc(committed)
    BATCH_SIZE.observe(committed)
    QUEUE_DEPTH.set(waiting)


def observe_bulk(committed: int) -> None:
    """Count the records of a bulk that is durable; it never waited in the queue."""
    ACKNOWLEDGED.inc(committed)
    BATCH_SIZE.observe(committed)


def observe_sealing(lag: float, sealed: int, size: int) -> None:
    """Count what one look at the database sealed; `lag` in seconds, `size` of the tree after it."""
    SEALING_LAG.set(lag)
    SEALED.inc(sealed)
    TREE_SIZE.set(size)


class _Workers(MultiProcessCollector):
    """The sums over all workers; what a dead worker held at the moment (its queue) no longer counts."""

    def __init__(self, registry: CollectorRegistry, directory: Path) -> None:
        super().__init__(registry, path=str(directory))  # type: ignore[no-untyped-call]
        self._directory = directory

    def collect(self) -> Iterable[Metric]:
        for pid in {int(file.stem.rpartition("_")[2]) for file in self._directory.glob("gauge_live*.db")}:
            if not _is_alive(pid):
                mark_process_dead(pid, path=str(self._directory))  # type: ignore[no-untyped-call]
        sums: Iterable[Metric] = super().collect()  # type: ignore[no-untyped-call]
        return sums


@contextmanager
def counting() -> Iterator[Path]:
    """Give the workers that start inside this block a directory to count in, and remove it afterwards."""
    with TemporaryDirectory(prefix="verwerkingenlog-metrieken-") as directory:
        before = os.environ.get(DIRECTORY)
        os.environ[DIRECTORY] = directory
        try:
            yield Path(directory)
        finally:
            del os.environ[DIRECTORY]
            if before is not None:
                os.environ[DIRECTORY] = before


@contextmanager
def serving(directory: Path, host: str, port: int) -> Iterator[None]:
    """Serve the sums of the workers that count in the directory, at `/metrics`; with port 0 nothing.

    Raises `ConfigurationError` where the port can't be had.
    """
    if port == 0:
        yield
        return
    registry = CollectorRegistry()
    _Workers(registry, directory)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise ConfigurationError(
            f"VERWERKINGENLOG_METRIEKEN_PORT: op {host} is poort {port} niet vrij voor de metrieken."
            " Kies een andere poort, of 0 om ze uit te zetten."
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
