"""kill -9 of the sealer under load: another takes over, and each record gets one place (rule T1)."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.support.load import Load
from tests.support.sealing import assert_all_sealed
from tests.support.server import Server, running_server, wait_until

ROUNDS = 6


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path) as server:
        yield server


def sealers(server: Server) -> list[int]:
    """Give the process ids of the sealers that ever started."""
    return [int(pid) for pid in re.findall(r'"sealer_started","worker":(\d+)', server.log())]


def test_T1_P2_a_sealer_that_is_killed_leaves_no_record_out(server: Server) -> None:
    chance = Random(9)  # noqa: S311 - no secret
    load = Load(server.url, 6)
    for round_ in range(1, ROUNDS + 1):
        wait_until(lambda: len(sealers(server)) >= round_, "a sealer works", server.log)  # noqa: B023
        enough = load.count() + chance.randrange(10, 200)
        wait_until(lambda: load.count() >= enough, "acties are acknowledged", server.log)  # noqa: B023
        os.kill(sealers(server)[-1], signal.SIGKILL)
    load.stop()
    assert not {status for sender in load.senders for status in sender.refusals}
    wait_until(lambda: len(sealers(server)) > ROUNDS, "the last sealer works", server.log)
    assert server.stop() == 0, server.log()
    assert_all_sealed(server.data_dir)
