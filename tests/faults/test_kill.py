"""kill -9 of the server, of PostgreSQL and of both, under load: what was acknowledged stays (rule P2)."""

from collections.abc import Iterator
from contextlib import closing
from random import Random

import pytest

from tests.support.applications import ALL_SCOPES
from tests.support.client import Client
from tests.support.load import Load, Sender
from tests.support.server import Server, wait_until

VICTIMS = ["server", "postgres", "both", "server", "postgres"] * 4
SENDERS = 6


class Log:
    """The server of all rounds, with everything that it ever acknowledged."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.senders: list[Sender] = []
        self.chance = Random(20)  # noqa: S311 - no secret


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    server = Server(tmp_path_factory.mktemp("killed"), workers=2)
    try:
        server.start()
        yield Log(server)
    finally:
        server.dispose()


def kill(server: Server, victim: str) -> None:
    """Kill what the round says."""
    if victim in {"postgres", "both"}:
        server.kill_postgres()
    if victim in {"server", "both"}:
        server.kill()


@pytest.mark.parametrize("round_", range(len(VICTIMS)), ids=[f"{n}-{v}" for n, v in enumerate(VICTIMS)])
def test_P2_P6_a_kill_loses_nothing_that_was_acknowledged(log: Log, round_: int) -> None:
    enough = log.chance.randrange(20, 300)
    load = Load(log.server.url, SENDERS)
    wait_until(lambda: load.count() >= enough, f"{enough} acties are acknowledged", log.server.log)
    kill(log.server, VICTIMS[round_])
    load.stop()
    if VICTIMS[round_] == "postgres":
        assert {status for sender in load.senders for status in sender.refusals} <= {503}
        log.server.kill()
    log.server.start()
    log.senders += load.senders
    _assert_all_is_there(log.server, load.senders)


def test_P2_after_all_rounds_everything_is_there(log: Log) -> None:
    assert log.senders
    _assert_all_is_there(log.server, log.senders)
    total = sum(len(sender.acknowledged) for sender in log.senders)
    print(f"\nkill -9: {len(VICTIMS)} rounds, {total} acknowledged, none lost, none twice")  # noqa: T201 - asked for
    assert log.server.stop() == 0, log.server.log()


def _assert_all_is_there(server: Server, senders: list[Sender]) -> None:
    with closing(Client(server.url)) as client:
        api = client.bewerking(*ALL_SCOPES)
        for sender in senders:
            acknowledged = set(sender.acknowledged.values())
            assert acknowledged <= set(sender.found(api))
            sender.finish(api)
            assert sorted(sender.found(api)) == sorted(sender.acknowledged.values())
