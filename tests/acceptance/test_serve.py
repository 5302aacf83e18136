"""The server around the app: how it starts, refuses to, survives its workers and stops."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.postgres import create_database
from tests.support.server import free_port, wait_until
from tests.support.small_app import REASON, SECRET
from tests.support.small_server import SmallServer, small_server
from verwerkingenlog.operations.installation import install
from verwerkingenlog.storage.embedded import Cluster

COMMAND = Path(sys.executable).with_name("verwerkingenlog")


@pytest.fixture(scope="module")
def url(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory, monkeypatch_module: pytest.MonkeyPatch
) -> str:
    """Give the address of an installed database, whose keys every server here finds."""
    url = create_database(cluster)
    sleutels = tmp_path_factory.mktemp("sleutels") / "sleutels.json"
    asyncio.run(install(url, url, sleutels, os.urandom))
    monkeypatch_module.setenv("VERWERKINGENLOG_SLEUTELS", str(sleutels))
    return url


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    """Change the environment for the tests of this module."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture
def server(url: str, tmp_path: Path) -> Iterator[SmallServer]:
    """Give a server with two workers."""
    with small_server(tmp_path, "--workers", "2", VERWERKINGENLOG_DATABASE_URL=url) as server:
        yield server.until_ready()


def gone(pid: int) -> bool:
    """Tell whether a process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def is_open(port: int) -> bool:
    """Tell whether anyone listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_wrong_setting_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    with small_server(tmp_path, "--workers", "nul", VERWERKINGENLOG_OIN="12") as server:
        assert server.code() == 2
    assert server.err.splitlines() == [
        "VERWERKINGENLOG_WORKERS: dit is geen getal van 1 tot en met 256.",
        "VERWERKINGENLOG_OIN: een OIN heeft 20 cijfers.",
    ]
    assert server.out == ""


def test_E4_an_unknown_part_is_refused_with_the_parts_that_exist(tmp_path: Path) -> None:
    with small_server(tmp_path, "--onderdelen", "bewerking,uitzage") as server:
        assert server.code() == 2
    assert "bewerking, inzage" in server.err


def test_help_is_dutch() -> None:
    done = subprocess.run([COMMAND, "serve", "--help"], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.startswith("gebruik: verwerkingenlog serve")
    assert "toon deze hulp" in done.stdout


def test_an_unknown_argument_is_told_in_dutch() -> None:
    done = subprocess.run([COMMAND, "serve", "--kleur=groen"], capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("De opdracht klopt niet: dit is onbekend: --kleur=groen.")


def test_a_number_that_is_none_is_told_in_dutch() -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        [COMMAND, "sleutel", "vernietig", "een"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("De opdracht klopt niet: NUMMER: dit is geen geheel getal: 'een'.")


def test_a_database_that_is_not_migrated_is_refused(database: str, tmp_path: Path) -> None:
    with small_server(tmp_path, VERWERKINGENLOG_DATABASE_URL=database) as server:
        assert server.code() == 2
    assert "verwerkingenlog migrate" in server.err


def test_a_database_that_is_not_there_is_refused_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://log:geheim@127.0.0.1:{free_port()}/log"
    with small_server(tmp_path, VERWERKINGENLOG_DATABASE_URL=url) as server:
        assert server.code() == 2
    assert "VERWERKINGENLOG_DATABASE_URL" in server.err
    assert "geheim" not in server.err + server.out


@pytest.mark.parametrize("name", ["POSTGRES_BIN", "SLEUTELS"])
def test_a_wrong_path_is_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    file = tmp_path / "bestand"
    file.touch()
    with small_server(tmp_path, **{f"VERWERKINGENLOG_{name}": str(file / "x")}) as server:
        assert server.code() == 2
    assert str(file / "x") in server.err
    assert server.out == ""


def test_the_embedded_database_is_migrated_by_the_start_and_stopped_with_the_server(tmp_path: Path) -> None:
    with small_server(tmp_path) as server:
        server.until_ready()
        assert server.stop() == 0
    assert not list((tmp_path / "data").rglob("postmaster.pid"))


@pytest.mark.parametrize(("error", "code"), [("ConfigurationError", 2), ("StoreUnavailable", 1)])
def test_what_keeps_a_worker_from_starting_stops_the_server_with_its_sentence(
    error: str, code: int, url: str, tmp_path: Path
) -> None:
    with small_server(
        tmp_path, "--workers", "2", VERWERKINGENLOG_DATABASE_URL=url, SMALL_APP=error
    ) as server:
        assert server.code() == code
    assert server.err == f"{REASON}\n"


def test_M7_a_start_that_crashes_is_told_without_what_the_error_says(url: str, tmp_path: Path) -> None:
    with small_server(tmp_path, VERWERKINGENLOG_DATABASE_URL=url, SMALL_APP="crash") as server:
        assert server.code() == 1
    assert "startup_failed" in server.err
    assert '"startup_failed"' in server.out
    assert SECRET not in server.out + server.err
    assert "Traceback" not in server.out + server.err


def test_a_port_in_use_is_refused(url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with small_server(tmp_path, "--port", port, VERWERKINGENLOG_DATABASE_URL=url) as server:
            assert server.code() == 2
    assert f"poort {port}" in server.err


def test_a_port_of_the_metrics_in_use_is_refused(url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        environment = {"VERWERKINGENLOG_DATABASE_URL": url, "VERWERKINGENLOG_METRIEKEN_PORT": port}
        with small_server(tmp_path, **environment) as server:
            assert server.code() == 2
    assert "VERWERKINGENLOG_METRIEKEN_PORT" in server.err


def test_M7_an_error_of_a_request_reaches_the_log_without_its_words(server: SmallServer) -> None:
    assert server.get(f"/stuk?objectId={SECRET[-9:]}").status_code == 500
    assert server.stop() == 0
    assert '"request_failed"' in server.out
    assert SECRET[-9:] not in server.out + server.err
    assert "Traceback" not in server.out + server.err


def test_metrics_are_those_of_all_workers(server: SmallServer) -> None:
    sample = 'verwerkingenlog_requests_total{api="klein",operation="vraag",status="200"}'
    workers = {server.get("/").headers["x-worker"] for _ in range(20)}
    assert server.metric(sample) == 20
    assert workers <= {str(pid) for pid in server.workers()}


def test_a_worker_that_dies_is_replaced_and_its_queue_no_longer_counts(server: SmallServer) -> None:
    before = server.workers()
    pid = int(server.get("/traag").headers["x-worker"])
    assert server.metric("verwerkingenlog_queue_depth") == 7
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(server.workers()) == 3, "a third worker started", lambda: server.out)
    assert server.metric("verwerkingenlog_queue_depth") == 0
    assert {int(server.get("/").headers["x-worker"]) for _ in range(20)} <= server.workers() - {pid}
    assert pid in before
    assert server.stop() == 0


def test_a_worker_that_will_not_start_again_does_not_stop_the_others(url: str, tmp_path: Path) -> None:
    trouble = tmp_path / "trouble"
    environment = {"SMALL_APP": "StoreUnavailable", "SMALL_APP_WHILE": str(trouble)}
    with small_server(tmp_path, "--workers", "2", VERWERKINGENLOG_DATABASE_URL=url, **environment) as server:
        server.until_ready()
        trouble.touch()
        os.kill(min(server.workers()), signal.SIGKILL)
        wait_until(lambda: '"worker_refused"' in server.out, "a worker refused", lambda: server.out)
        assert server.get("/").status_code == 200
        trouble.unlink()
        wait_until(lambda: len(server.workers()) == 3, "a third worker started", lambda: server.out)
        assert server.stop() == 0


def test_an_address_that_another_took_meanwhile_is_refused(url: str, tmp_path: Path) -> None:
    with small_server(tmp_path, VERWERKINGENLOG_DATABASE_URL=url) as server, socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", server.port))
        wait_until(lambda: is_open(server.metrics_port), "the server has its address")
        other.listen()
        assert server.code() == 2
    assert "luistert intussen een ander programma" in server.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_P2_a_stop_answers_what_was_accepted(number: signal.Signals, server: SmallServer) -> None:
    with ExitStack() as stack:
        asking = [stack.enter_context(server.connection()) for _ in range(8)]
        for one in asking:
            one.sendall(b"GET /traag HTTP/1.1\r\nHost: log\r\nConnection: close\r\n\r\n")
        time.sleep(0.5)
        # A terminal sends its signals to the whole group; twice, since people are impatient.
        os.kill(server.process.pid, number) if number is signal.SIGTERM else os.killpg(
            server.process.pid, number
        )
        os.kill(server.process.pid, number)
        assert [one.recv(1024).split()[1] for one in asking] == [b"200"] * 8
    assert server.code() == 0
    assert all(gone(pid) for pid in server.workers())


def test_who_asks_for_it_keeps_the_server_when_the_terminal_is_closed(url: str, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
    try:
        with small_server(tmp_path, VERWERKINGENLOG_DATABASE_URL=url) as server:
            server.until_ready()
            os.killpg(server.process.pid, signal.SIGHUP)
            assert server.get("/").status_code == 200
            assert server.stop() == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_workers_that_start_end_when_their_parent_is_killed(url: str, tmp_path: Path) -> None:
    with small_server(tmp_path, "--workers", "4", VERWERKINGENLOG_DATABASE_URL=url) as server:
        wait_until(lambda: bool(server.workers()), "a first worker started", lambda: server.out)
        os.kill(server.process.pid, signal.SIGKILL)
        wait_until(lambda: not is_open(server.port), "all workers ended", lambda: server.out)
        wait_until(lambda: server.out.count("worker_stopped") == len(server.workers()), "in order")


def test_workers_end_when_their_parent_is_killed(server: SmallServer) -> None:
    os.kill(server.process.pid, signal.SIGKILL)
    wait_until(lambda: all(gone(pid) for pid in server.workers()), "the workers ended", lambda: server.out)
    with pytest.raises(ConnectionRefusedError), server.connection():
        pass
