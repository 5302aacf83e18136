"""Applications in a real PostgreSQL."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from tests.support.postgres import psql
from verwerkingenlog.domain.applicatie import Applicatie
from verwerkingenlog.domain.toegang import Scope
from verwerkingenlog.errors import ConfigurationError, InvalidInput, NotFound, StoreUnavailable
from verwerkingenlog.operations.applicaties import find, register, show, withdraw
from verwerkingenlog.storage.applicaties import load_applicaties
from verwerkingenlog.storage.database import APPLICATIONS, SERVING, Connection, connect
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.keyring import KeyRing, new_sleutels

SECRET = "een geheim van meer dan 32 tekens"
READ = frozenset({Scope.READ_NORMAL})
GRANTED = READ | {Scope.CREATE_NORMAL}
ZAAKSYSTEEM = Applicatie(
    "zaaksysteem", SECRET, "Zaaksysteem", ("00000001821002193000",), GRANTED, frozenset()
)
PORTAAL = Applicatie("portaal", "p" * 40, "Portaal", inzage=READ)
START = datetime(2026, 1, 31, 12, 0, 0, 123_456, tzinfo=UTC)

both_versions = pytest.mark.parametrize("cluster", [18, 16], indirect=True)


def at(moment: datetime = START) -> Callable[[], datetime]:
    return lambda: moment


@both_versions
async def test_S2_a_registration_is_given_back(beheer: Connection, ring: KeyRing) -> None:
    await register(beheer, ring, at(), ZAAKSYSTEEM)
    await register(beheer, ring, at(), PORTAAL)
    assert set(await load_applicaties(beheer, ring)) == {ZAAKSYSTEEM, PORTAAL}
    assert await find(beheer, ring, "portaal") == PORTAAL


async def test_S1_a_secret_is_not_in_the_database(
    cluster: Cluster, url: str, beheer: Connection, ring: KeyRing
) -> None:
    await register(beheer, ring, at(), ZAAKSYSTEEM)
    stored = bytes.fromhex(
        psql(cluster, "select encode(secret, 'hex') from verwerkingenlog.applicatie", url=url)
    )
    assert SECRET.encode() not in stored
    assert ring.open(stored, b"applicatie\0zaaksysteem") == SECRET.encode()
    with pytest.raises(ConfigurationError):
        ring.open(stored, b"applicatie\0portaal")


async def test_S1_a_secret_that_was_moved_to_another_client_opens_nothing(
    cluster: Cluster, url: str, beheer: Connection, ring: KeyRing
) -> None:
    await register(beheer, ring, at(), ZAAKSYSTEEM)
    await register(beheer, ring, at(), PORTAAL)
    psql(
        cluster,
        "update verwerkingenlog.applicatie set secret ="
        " (select secret from verwerkingenlog.applicatie where client_id = 'zaaksysteem')"
        " where client_id = 'portaal'",
        url=url,
    )
    assert await load_applicaties(beheer, ring) == (ZAAKSYSTEEM,)


async def test_S1_another_ring_opens_no_secret(beheer: Connection, ring: KeyRing) -> None:
    await register(beheer, ring, at(), ZAAKSYSTEEM)
    assert await load_applicaties(beheer, KeyRing(new_sleutels())) == ()


async def test_S1_a_client_id_is_registered_once(beheer: Connection, ring: KeyRing) -> None:
    await register(beheer, ring, at(), ZAAKSYSTEEM)
    with pytest.raises(InvalidInput, match="al aangemeld"):
        await register(beheer, ring, at(), Applicatie("zaaksysteem", "x" * 32, "Een ander"))
    assert await find(beheer, ring, "zaaksysteem") == ZAAKSYSTEEM


async def test_S1_who_registers_at_the_same_time_registers_once(url: str, ring: KeyRing) -> None:
    connections = [await connect(url, APPLICATIONS) for _ in range(5)]
    try:
        attempts = [register(one, ring, at(), ZAAKSYSTEEM) for one in connections]
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    finally:
        for one in connections:
            await one.close()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["InvalidInput"] * 4 + ["NoneType"]


async def test_S1_a_withdrawn_application_keeps_its_history_but_no_secret(
    cluster: Cluster, url: str, beheer: Connection, ring: KeyRing
) -> None:
    renewed = Applicatie("zaaksysteem", "n" * 40, "Zaaksysteem", (), READ)
    await register(beheer, ring, at(), ZAAKSYSTEEM)
    await withdraw(beheer, ring, at(START + timedelta(days=1)), "zaaksysteem")
    assert await load_applicaties(beheer, ring) == ()
    assert psql(cluster, "select secret is null from verwerkingenlog.applicatie", url=url) == "t"
    await register(beheer, ring, at(START + timedelta(days=2)), renewed)
    assert await load_applicaties(beheer, ring) == (renewed,)
    old, new = await show(beheer)
    assert old.bewerking == GRANTED
    assert old.ingetrokken is not None
    assert (old.ingetrokken - old.toegevoegd, new.toegevoegd - old.ingetrokken) == (86_400_000_000,) * 2
    assert datetime.fromtimestamp(old.toegevoegd / 1e6, UTC) == START
    assert (new.ingetrokken, new.inzage) == (None, None)
    assert SECRET not in repr((old, new))


async def test_S1_an_unknown_application_can_not_be_withdrawn(beheer: Connection, ring: KeyRing) -> None:
    with pytest.raises(NotFound, match="zaaksysteem"):
        await withdraw(beheer, ring, at(), "zaaksysteem")
    await register(beheer, ring, at(), ZAAKSYSTEEM)
    await withdraw(beheer, ring, at(), "zaaksysteem")
    with pytest.raises(NotFound):
        await withdraw(beheer, ring, at(), "zaaksysteem")
    with pytest.raises(NotFound):
        await find(beheer, ring, "zaaksysteem")


@both_versions
async def test_S2_who_serves_may_read_and_no_more(url: str, ring: KeyRing) -> None:
    connection = await connect(url, SERVING)
    try:
        assert await load_applicaties(connection, ring) == ()
        with pytest.raises(StoreUnavailable) as registering:
            await register(connection, ring, at(), ZAAKSYSTEEM)
        with pytest.raises(StoreUnavailable) as withdrawing:
            await withdraw(connection, ring, at(), "zaaksysteem")
        for refused in (registering, withdrawing):
            assert isinstance(refused.value.__cause__, asyncpg.InsufficientPrivilegeError)
    finally:
        await connection.close()


async def test_S2_who_manages_can_not_rewrite_or_delete(beheer: Connection, ring: KeyRing) -> None:
    await register(beheer, ring, at(), ZAAKSYSTEEM)
    for statement in (
        "update applicatie set bewerking = '{delete:confidential}'",
        "delete from applicatie",
        "truncate applicatie",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await beheer.execute(statement)
