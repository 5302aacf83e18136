"""What PostgreSQL does for a write and for a page, as EXPLAIN (ANALYZE, BUFFERS) tells it."""

import os
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import asyncpg

from bench.filling import CROWDED, ENTRIES, PERSONS
from bench.messages import bodies
from bench.verhuizing import Place
from verwerkingenlog.api.bewerking.wire import read_quickly
from verwerkingenlog.domain.vertrouwelijkheid import Klasse
from verwerkingenlog.domain.verwerkingsactie import (
    Auteur,
    Versie,
    VerwerktObject,
    actie_id_from,
    betrokkenen_of,
    first_version,
)
from verwerkingenlog.operations.installation import check_installation
from verwerkingenlog.storage import reading, sql
from verwerkingenlog.storage.database import SERVING, Connection, connect
from verwerkingenlog.storage.reading import AFTER_ALL, BEFORE_ALL, FIRST, Beyond, Selection
from verwerkingenlog.storage.writing import Writer

_EXPLAIN: Final = "explain (analyze, buffers, costs off)\n"
_BATCH: Final = 64
_PAGE: Final = 100
_FIRST_MESSAGE: Final = 900_000_000
_FILES: Final = Path(sql.__file__).parent


class _Explained:
    """A connection that has each statement explained as it carries it out."""

    def __init__(self, connection: Connection, plans: list[tuple[str, str]]) -> None:
        self._connection = connection
        self._plans = plans

    def transaction(self) -> Any:  # noqa: ANN401 - the library's
        return self._connection.transaction()

    async def execute(self, statement: str, *arguments: object) -> None:
        if arguments:
            await self._explain(statement, arguments)
        else:  # what has none sets something, which there is nothing to explain about
            await self._connection.execute(statement)

    async def fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        await self._explain(statement, arguments)
        return list(await self._connection.fetch(statement, *arguments))

    async def fetchval(self, statement: str, *arguments: object) -> Any:  # noqa: ANN401 - the library's form
        await self._explain(statement, arguments)
        return await self._connection.fetchval(statement, *arguments)

    async def _explain(self, statement: str, arguments: tuple[object, ...]) -> None:
        rows = await self._connection.fetch(_EXPLAIN + statement, *arguments)
        self._plans.append((_name_of(statement), "\n".join(row[0] for row in rows)))


async def explained(place: Place) -> list[tuple[str, str]]:
    """Write a batch to a log that was filled, and read a page of two persons; give each with its plan."""
    connection = await connect(place.url, SERVING)
    try:
        ring = await check_installation(connection, place.ring)
        writer = Writer(ring, os.urandom)
        plans: list[tuple[str, str]] = []
        records = await writer.new_records(
            connection, [_versie(body) for body in islice(bodies(_FIRST_MESSAGE), _BATCH)]
        )
        numbers = await writer.resolve(connection, records)
        await writer.insert(_Explained(connection, plans), records, numbers)
        told = [(f"a batch of {_BATCH}: `{name}`", plan) for name, plan in plans]
        for person, entries in ((PERSONS[0], str(ENTRIES)), (CROWDED, "many")):
            plans.clear()
            (betrokkene,) = betrokkenen_of([VerwerktObject("BSN", person)])
            number = await writer.betrokkenen.find(connection, betrokkene) or 0
            selection = Selection(
                number, frozenset([Klasse.NORMAAL]), BEFORE_ALL, AFTER_ALL, None, each_occurrence=False
            )
            watched = _Explained(connection, plans)
            async with connection.transaction(isolation="repeatable_read", readonly=True):  # as a reader does
                await reading.count(watched, selection)
                page = await reading.page(watched, selection, Beyond(FIRST, older=True, but=0), _PAGE)
                await reading.of_person(watched, ring, page, number)
            told += [
                (f"the first page of a person with {entries} entries: `{name}`", plan) for name, plan in plans
            ]
        return told
    finally:
        await connection.close()


def _name_of(statement: str) -> str:
    (file,) = (path for path in _FILES.rglob("*.sql") if path.read_text("utf-8") == statement)
    return str(file.relative_to(_FILES).with_suffix(""))


def _versie(body: bytes) -> Versie:
    inhoud = read_quickly(body, whole=False)
    assert inhoud is not None  # noqa: S101 - a test proves it of all messages
    return first_version(actie_id_from(os.urandom(16)), inhoud, Auteur("bench", ""), datetime.now(UTC))
