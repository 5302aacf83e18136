"""How a change of the applications reaches a running process."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.postgres import psql
from verwerkingenlog.domain.applicatie import Applicatie
from verwerkingenlog.domain.toegang import Scope
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.operations.applicatiebronnen import Applicatiebronnen, Pace
from verwerkingenlog.operations.applicaties import register, withdraw
from verwerkingenlog.storage.applicatiebestand import Applicatiebestand
from verwerkingenlog.storage.database import APPLICATIONS, Connection, connect
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.keyring import KeyRing

SECRET = "een geheim van meer dan 32 tekens"
READ = frozenset({Scope.READ_NORMAL})
GRANTED = READ | {Scope.CREATE_NORMAL}
ZAAKSYSTEEM = Applicatie(
    "zaaksysteem", SECRET, "Zaaksysteem", ("00000001821002193000",), GRANTED, frozenset()
)
PORTAAL = Applicatie("portaal", "p" * 40, "Portaal", inzage=READ)
START = datetime(2026, 1, 31, 12, 0, 0, 123_456, tzinfo=UTC)
FAST = Pace(file=0.02, database=60, retry=0.02)
PATIENCE = 30


def at(moment: datetime = START) -> Callable[[], datetime]:
    return lambda: moment


# The news is lost with the connection: both belong to one transaction.
WITHDRAW_AND_CUT_OFF = """
    begin;
    update verwerkingenlog.applicatie set ingetrokken = now(), secret = null where ingetrokken is null;
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid();
    commit;
"""


class Known:
    """What a process knows of applications."""

    def __init__(self) -> None:
        self.applicaties: tuple[Applicatie, ...] = ()
        self._told = asyncio.Event()

    def __call__(self, applicaties: tuple[Applicatie, ...]) -> None:
        self.applicaties = applicaties
        self._told.set()

    async def until(self, *expected: Applicatie) -> None:
        """Wait until these are the ones that it knows, in any order."""
        async with asyncio.timeout(PATIENCE):
            while set(self.applicaties) != set(expected):
                await self._told.wait()
                self._told.clear()


async def eventually(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - it comes true elsewhere
            await asyncio.sleep(0.01)


@pytest.fixture
def known() -> Known:
    return Known()


def write(path: Path, *applicaties: Applicatie) -> None:
    """Write the file beside its place and move it there, as a careful deployment does; JSON is YAML too."""
    entries = [
        {
            "client_id": one.client_id,
            "secret": one.secret,
            "label": one.label,
            "oins": one.oins,
            "scopes": {
                api: sorted(scopes)
                for api, scopes in (("bewerking", one.bewerking), ("inzage", one.inzage))
                if scopes is not None
            },
        }
        for one in applicaties
    ]
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({"applicaties": entries}), "utf-8")
    draft.replace(path)


async def test_S1_a_change_in_the_database_is_heard(
    url: str, beheer: Connection, ring: KeyRing, known: Known
) -> None:
    bronnen = Applicatiebronnen(url, ring, None, known, FAST)
    await bronnen.start()
    try:
        assert known.applicaties == ()
        await register(beheer, ring, at(), ZAAKSYSTEEM)
        await known.until(ZAAKSYSTEEM)
        await withdraw(beheer, ring, at(), "zaaksysteem")
        await known.until()
    finally:
        await bronnen.stop()


async def test_S1_a_withdrawal_is_heard_after_the_connection_was_lost(
    cluster: Cluster, url: str, ring: KeyRing, known: Known
) -> None:
    bronnen = Applicatiebronnen(url, ring, None, known, FAST)
    await bronnen.start()
    try:
        for _ in range(3):
            beheer = await connect(url, APPLICATIONS)
            await register(beheer, ring, at(), ZAAKSYSTEEM)
            await beheer.close()
            await known.until(ZAAKSYSTEEM)
            psql(cluster, WITHDRAW_AND_CUT_OFF, url=url)
            await known.until()
    finally:
        await bronnen.stop()


async def test_S1_a_change_that_was_not_announced_is_found_later(
    cluster: Cluster, url: str, beheer: Connection, ring: KeyRing, known: Known
) -> None:
    await register(beheer, ring, at(), ZAAKSYSTEEM)
    bronnen = Applicatiebronnen(url, ring, None, known, FAST._replace(database=0.02))
    await bronnen.start()
    try:
        psql(cluster, "alter table verwerkingenlog.applicatie disable trigger melden", url=url)
        await withdraw(beheer, ring, at(), "zaaksysteem")
        await known.until()
    finally:
        await bronnen.stop()


async def test_S1_a_change_of_the_file_is_read_and_a_broken_file_changes_nothing(
    tmp_path: Path, url: str, ring: KeyRing, known: Known, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "applicaties.yaml"
    write(path, PORTAAL)
    bronnen = Applicatiebronnen(url, ring, Applicatiebestand(path, {}), known, FAST)
    await bronnen.start()
    try:
        assert known.applicaties == (PORTAAL,)
        path.write_text("applicaties: [", "utf-8")
        await eventually(lambda: caplog.text.count("applicaties_file_refused") == 1)
        path.unlink()
        await eventually(lambda: caplog.text.count("applicaties_file_refused") > 1)
        assert known.applicaties == (PORTAAL,)
        write(path, PORTAAL, ZAAKSYSTEEM)
        await known.until(PORTAAL, ZAAKSYSTEEM)
    finally:
        await bronnen.stop()


async def test_S1_a_client_in_file_and_database_stops_the_start(
    tmp_path: Path, url: str, beheer: Connection, ring: KeyRing, known: Known
) -> None:
    await register(beheer, ring, at(), ZAAKSYSTEEM)
    write(tmp_path / "a.yaml", ZAAKSYSTEEM)
    bronnen = Applicatiebronnen(url, ring, Applicatiebestand(tmp_path / "a.yaml", {}), known, FAST)
    with pytest.raises(ConfigurationError, match="in het bestand én in de database: zaaksysteem"):
        await bronnen.start()
    assert known.applicaties == ()


async def test_S1_a_client_that_comes_into_both_later_counts_by_the_file(
    tmp_path: Path, url: str, beheer: Connection, ring: KeyRing, known: Known
) -> None:
    write(tmp_path / "a.yaml", ZAAKSYSTEEM)
    bronnen = Applicatiebronnen(url, ring, Applicatiebestand(tmp_path / "a.yaml", {}), known, FAST)
    await bronnen.start()
    try:
        await register(beheer, ring, at(), Applicatie("zaaksysteem", "x" * 40, "Een ander"))
        await register(beheer, ring, at(), PORTAAL)
        await known.until(ZAAKSYSTEEM, PORTAAL)
    finally:
        await bronnen.stop()


async def test_S1_stopping_leaves_no_connection(
    cluster: Cluster, url: str, ring: KeyRing, known: Known
) -> None:
    bronnen = Applicatiebronnen(url, ring, None, known, FAST)
    await bronnen.start()
    await bronnen.stop()
    left = (
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    )
    await eventually(lambda: psql(cluster, left, url=url) == "0")
