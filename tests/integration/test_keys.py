"""Rule M7: pseudonyms, and the key ring without which nobody finds or reveals a person."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.postgres import psql
from tests.support.store import OTHER, PERSON, a_version, serving
from verwerkingenlog.domain.betrokkene import Betrokkene
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.operations.installation import check_installation, install
from verwerkingenlog.operations.log import Log
from verwerkingenlog.storage import reading
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.keyring import KeyRing, new_sleutels
from verwerkingenlog.storage.migrate import migrate
from verwerkingenlog.storage.pseudonyms import pseudonymise, reveal, search_index
from verwerkingenlog.storage.ringfile import RingFile


async def test_M7_a_dump_of_the_database_holds_no_id_of_a_person(
    log: Log, cluster: Cluster, database: str
) -> None:
    await log.group_commit.register(a_version(PERSON, soort_afnemer_id="BSN", afnemer_id=OTHER.object_id))
    dump = subprocess.run(  # noqa: S603 - our own pg_dump
        [str(cluster.binaries / "pg_dump"), database], capture_output=True, text=True, check=True
    ).stdout
    for object_id in (PERSON.object_id, OTHER.object_id):
        assert object_id not in dump
        assert object_id.encode().hex() not in dump


async def test_M7_exchanged_persons_are_noticed(log: Log, cluster: Cluster, database: str) -> None:
    versie = a_version(PERSON, OTHER)
    await log.group_commit.register(versie)
    psql(
        cluster,
        "update verwerkingenlog.betrokkene b set cijfertekst ="
        " (select cijfertekst from verwerkingenlog.betrokkene o where o.id <> b.id)",
        url=database,
    )
    async with log.pool.acquire() as connection:
        with pytest.raises(ConfigurationError):
            await reading.current(connection, log.ring, versie.actie_id)


def test_M7_pseudonyms_find_and_reveal() -> None:
    ring = KeyRing(new_sleutels())
    person = Betrokkene("persoon", "BSN", "999993653")
    one, two = pseudonymise(ring, person), pseudonymise(ring, person)
    assert one.zoekindex == two.zoekindex == search_index(ring, person)
    assert one.cijfertekst != two.cijfertekst
    assert reveal(ring, one) == reveal(ring, two) == person


def test_M7_ring_is_private_and_never_overwritten(sleutels: Path) -> None:
    RingFile(sleutels).create(new_sleutels())
    content = sleutels.read_bytes()
    assert sleutels.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        RingFile(sleutels).create(new_sleutels())
    assert sleutels.read_bytes() == content
    assert list(sleutels.parent.iterdir()) == [sleutels]


def test_M7_a_ring_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    for place in (Path("/proc/map/sleutels.json"), tmp_path / ("x" * 300)):
        with pytest.raises(ConfigurationError, match="niet te maken"):
            RingFile(place).create(new_sleutels())


async def test_M7_servers_that_start_at_once_make_one_ring(database: str, tmp_path: Path) -> None:
    await migrate(database)
    rings = [tmp_path / "een.json", tmp_path / "twee.json"]
    made = await asyncio.gather(*(install(database, database, ring, os.urandom) for ring in rings))
    assert sorted(one.new_ring for one in made) == [False, True]
    assert [ring.exists() for ring in rings] == [one.new_ring for one in made]


def test_M7_ring_that_others_can_read_is_refused(sleutels: Path) -> None:
    RingFile(sleutels).create(new_sleutels())
    sleutels.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        RingFile(sleutels).ring()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b'{"versie": 3, "sleutels": []}',
        b'{"versie": 1, "sleutels": []}',
        b'{"versie": 1, "sleutels": [{"id": 1, "doel": "zoeken", "sleutel": "zz"}]}',
    ],
)
def test_M7_what_is_no_ring_is_refused(sleutels: Path, content: bytes) -> None:
    sleutels.write_bytes(content)
    sleutels.chmod(0o600)
    with pytest.raises(ConfigurationError, match="geldige sleutelbos"):
        RingFile(sleutels).ring()


async def test_M7_a_database_whose_keys_are_missing_is_refused(database: str, sleutels: Path) -> None:
    await install(database, database, sleutels, os.urandom)
    sleutels.unlink()
    async with serving(database) as connection:
        with pytest.raises(ConfigurationError, match="ontbreekt"):
            await check_installation(connection, sleutels)
    # Installing again must not quietly make others.
    assert not (await install(database, database, sleutels, os.urandom)).new_ring
    assert not sleutels.exists()


async def test_M7_a_database_with_the_keys_of_another_is_refused(database: str, sleutels: Path) -> None:
    await install(database, database, sleutels, os.urandom)
    sleutels.unlink()
    RingFile(sleutels).create(new_sleutels())
    async with serving(database) as connection:
        with pytest.raises(ConfigurationError, match="andere database"):
            await check_installation(connection, sleutels)
