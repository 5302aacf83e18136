"""kill -9 of PostgreSQL under the load of the bench: what its figures are about is durable (rule P2)."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from random import Random

from bench import postgres
from bench.load import Order, Outcome, Posts, run
from bench.messages import moment_of
from bench.server import Server, serving
from tests.support.server import running_server, wait_until
from verwerkingenlog.storage.embedded import Cluster, running

ROUNDS = 3
MESSAGES = 100_000
PLACES = {
    "config_file",
    "data_directory",
    "external_pid_file",
    "hba_file",
    "ident_file",
    "unix_socket_directories",
}
"""What differs because two servers lie in two directories."""


def load_on(server: Server, round_: int) -> Order:
    """Give the load of the bench, which ends when the server does."""
    return Order(
        port=server.port,
        client_id=server.client_id,
        secret=server.secret,
        connections=64,
        what=Posts(first=round_ * MESSAGES, most=MESSAGES),
        seconds=60,
        may_break=True,
    )


def moments_in(cluster: Cluster) -> list[datetime]:
    """Give the moment of each actie in the log: no two messages of the bench have the same."""
    moments = postgres.psql(cluster, "select tijdstip from verwerkingenlog.versie").splitlines()
    return [datetime.fromisoformat(moment) for moment in moments]


def broken_off(server: Server, round_: int, enough: int) -> Outcome:
    """Kill PostgreSQL when the log holds so many acties, and give what came of the load until then."""
    with ThreadPoolExecutor(1) as beside:
        load = beside.submit(run, load_on(server, round_))
        with running(server.data_dir) as cluster:
            wait_until(
                lambda: load.done() or postgres.count(cluster) >= enough, f"{enough} acties are logged"
            )
        os.kill(cluster.pid, signal.SIGKILL)
        return load.result()


def test_P2_nothing_acknowledged_is_missing_after_a_kill_under_the_load_of_the_bench(tmp_path: Path) -> None:
    chance = Random(5)  # noqa: S311 - no secret
    acknowledged: set[datetime] = set()
    for round_ in range(ROUNDS):
        with serving(tmp_path) as server:
            outcome = broken_off(server, round_, len(acknowledged) + chance.randrange(100, 3000))
        assert outcome.acknowledged
        assert outcome.sent < MESSAGES, "the load ended before the kill"
        numbers = set(range(outcome.sent)) - set(outcome.unanswered)
        assert len(numbers) == outcome.acknowledged
        acknowledged |= {moment_of(round_ * MESSAGES + number) for number in numbers}
        with serving(tmp_path) as server, running(server.data_dir) as cluster:
            moments = moments_in(cluster)
        assert len(moments) == len(set(moments)), "an actie was logged twice"
        assert acknowledged <= set(moments)


def test_P2_postgresql_has_the_same_settings_in_the_bench_as_in_the_tests_that_kill_it(
    tmp_path: Path,
) -> None:
    def settings(data_dir: Path) -> dict[str, str]:
        with running(data_dir) as cluster:
            rows = postgres.psql(cluster, "select name, setting from pg_settings").splitlines()
        told = dict(row.split("|", 1) for row in rows if "|" in row)
        return {name: value for name, value in told.items() if name not in PLACES}

    (tmp_path / "bench").mkdir()
    (tmp_path / "tests").mkdir()
    with serving(tmp_path / "bench") as measured:
        of_bench = settings(measured.data_dir)
    with running_server(tmp_path / "tests", workers=2) as killed:
        assert settings(killed.data_dir) == of_bench
    assert {of_bench[name] for name in ("fsync", "synchronous_commit", "full_page_writes")} == {"on"}
    assert of_bench["wal_level"] == "replica"
