"""Rule M7: keys are replaced under the hands of a running server, and one that lacks a key says which."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.support.acties import an_actie, bsn, person_query
from tests.support.applications import ALL_SCOPES
from tests.support.client import ACTIES, BEWERKING, Client
from tests.support.load import Load
from tests.support.server import Server, running_server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """Give a server of this test alone, with several processes."""
    with running_server(tmp_path, workers=2) as server:
        yield server


def test_M7_every_kind_of_key_is_replaced_and_no_request_notices(own_server: Server) -> None:
    load = Load(own_server.url, 4)
    for number, doel in ((1, "zoeken"), (2, "onthullen"), (5, "ondertekenen")):
        own_server.run("sleutel", "nieuw", doel)
        own_server.run("sleutel", "roteer", doel)
        if doel == "ondertekenen":
            own_server.run("zegel", "--eenmaal")
            own_server.run("sleutel", "roteer", doel)
        own_server.run("sleutel", "vernietig", str(number), "--ja")
    load.stop()
    with closing(Client(own_server.url)) as client:
        api = client.bewerking(*ALL_SCOPES)
        for sender in load.senders:
            assert not sender.refusals
            assert not sender.unanswered
            assert sorted(sender.found(api)) == sorted(sender.acknowledged.values())
    assert own_server.stop() == 0
    own_server.assert_sound()


def test_M7_a_server_without_a_key_says_which_and_goes_on_once_it_has_it(own_server: Server) -> None:
    ring = own_server.data_dir / "sleutels.json"
    with closing(Client(own_server.url)) as client:
        api = client.bewerking(*ALL_SCOPES)
        person = bsn()
        api.register(an_actie(person))
        before = ring.read_bytes()
        own_server.run("sleutel", "nieuw", "zoeken")
        own_server.run("sleutel", "roteer", "zoeken")
        # As on another server, to which nobody copied the ring.
        after = ring.read_bytes()
        ring.write_bytes(before)
        ready = httpx.get(f"{own_server.url}/gereed", trust_env=False)
        assert ready.status_code == 503
        assert "Sleutel 6 (zoeken) ontbreekt" in ready.json()["reden"]
        headers = {"Authorization": api.authorization}
        written = client.http.post(BEWERKING + ACTIES, json=an_actie(person), headers=headers)
        read = client.http.get(BEWERKING + ACTIES, params=person_query(person), headers=headers)
        assert (written.status_code, read.status_code) == (503, 503)
        assert '"event":"key_missing"' in own_server.log()
        assert '"sleutel":6' in own_server.log()
        ring.write_bytes(after)
        api.register(an_actie(person))
        assert len(api.results(ACTIES, person_query(person))) == 2
        assert httpx.get(f"{own_server.url}/gereed", trust_env=False).status_code == 200
