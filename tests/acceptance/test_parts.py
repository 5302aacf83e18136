"""The APIs apart (rule E4): one process for each, on the same data directory."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.acties import an_actie, bsn, inzage_query, person_query
from tests.support.applications import ALL_SCOPES
from tests.support.client import ACTIES, BEWERKING, BEWIJS, INZAGE, OBJECTEN, Client
from tests.support.server import Server


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    bewerking, inzage = (Server(tmp_path, ONDERDELEN=part) for part in ("bewerking", "inzage"))
    try:
        bewerking.start()
        inzage.start()
        yield bewerking, inzage
    finally:
        bewerking.dispose()
        inzage.dispose()


def test_E4_each_api_can_run_apart(parts: tuple[Server, Server]) -> None:
    person = bsn()
    with closing(Client(parts[0].url)) as writing, closing(Client(parts[1].url)) as reading:
        actie = writing.bewerking(*ALL_SCOPES).register(an_actie(person))
        [result] = reading.inzage("read:normal").results(OBJECTEN, inzage_query(person))
        assert result["verwerkingsactie"]["actieId"] == actie["actieId"]
        assert writing.http.get(f"{INZAGE}/openapi.json").status_code == 404
        assert reading.http.get(f"{BEWERKING}/openapi.json").status_code == 404
        assert reading.http.get(f"{INZAGE}/openapi.json").status_code == 200
        assert reading.http.get(f"{BEWIJS}/checkpoint").status_code == 404


def test_E4_one_goes_on_when_the_other_stops(parts: tuple[Server, Server]) -> None:
    person = bsn()
    with closing(Client(parts[0].url)) as writing:
        api = writing.bewerking(*ALL_SCOPES)
        actie = api.register(an_actie(person))
        assert parts[1].stop() == 0, parts[1].log()
        assert api.results(ACTIES, person_query(person)) == [actie]
    assert parts[0].stop() == 0, parts[0].log()
