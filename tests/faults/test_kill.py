"""kill -9 under load: of the server, one of its processes, PostgreSQL, or an administrator's command.

After each round nothing that was acknowledged is missing (rule P2), and the whole log verifies (rule T3).
There are as many rounds as FAULT_ROUNDS says; `make faults` does two hundred.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from subprocess import Popen

import pytest

from tests.support.acties import an_actie, bsn
from tests.support.applications import ALL_SCOPES
from tests.support.client import Client
from tests.support.load import Load, Sender
from tests.support.server import Server, wait_until

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "30"))
SENDERS = 6
VICTIMS = ("server", "postgres", "member", "both", "command", "stopped")
ACTIVITIES = ("nothing", "opschonen", "onthullen", "zoeken", "verifieer")
LONGEST_PAUSE = 1.5
"""Seconds that a command may work before it or something else is killed."""


class Log:
    """The server of all rounds, with everything that it ever acknowledged."""

    def __init__(self, directory: Path) -> None:
        self.server = Server(directory, workers=2, BEWAARTERMIJN_MAXIMUM="P100Y")
        self.senders: list[Sender] = []
        self.killed = 0

    def begin(self, activity: str) -> "Popen[str] | None":
        """Start what an administrator does meanwhile."""
        if activity == "nothing":
            return None
        if activity == "opschonen":
            self._log_what_is_past_its_term()
        elif activity in {"onthullen", "zoeken"}:
            # Refused where an earlier round was killed in the middle: then the rotation goes on.
            self.server.command("sleutel", "nieuw", activity).communicate()
            return self.server.command("sleutel", "roteer", activity)
        return self.server.command(activity)

    def _log_what_is_past_its_term(self) -> None:
        with closing(Client(self.server.url)) as client:
            api = client.bewerking(*ALL_SCOPES)
            for _ in range(20):
                api.register(an_actie(bsn(), bsn(), bewaartermijn="P1D"))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    log = Log(tmp_path_factory.mktemp("killed"))
    try:
        log.server.start()
        yield log
    finally:
        log.server.dispose()


def kill(server: Server, victim: str, command: "Popen[str] | None", chance: Random) -> None:
    """Kill what the round says; `stopped` kills nothing and stops in order."""
    if victim == "command" and command is not None:
        os.killpg(command.pid, signal.SIGKILL)
    if victim == "member":
        server.kill_member(chance)
    if victim in {"postgres", "both"}:
        server.kill_postgres()
    if victim in {"server", "both"}:
        server.kill()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_P2_T3_a_kill_loses_nothing_and_leaves_a_log_that_verifies(log: Log, round_: int) -> None:
    chance = Random(round_)  # noqa: S311 - no secret
    victim, activity = VICTIMS[round_ % len(VICTIMS)], ACTIVITIES[round_ % len(ACTIVITIES)]
    enough = chance.randrange(20, 200)
    load = Load(log.server.url, SENDERS)
    wait_until(lambda: load.count() >= enough, f"{enough} acties are acknowledged", log.server.log)
    command = log.begin(activity)
    if command is not None:
        time.sleep(chance.random() * LONGEST_PAUSE)
    kill(log.server, victim, command, chance)
    load.stop()
    if command is not None:
        said, _ = command.communicate(timeout=120)
        if victim in {"member", "stopped"}:
            assert command.returncode == 0, f"{activity}: {command.returncode}\n{said}"
    _end(log.server, victim)
    log.server.start()
    log.senders += load.senders
    _assert_all_is_there(log.server, load.senders)
    log.server.run("verifieer")


def test_P2_after_all_rounds_everything_is_there(log: Log) -> None:
    assert log.senders
    _assert_all_is_there(log.server, log.senders)
    total = sum(len(sender.acknowledged) for sender in log.senders)
    print(f"\nkill -9: {ROUNDS} rounds, {total} acknowledged, none lost, none twice")  # noqa: T201 - asked for
    assert log.server.stop() == 0, log.server.log()


def _end(server: Server, victim: str) -> None:
    if victim in {"server", "both"}:
        return
    if victim == "stopped":
        assert server.stop() == 0, server.log()
    else:
        server.kill()


def _assert_all_is_there(server: Server, senders: list[Sender]) -> None:
    with closing(Client(server.url)) as client:
        api = client.bewerking(*ALL_SCOPES)
        for sender in senders:
            acknowledged = set(sender.acknowledged.values())
            assert acknowledged <= set(sender.found(api))
            sender.finish(api)
            assert sorted(sender.found(api)) == sorted(sender.acknowledged.values())
