"""`serve` seals and publishes by itself, and refuses a log that went back until it is told what happened."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.acties import an_actie, bsn
from tests.support.applications import ALL_SCOPES
from tests.support.client import Api, Client
from tests.support.sealing import assert_all_sealed
from tests.support.server import COMMAND, Server, running_server, wait_until


def published(server: Server) -> int:
    """Give the size of the log in the last checkpoint that was published; 0 before the first."""
    try:
        return int((server.data_dir / "checkpoints" / "checkpoint").read_text("utf-8").split("\n")[1])
    except FileNotFoundError:
        return 0


def test_T1_T2_what_was_acknowledged_is_sealed_and_published(server: Server, bewerking: Api) -> None:
    wait_until(lambda: published(server) > 0, "a first checkpoint is published", server.log)
    before = published(server)
    for _ in range(3):
        bewerking.register(an_actie(bsn()))
    wait_until(lambda: published(server) >= before + 3, "the acties are in a checkpoint", server.log)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """Give a server of this test alone."""
    with running_server(tmp_path) as server:
        yield server


def register(server: Server, count: int) -> None:
    with closing(Client(server.url)) as client:
        api = client.bewerking(*ALL_SCOPES)
        for _ in range(count):
            api.register(an_actie(bsn()))


def zegel(server: Server, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `verwerkingenlog zegel` on the data of a server."""
    settings = {"VERWERKINGENLOG_DATA_DIR": str(server.data_dir), "PATH": "/usr/bin:/bin"}
    return subprocess.run(  # noqa: S603 - our own command
        [COMMAND, "zegel", *arguments], env=settings, capture_output=True, text=True, check=False
    )


def test_T1_T2_an_old_backup_does_not_start_until_somebody_says_what_happened(own_server: Server) -> None:
    server, backup = own_server, own_server.data_dir.parent / "backup"
    register(server, 2)
    assert server.stop() == 0, server.log()
    store = min(path.parent for path in server.data_dir.rglob("PG_VERSION"))
    shutil.copytree(store, backup)
    server.start()
    register(server, 2)
    assert server.stop() == 0, server.log()
    shutil.rmtree(store)
    shutil.copytree(backup, store)

    with pytest.raises(AssertionError, match="ended with 2"):
        server.start()
    assert "Het log is teruggegaan" in server.log()
    refused = zegel(server, "--eenmaal")
    assert refused.returncode == 2
    assert "--erken-terugval" in refused.stderr

    told = zegel(server, "--erken-terugval", "De kopie van vannacht is teruggezet.")
    assert told.returncode == 0, told.stderr
    server.start()
    register(server, 1)
    assert server.stop() == 0, server.log()
    assert_all_sealed(server.data_dir)


def test_T1_a_stop_leaves_nothing_to_seal(own_server: Server) -> None:
    register(own_server, 5)
    assert own_server.stop() == 0, own_server.log()
    assert_all_sealed(own_server.data_dir)
    done = zegel(own_server, "--eenmaal")
    assert (done.returncode, done.stdout) == (0, "Verzegeld: 0 records. Er wacht niets meer.\n")


def test_T1_without_a_reason_nothing_is_acknowledged(own_server: Server) -> None:
    done = zegel(own_server, "--erken-terugval", " ")
    assert done.returncode == 2
    assert "wat er is gebeurd" in done.stderr


def niceness(server: Server, started: str) -> int:
    """Give that of the process that last told this in the log."""
    told = re.compile(rf'"{started}","worker":(\d+)')
    wait_until(lambda: told.search(server.log()) is not None, started, server.log)
    return os.getpriority(os.PRIO_PROCESS, int(told.findall(server.log())[-1]))


@pytest.mark.skipif(os.nice(0) >= 19, reason="no process can be nicer than these tests are")
def test_the_sealer_is_nicer_than_the_workers(server: Server) -> None:
    assert niceness(server, "sealer_started") > niceness(server, "worker_started")
