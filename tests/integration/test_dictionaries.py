"""A worker remembers the numbers of the persons and attributes that it met last, and no more than it may."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import pytest

from tests.support.store import a_version
from verwerkingenlog.domain.verwerkingsactie import VerwerktObject, betrokkenen_of
from verwerkingenlog.operations.log import Log
from verwerkingenlog.storage.database import SERVING, Connection, connect
from verwerkingenlog.storage.dictionaries import Betrokkenen, Dictionary, kenmerken, objectkenmerken
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.rows import kenmerken_of, objectkenmerken_of

MOST = 6
OBJECTEN = [VerwerktObject("nummer", str(at), betrokkenheid=f"rol {at}") for at in range(MOST + 1)]
"""One more than is remembered."""

Make = Callable[[KeyRing], Dictionary[Any]]
each = pytest.mark.parametrize(
    ("make", "entries"),
    [
        (Betrokkenen, betrokkenen_of(OBJECTEN)),
        (lambda _: kenmerken(), [kenmerken_of(a_version(actie_naam=o.object_id)) for o in OBJECTEN]),
        (lambda _: objectkenmerken(), [objectkenmerken_of(o) for o in OBJECTEN]),
    ],
    ids=["betrokkenen", "kenmerken", "objectkenmerken"],
)


@pytest.fixture(autouse=True)
def small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_REMEMBERED_PERSONS", "_REMEMBERED_SETS"):
        monkeypatch.setattr(f"verwerkingenlog.storage.dictionaries.{name}", MOST)


@pytest.fixture
async def closed(log: Log, database: str) -> Connection:  # noqa: ARG001 - installs it
    """Give a connection over which nothing can be asked: who gives an answer had it already."""
    connection = await connect(database, SERVING)
    await connection.close()
    return connection


async def meet(log: Log, dictionary: Dictionary[Any], entries: Sequence[Any]) -> dict[Any, int]:
    """Give the numbers of the entries, met one after the other."""
    numbers: dict[Any, int] = {}
    async with log.pool.acquire() as connection:
        for entry in entries:
            numbers |= await dictionary.numbers(connection, [entry], log.ring.generatie)
    return numbers


async def remembered(
    log: Log, dictionary: Dictionary[Any], entries: Sequence[Any], closed: Connection
) -> list[Any]:
    """Give those of the entries whose numbers need not be asked."""
    found: list[Any] = []
    for entry in entries:
        with suppress(asyncpg.InterfaceError):
            found += await dictionary.numbers(closed, [entry], log.ring.generatie)
    return found


@each
async def test_a_full_memory_forgets_its_older_half_at_once(
    log: Log, closed: Connection, make: Make, entries: Sequence[Any]
) -> None:
    dictionary = make(log.ring)
    await meet(log, dictionary, entries[:MOST])
    assert await remembered(log, dictionary, entries, closed) == entries[:MOST]
    await meet(log, dictionary, entries[MOST:])
    assert await remembered(log, dictionary, entries, closed) == entries[MOST // 2 :]


@each
async def test_what_was_forgotten_is_found_again_under_its_number(
    log: Log, make: Make, entries: Sequence[Any]
) -> None:
    dictionary = make(log.ring)
    numbers = await meet(log, dictionary, entries)
    assert len(set(numbers.values())) == len(entries)
    for _ in range(3):
        assert await meet(log, dictionary, entries) == numbers
        async with log.pool.acquire() as connection:
            assert await dictionary.numbers(connection, entries, log.ring.generatie) == numbers
    assert await meet(log, make(log.ring), entries) == numbers
