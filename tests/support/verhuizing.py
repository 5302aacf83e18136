"""Logs that move house: to fill, seal, export, import and compare them, without a server."""

import hashlib
import io
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from pyrage.x25519 import Identity

from tests.support.postgres import create_database
from tests.support.store import AUTEUR, OTHER, PERSON, a_version, log_on
from verwerkingenlog.domain.vertrouwelijkheid import Klasse
from verwerkingenlog.domain.verwerkingsactie import (
    Versie,
    VerwerktObject,
    betrokkenen_of,
    lapsed_version,
)
from verwerkingenlog.ledger.note import Signer, sign_note
from verwerkingenlog.operations.installation import check_installation, install
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.verhuizing.archief import decrypted, encrypted
from verwerkingenlog.operations.verhuizing.export import Manifest, export
from verwerkingenlog.operations.verhuizing.invoer import (
    Archief,
    Ingelezen,
    importeer,
    look,
)
from verwerkingenlog.operations.verhuizing.regels import signed_text
from verwerkingenlog.operations.verhuizing.verhuizer import Verhuizer
from verwerkingenlog.operations.verzegeling.seal import seal_all
from verwerkingenlog.storage import reading
from verwerkingenlog.storage.beheer import Beheerrecord, records
from verwerkingenlog.storage.database import APPLICATIONS, SEALING, SERVING, connect, open_pool
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.reading import AFTER_ALL, BEFORE_ALL, FIRST, Beyond, Place, Selection

Line = dict[str, Any]


class Huis(NamedTuple):
    """A log on a database of its own, with its own key ring."""

    url: str
    log: Log
    ring_file: Path


@asynccontextmanager
async def a_house(cluster: Cluster, folder: Path) -> AsyncIterator[Huis]:
    """Give a new, empty log."""
    url = create_database(cluster)
    ring_file = folder / f"{url.partition('?')[0].rpartition('/')[2]}.json"
    await install(url, url, ring_file, os.urandom)
    async with at_home(url, ring_file) as huis:
        yield huis


@asynccontextmanager
async def at_home(url: str, ring_file: Path) -> AsyncIterator[Huis]:
    """Give a log that is there."""
    pool = await open_pool(url, SERVING, 4)
    try:
        async with pool.acquire() as connection:
            ring = await check_installation(connection, ring_file)
        yield Huis(url, log_on(pool, ring), ring_file)
    finally:
        await pool.close()


@asynccontextmanager
async def removing(
    huis: Huis, progress: Callable[[int, int], None] = lambda *_: None
) -> AsyncIterator[Verhuizer]:
    """Give what exporting from a log or importing into it takes."""
    async with AsyncExitStack() as stack:
        dienst, beheer = [await connect(huis.url, role) for role in (SERVING, APPLICATIONS)]
        stack.push_async_callback(dienst.close)
        stack.push_async_callback(beheer.close)
        yield Verhuizer(
            dienst=dienst,
            beheer=beheer,
            ring=huis.log.ring,
            clock=now,
            random=os.urandom,
            progress=progress,
        )


async def seal(huis: Huis) -> None:
    """Seal all that waits."""
    connection = await connect(huis.url, SEALING)
    try:
        await seal_all(connection, huis.log.ring, now)
    finally:
        await connection.close()


async def exported(huis: Huis, identity: Identity) -> tuple[bytes, Manifest]:
    """Seal and export; give the archive and its manifest."""
    await seal(huis)
    return await exported_as_it_is(huis, identity)


async def exported_as_it_is(huis: Huis, identity: Identity) -> tuple[bytes, Manifest]:
    """Export what is sealed; give the archive and its manifest."""
    target = io.BytesIO()
    async with removing(huis) as verhuizer:
        manifest = await export(verhuizer, target, [identity.to_public()])
    return target.getvalue(), manifest


async def imported(
    huis: Huis,
    archive: bytes | BinaryIO,
    identity: Identity,
    *,
    keys: Sequence[str] = (),
    conflict: Callable[[str], None] = lambda _: None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Ingelezen:
    """Import; without keys, those that the archive itself names are trusted."""
    source = io.BytesIO(archive) if isinstance(archive, bytes) else archive
    archief = Archief(source, (identity,))
    async with removing(huis, progress) as verhuizer:
        return await importeer(verhuizer, archief, keys or look(archief).sleutels, conflict)


async def histories(huis: Huis, actie_ids: Sequence[str]) -> dict[str, list[Versie]]:
    """Give all versions of these acties, as the operations read them."""
    async with huis.log.pool.acquire() as connection:
        return {
            actie_id: await reading.history(connection, huis.log.ring, actie_id, 1000, 1000)
            for actie_id in actie_ids
        }


async def found(huis: Huis, person: VerwerktObject) -> dict[Klasse, list[Place]]:
    """Give what a search finds about a person, newest first, per klasse."""
    async with huis.log.pool.acquire() as connection:
        number = await huis.log.writer.betrokkenen.find(connection, betrokkenen_of([person])[0])
        assert number is not None
        selections = {
            klasse: Selection(number, frozenset({klasse}), BEFORE_ALL, AFTER_ALL, None, each_occurrence=True)
            for klasse in Klasse
        }
        beyond = Beyond(FIRST, older=True, but=0)
        return {
            klasse: [one.place for one in await reading.page(connection, selection, beyond, 1000)]
            for klasse, selection in selections.items()
        }


async def write(huis: Huis, histories: Sequence[Sequence[Versie]]) -> None:
    """Write whole histories."""
    connection = await connect(huis.url, SERVING)
    try:
        await huis.log.writer.write_histories(connection, histories)
    finally:
        await connection.close()


async def beheerlog(huis: Huis) -> list[Beheerrecord]:
    """Give what administrators did."""
    connection = await connect(huis.url, APPLICATIONS)
    try:
        return [record async for record in records(connection)]
    finally:
        await connection.close()


def many(count: int) -> list[list[Versie]]:
    """Give histories of acties, every third with a second version."""
    first = [a_version(PERSON if number % 2 else OTHER) for number in range(count)]
    return [
        [versie] if number % 3 else [versie, lapsed_version(versie, AUTEUR, now())]
        for number, versie in enumerate(first)
    ]


def ids(written: Sequence[Sequence[Versie]]) -> list[str]:
    """Give the actieIds of histories."""
    return [versies[0].actie_id for versies in written]


def opened(archive: bytes, identity: Identity) -> list[Line]:
    """Give the lines of an archive."""
    with decrypted(io.BytesIO(archive), [identity]) as lines:
        return [json.loads(line) for line in lines]


def closed(lines: Sequence[Line], identity: Identity, signer: Signer | None = None) -> bytes:
    """Make an archive of lines: anyone can who knows the recipient.

    With the key of the log, the last line fits those before it: as who has that key would tamper.
    """
    target = io.BytesIO()
    with encrypted(target, [identity.to_public()]) as writer:
        written = [json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines]
        if signer is not None:
            sha256 = hashlib.sha256(b"".join(written[:-1])).hexdigest()
            note = sign_note(signed_text(signer.verifier.name, sha256), [signer])
            end = {**lines[-1], "sha256": sha256, "handtekening": note}
            written[-1] = json.dumps(end).encode() + b"\n"
        for line in written:
            writer.write(line)
    return target.getvalue()


async def signer_of(huis: Huis) -> Signer:
    """Give what a log signs with."""
    async with huis.log.pool.acquire() as connection:
        naam = await connection.fetchval("select naam from kop")
    (key,) = [key for key in huis.log.ring.sleutels if key.publiek is not None]
    return Signer.from_seed(naam, bytes.fromhex(key.sleutel))


def of_sort(lines: Sequence[Line], soort: str) -> Iterator[int]:
    """Give the places of the lines of this sort."""
    return (place for place, line in enumerate(lines) if line["soort"] == soort)


def now() -> datetime:
    """Give the present moment."""
    return datetime.now(UTC)
