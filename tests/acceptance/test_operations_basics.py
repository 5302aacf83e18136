"""What operators see of the real log: log lines, metrics and traces, of both workers and without persons."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.acties import an_actie, bsn, person_query
from tests.support.applications import ALL_SCOPES
from tests.support.bulk import lines, logged, send
from tests.support.client import ACTIES, Client
from tests.support.server import Server, free_port

POSTS = 20
BULK = 7
"""Acties in the one bulk."""


class Collector(HTTPServer):
    """Receives traces as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        """Where spans are sent to."""
        return f"http://127.0.0.1:{self.server_port}/v1/traces"

    def spans(self) -> list[Span]:
        """Give the spans that came in."""
        return [
            span
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class _Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def client_of(server: Server) -> closing[Client]:
    """Give a way into the server that closes its connections."""
    return closing(Client(server.url))


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.serve_forever)
    thread.start()
    yield collector
    collector.shutdown()
    thread.join()
    collector.server_close()


@pytest.fixture(scope="module")
def person() -> str:
    return bsn()


@pytest.fixture(scope="module")
def metrics_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory, collector: Collector, metrics_port: int, person: str
) -> Iterator[dict[str, str]]:
    """Give what a server with two workers told after some work: its metrics, its log and its traces."""
    server = Server(
        tmp_path_factory.mktemp("operations"),
        workers=2,
        METRIEKEN_PORT=str(metrics_port),
        TRACES=collector.url,
    )
    try:
        server.start()
        for _ in range(POSTS):  # each over a connection of its own: any worker may get it
            with client_of(server) as client:
                client.bewerking(*ALL_SCOPES).register(an_actie(person))
        with client_of(server) as client:
            assert client.bewerking(*ALL_SCOPES).get(ACTIES, person_query(person)).status_code == 200
        with client_of(server) as client:
            logged(send(client.bewerking(*ALL_SCOPES), lines([an_actie(person)] * BULK)))
        metrics = httpx.get(f"http://127.0.0.1:{metrics_port}/metrics", trust_env=False).text
        assert server.stop() == 0, server.log()
        server.assert_sound()
        yield {"metrics": metrics, "log": server.log()}
    finally:
        server.dispose()


def sample(metrics: str, name: str) -> float:
    """Add up all samples of a name, whatever their labels."""
    return sum(
        float(line.rpartition(" ")[2])
        for line in metrics.splitlines()
        if line.partition("{")[0].partition(" ")[0] == name
    )


def test_P2_acknowledged_records_are_counted_over_all_workers(told: dict[str, str]) -> None:
    metrics = told["metrics"]
    assert sample(metrics, "verwerkingenlog_records_acknowledged_total") == POSTS + 1 + BULK
    assert sample(metrics, "verwerkingenlog_batch_size_sum") == POSTS + 1 + BULK
    assert sample(metrics, "verwerkingenlog_queue_depth") == 0


def test_L1_logged_reads_are_counted(told: dict[str, str]) -> None:
    assert sample(told["metrics"], "verwerkingenlog_reads_logged_total") == 1


def test_S1_looks_at_tokens_are_counted(told: dict[str, str]) -> None:
    assert sample(told["metrics"], "verwerkingenlog_tokens_total") == POSTS + 2


def test_requests_are_counted_by_operation(told: dict[str, str]) -> None:
    created = [line for line in told["metrics"].splitlines() if 'status="201"' in line]
    assert sum(float(line.rpartition(" ")[2]) for line in created) == POSTS + 1
    assert all('api="bewerking"' in line and 'operation="-"' not in line for line in created)


def test_each_request_is_a_line_with_its_route(told: dict[str, str]) -> None:
    lines = [json.loads(line) for line in told["log"].splitlines() if line.startswith("{")]
    posts = [line for line in lines if line["event"] == "request_answered" and line["method"] == "POST"]
    routes = Counter(line["route"] for line in posts)
    path = "/bewerking/api/v1/verwerkingsacties"
    assert routes == {path: POSTS, f"{path}/_bulk": 1}
    assert all(line["client_id"] and line["request_id"] and line["status"] == 201 for line in posts)


def test_each_request_is_a_span_with_its_route(told: dict[str, str], collector: Collector) -> None:
    assert told
    names = [span.name for span in collector.spans()]
    assert names.count("POST /bewerking/api/v1/verwerkingsacties") == POSTS
    assert names.count("GET /bewerking/api/v1/verwerkingsacties") == 1


def test_M7_no_person_stands_in_log_metrics_or_traces(
    told: dict[str, str], collector: Collector, person: str
) -> None:
    assert person not in told["log"] + told["metrics"]
    assert not any(person.encode() in body for body in collector.bodies)
    assert "objectId" not in told["log"] + told["metrics"]


def test_a_collector_that_is_away_harms_no_request(tmp_path: Path) -> None:
    server = Server(tmp_path, TRACES=f"http://127.0.0.1:{free_port()}/v1/traces")
    try:
        server.start()
        with client_of(server) as client:
            client.bewerking(*ALL_SCOPES).register(an_actie(bsn()))
        assert server.stop() == 0
        assert "Traceback" not in server.log()
    finally:
        server.dispose()
