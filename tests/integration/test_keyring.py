"""Rule M7: the file of the key ring, wrapped by a passphrase or not, and the ring of an earlier release."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.keys import found, keeping, working
from tests.support.postgres import create_database, psql
from tests.support.store import OTHER, PERSON, a_version, serving
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.operations.beheer import show as show_beheer
from verwerkingenlog.operations.installation import check_installation, check_ready, install
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.sleutels import make
from verwerkingenlog.storage import migrate as migrations
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.keyring import DOELEN, KeyRing, new_sleutels
from verwerkingenlog.storage.ringfile import RingFile

WACHTZIN = "een wachtzin met spaties en é"
Alteration = Callable[[dict[str, Any]], object]


@pytest.fixture
def wrapped(sleutels: Path) -> RingFile:
    """Have a ring that is wrapped."""
    ring = RingFile(sleutels, WACHTZIN)
    ring.create(new_sleutels())
    return ring


def test_M7_a_wrapped_ring_gives_back_its_keys_and_shows_none(sleutels: Path) -> None:
    keys = new_sleutels(gemaakt="2026-01-31T12:00:00.000000Z")
    RingFile(sleutels, WACHTZIN).create(keys)
    content = sleutels.read_text()
    assert RingFile(sleutels, WACHTZIN).read() == keys
    assert not any(key.sleutel in content for key in keys)
    assert "zoeken" not in content
    afleiding = json.loads(content)["beveiligd"]["afleiding"]
    assert (afleiding["methode"], afleiding["rondes"], afleiding["geheugen"]) == ("argon2id", 3, 64 * 1024)
    assert stat.S_IMODE(sleutels.stat().st_mode) == 0o600


def test_M7_a_passphrase_is_the_same_however_its_letters_are_composed(wrapped: RingFile) -> None:
    composed = WACHTZIN.replace("é", "e\N{COMBINING ACUTE ACCENT}")
    assert composed != WACHTZIN
    assert RingFile(wrapped.path, composed).read() == wrapped.read()


def test_M7_a_wrong_passphrase_is_told_and_not_shown(wrapped: RingFile) -> None:
    with pytest.raises(ConfigurationError, match="De wachtzin past niet") as caught:
        RingFile(wrapped.path, "een andere wachtzin").read()
    assert "een andere" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="VERWERKINGENLOG_SLEUTELS_WACHTZIN"):
        RingFile(wrapped.path).read()


@pytest.mark.parametrize(
    ("alter", "refusal"),
    [
        (lambda file: file["beveiligd"].update(cijfertekst="00" * 64), "past niet"),
        (lambda file: file["beveiligd"].update(nonce="00" * 12), "past niet"),
        (lambda file: file["beveiligd"]["afleiding"].update(zout="00" * 16), "past niet"),
        (lambda file: file["beveiligd"]["afleiding"].update(banen=1), "past niet"),
        (lambda file: file["beveiligd"]["afleiding"].update(rondes=1), "geen geldige"),
        (lambda file: file["beveiligd"]["afleiding"].update(geheugen=8), "geen geldige"),
        (lambda file: file["beveiligd"]["afleiding"].update(geheugen=1 << 40), "geen geldige"),
        (lambda file: file["beveiligd"]["afleiding"].update(methode="pbkdf2"), "geen geldige"),
        (lambda file: file["beveiligd"].update(cijfertekst="geen cijfers"), "geen geldige"),
        (lambda file: file["beveiligd"].update(nonce=""), "geen geldige"),
        (lambda file: file.update(sleutels=[]), "geen geldige"),
        (lambda file: file.update(versie=1), "geen geldige"),
        (lambda file: file.pop("beveiligd"), "geen geldige"),
    ],
)
def test_M7_a_wrapped_ring_that_was_altered_is_refused(
    wrapped: RingFile, alter: Alteration, refusal: str
) -> None:
    file = json.loads(wrapped.path.read_text())
    alter(file)
    wrapped.path.write_text(json.dumps(file))
    with pytest.raises(ConfigurationError, match=refusal):
        wrapped.read()


def test_M7_a_ring_is_replaced_as_it_was_wrapped(wrapped: RingFile, tmp_path: Path) -> None:
    others = new_sleutels()
    wrapped.replace(others)
    assert wrapped.is_wrapped
    assert wrapped.read() == others
    plain = RingFile(tmp_path / "plain.json")
    plain.create(new_sleutels())
    # A server may be told the passphrase before the ring has one.
    told = RingFile(plain.path, WACHTZIN)
    told.replace(told.read())
    assert not plain.is_wrapped
    told.rewrap(WACHTZIN)
    assert RingFile(plain.path).is_wrapped
    assert told.read() == RingFile(plain.path, WACHTZIN).read()
    assert sorted(tmp_path.iterdir()) == sorted([plain.path, wrapped.path])


async def test_M7_a_log_works_with_a_wrapped_ring(database: str, sleutels: Path) -> None:
    await install(database, database, sleutels, os.urandom, wachtzin=WACHTZIN)
    assert RingFile(sleutels).is_wrapped
    async with serving(database) as connection:
        with pytest.raises(ConfigurationError, match="wachtzin"):
            await check_installation(connection, sleutels)
        ring = await check_installation(connection, sleutels, WACHTZIN)
        await check_ready(connection, ring)
        RingFile(sleutels, WACHTZIN).rewrap("een heel andere wachtzin")
        with pytest.raises(ConfigurationError, match="De wachtzin past niet"):
            await check_ready(connection, ring)


async def _of_the_first_release(database: str, sleutels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install as the first release did: without the migrations of today, with three keys."""
    first = [one for one in migrations.all_migrations() if one.number < 3]
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "all_migrations", lambda: first)
        await migrations.migrate(database)
    keys = new_sleutels()[:3]
    sleutels.write_text(
        json.dumps(
            {
                "versie": 1,
                "sleutels": [{"id": key.id, "doel": key.doel, "sleutel": key.sleutel} for key in keys],
            }
        )
    )
    sleutels.chmod(0o600)


async def test_M7_a_ring_of_the_first_release_is_completed(
    database: str, sleutels: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _of_the_first_release(database, sleutels, monkeypatch)
    before = RingFile(sleutels).read()
    person = KeyRing((*before, *new_sleutels(held=before)))
    values = ", ".join(f"({key.id}, '{key.doel}', '\\x{key.controle.hex()}')" for key in before)
    psql(
        cluster,
        f"insert into verwerkingenlog.sleutel (id, doel, controle) values {values}",
        url=database,
    )
    index = person.search_index(b"persoon\0BSN\0999993653")
    hidden = person.hide(b"persoon\0BSN\0999993653", index)
    psql(
        cluster,
        "insert into verwerkingenlog.betrokkene (zoekindex, sleutel, cijfertekst)"
        f" values ('\\x{index.hex()}', 2, '\\x{hidden.hex()}')",
        url=database,
    )
    installed = await install(database, database, sleutels, os.urandom)
    assert (installed.new_ring, installed.completed_ring) == (False, True)
    assert not (await install(database, database, sleutels, os.urandom)).completed_ring
    after = RingFile(sleutels).read()
    assert after[:3] == before
    assert [key.doel for key in after] == list(DOELEN)
    assert [key.gemaakt is None for key in after] == [True] * 3 + [False] * 2
    async with keeping(database, sleutels) as keeper:
        acts = await show_beheer(keeper.connection)
        assert [one.daad.inhoud for one in acts if "sleutels" in one.daad.inhoud] == [
            {"sleutels": [{"doel": "bewijs", "id": 4}, {"doel": "ondertekenen", "id": 5}]}
        ]
    async with working(database, sleutels) as log:
        assert await found(log, PERSON)
        await log.group_commit.register(a_version(PERSON, OTHER))


async def test_M7_a_ring_of_the_first_release_waits_for_its_migration(
    database: str, sleutels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _of_the_first_release(database, sleutels, monkeypatch)
    with pytest.raises(ConfigurationError, match="verwerkingenlog migrate"):
        RingFile(sleutels).ring()


async def test_M7_a_prepared_key_is_not_used(log: Log, database: str, sleutels: Path) -> None:
    await log.group_commit.register(a_version(PERSON))
    async with keeping(database, sleutels) as keeper:
        for doel in ("zoeken", "onthullen"):
            await make(keeper, doel)
        assert {key.gemaakt is None for key in RingFile(sleutels).read()} == {False}
    async with working(database, sleutels) as other:
        assert await found(other, PERSON) == await found(log, PERSON) is not None
        assert other.ring.reveal_id == log.ring.reveal_id


async def test_M7_a_second_database_with_the_ring_uses_its_newest_keys(
    log: Log, database: str, cluster: Cluster, sleutels: Path
) -> None:
    await log.group_commit.register(a_version(PERSON))
    async with keeping(database, sleutels) as keeper:
        new = await make(keeper, "onthullen")
    second = create_database(cluster)
    installed = await install(second, second, sleutels, os.urandom)
    assert (installed.new_ring, installed.completed_ring) == (False, False)
    async with working(second, sleutels) as other:
        assert (other.ring.reveal_id, log.ring.reveal_id) == (new, 2)
        await other.group_commit.register(a_version(PERSON))
        assert await found(other, PERSON)
