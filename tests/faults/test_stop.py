"""A graceful stop under load, and a store that is gone while the server runs."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.support.acties import an_actie, bsn, inzage_query, person_query
from tests.support.applications import ALL_SCOPES
from tests.support.client import ACTIES, BEWERKING, INZAGE, OBJECTEN, Client
from tests.support.load import Load
from tests.support.server import Server, running_server, wait_until
from verwerkingenlog.operations.installation import install
from verwerkingenlog.storage.embedded import Cluster, running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path, workers=2) as server:
        yield server


def test_P2_a_stop_under_load_answers_what_was_accepted(server: Server) -> None:
    for _ in range(3):
        _stop_under_load(server)
    assert server.stop() == 0, server.log()
    server.assert_sound()


def _stop_under_load(server: Server) -> None:
    load = Load(server.url, 8)
    wait_until(lambda: load.count() >= 100, "100 acties are acknowledged", server.log)
    assert server.stop() == 0, server.log()
    load.stop()
    assert not {status for sender in load.senders for status in sender.refusals}
    server.start()
    with closing(Client(server.url)) as client:
        api = client.bewerking(*ALL_SCOPES)
        for sender in load.senders:
            assert sorted(sender.found(api)) == sorted(sender.acknowledged.values())


@pytest.fixture
def store() -> Iterator[Path]:
    """Give a directory with a path so short that a socket in it keeps its address."""
    with TemporaryDirectory(prefix="store-") as directory:
        yield Path(directory)


@pytest.fixture
def cluster(store: Path, tmp_path: Path) -> Iterator[Cluster]:
    """Give a PostgreSQL with a database that is ready for the log, beside the server."""
    with running(store) as cluster:
        asyncio.run(install(cluster.url, cluster.url, tmp_path / "sleutels.json", os.urandom))
        yield cluster


def test_P2_an_embedded_store_that_dies_stops_the_server_with_a_sentence(server: Server) -> None:
    """Whoever keeps the server running starts it again, and with it a store that recovers."""
    with closing(Client(server.url)) as client:
        actie = client.bewerking(*ALL_SCOPES).register(an_actie(bsn()))
        server.kill_postgres()
        assert server.code() == 1
    assert "De ingebouwde PostgreSQL is gestopt" in server.log()
    server.start()
    with closing(Client(server.url)) as client:
        assert client.bewerking(*ALL_SCOPES).get(actie["url"]).json() == actie
    assert server.stop() == 0


def test_P2_L1_without_a_store_nothing_is_accepted_or_shown(
    cluster: Cluster, store: Path, tmp_path: Path
) -> None:
    server = Server(tmp_path, DATABASE_URL=cluster.url, SLEUTELS=str(tmp_path / "sleutels.json"))
    try:
        server.start()
        _lose_store(server, cluster, store)
        assert server.stop() == 0, server.log()
    finally:
        server.dispose()


def _lose_store(server: Server, cluster: Cluster, store: Path) -> None:
    person = bsn()
    with closing(Client(server.url)) as client:
        bewerking, inzage = client.bewerking(*ALL_SCOPES), client.inzage(*ALL_SCOPES)
        actie = bewerking.register(an_actie(person))
        os.kill(cluster.pid, signal.SIGKILL)
        wait_until(lambda: client.http.get("/gereed").status_code == 503, "the server notices", server.log)
        bearer = {"Authorization": bewerking.authorization}
        inzage_bearer = {"Authorization": inzage.authorization}
        for answer in (
            client.http.post(BEWERKING + ACTIES, json=an_actie(person), headers=bearer),
            client.http.get(BEWERKING + ACTIES, params=person_query(person), headers=bearer),
            client.http.get(actie["url"], headers=bearer),
            client.http.get(f"{actie['url']}/versies", headers=bearer),
            client.http.put(actie["url"], json=actie, headers=bearer),
            client.http.delete(actie["url"], headers=bearer),
            client.http.get(INZAGE + OBJECTEN, params=inzage_query(person), headers=inzage_bearer),
            client.http.get(actie["verwerkteObjecten"][0]["url"], headers=inzage_bearer),
        ):
            _assert_unavailable(answer, person)
        assert client.http.get("/gezond").status_code == 200
        assert '"store_unavailable"' in server.log()
        with running(store):
            wait_until(lambda: client.http.get("/gereed").status_code == 200, "it recovers", server.log)
            [found] = client.bewerking(*ALL_SCOPES).results(ACTIES, person_query(person))
            assert found == actie


def _assert_unavailable(answer: httpx.Response, person: str) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"]
    assert answer.headers["API-Version"]
    assert person not in answer.text
