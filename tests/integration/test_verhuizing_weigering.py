"""An archive that is not what its log signed is refused before anything is written (rules T2, T3)."""

import asyncio
import copy
import io
import json
import os
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pyrage.x25519 import Identity

from tests.integration.test_verhuizing import fill
from tests.support.postgres import psql
from tests.support.purging import Opschoning, follow
from tests.support.store import AUTEUR, PERSON, a_version
from tests.support.verhuizing import (
    Huis,
    Line,
    a_house,
    beheerlog,
    closed,
    exported,
    imported,
    now,
    of_sort,
    opened,
    signer_of,
)
from verwerkingenlog.domain.verwerkingsactie import lapsed_version
from verwerkingenlog.errors import ArchiveRefused, ConfigurationError
from verwerkingenlog.ledger.note import Signer
from verwerkingenlog.operations.verhuizing.archief import encrypted
from verwerkingenlog.operations.verhuizing.controle import Controle
from verwerkingenlog.storage.embedded import Cluster

IDENTITY = Identity.generate()
Edit = Callable[[list[Line]], object]
Place = tuple[str | int, ...]


@pytest.fixture
async def target(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Huis]:
    async with a_house(cluster, tmp_path) as huis:
        yield huis


class Source(NamedTuple):
    """An archive, and the key of its log."""

    archive: bytes
    signer: Signer


@pytest.fixture(scope="module")
def source(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Source:
    """Give the archive of a log with acties of all kinds and with one that was purged."""

    async def make() -> Source:
        async with a_house(cluster, tmp_path_factory.mktemp("bron")) as huis:
            gone = a_version(PERSON, bewaartermijn="P1D")
            await huis.log.group_commit.register(gone)
            await follow(huis.log, lapsed_version(gone, AUTEUR, now()))
            await Opschoning(huis.log, huis.url)()
            await fill(huis)
            return Source((await exported(huis, IDENTITY))[0], await signer_of(huis))

    return asyncio.run(make())


@pytest.fixture
def archive(source: Source) -> bytes:
    return source.archive


@pytest.fixture
def signer(source: Source) -> Signer:
    return source.signer


@pytest.fixture
def lines(archive: bytes) -> list[Line]:
    return opened(archive, IDENTITY)


class Exchanged(io.BytesIO):
    """A file that somebody writes over once it was checked."""

    def __init__(self, checked: bytes, after: bytes) -> None:
        super().__init__(checked)
        self._after = after
        self._begun = 0

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._begun += 1
        if self._begun == 2:
            super().seek(0)
            self.truncate()
            self.write(self._after)
        return super().seek(offset, whence)


async def refused(cluster: Cluster, target: Huis, archive: bytes, *, keys: tuple[str, ...] = ()) -> str:
    """Import, and give the words of the refusal; nothing may have been written."""
    acts = len(await beheerlog(target))
    with pytest.raises(ArchiveRefused) as refusal:
        await imported(target, archive, IDENTITY, keys=keys)
    assert psql(cluster, "select count(*) from verwerkingenlog.versie", url=target.url) == "0"
    assert len(await beheerlog(target)) == acts
    told = str(refusal.value)
    assert "9999" not in told
    return told


def check(lines: list[Line], signer: Signer) -> None:
    """Check lines with an end that fits them. Raises `ArchiveRefused`."""
    archive = opened(closed(lines, IDENTITY, signer), IDENTITY)
    with closing(Controle([signer.verifier])) as controle:
        for line in archive:
            controle.take(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        controle.outcome()


def places(value: Any, here: Place = ()) -> Iterator[Place]:  # noqa: ANN401 - any part of a line
    """Give the way to every plain value in a line."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from places(part, (*here, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from places(part, (*here, number))
    else:
        yield here


def spoil(line: Line, place: Place) -> None:
    """Change the value at this place into another of its sort."""
    *way, last = place
    part: Any = line
    for step in way:
        part = part[step]
    part[last] = other_than(part[last])


def other_than(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return value + 1
    text = str(value)
    if text.endswith("="):  # base64: its last character may have bits to spare, which mean nothing
        return f"{'B' if text[0] == 'A' else 'A'}{text[1:]}"
    at = next((place for place, c in enumerate(text) if c.isdigit()), None)
    if at is None:
        return f"{text}x"
    return f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}"


async def test_T2_a_flipped_byte_is_refused(cluster: Cluster, target: Huis, archive: bytes) -> None:
    points = random.Random(4)  # noqa: S311 - only has to vary
    for _ in range(25):
        changed = bytearray(archive)
        changed[points.randrange(len(archive))] ^= 1 << points.randrange(8)
        await refused(cluster, target, bytes(changed))


async def test_T2_an_archive_that_is_cut_off_is_refused(
    cluster: Cluster, target: Huis, archive: bytes
) -> None:
    for end in (0, 10, 200, len(archive) // 2, len(archive) - 1):
        await refused(cluster, target, archive[:end])
    await refused(cluster, target, archive + b"x")


EDITS: dict[str, Edit] = {
    "kop": lambda lines: lines.pop(0),
    "bladeren": lambda lines: lines.pop(next(of_sort(lines, "bladeren"))),
    "beheer": lambda lines: lines.pop(next(of_sort(lines, "beheer"))),
    "actie": lambda lines: lines.pop(next(of_sort(lines, "actie"))),
    "slot": lambda lines: lines.pop(),
    "tweede kop": lambda lines: lines.insert(1, lines[0]),
    "actie twee keer": lambda lines: lines.insert(-1, lines[-2]),
    "actie voor de bladeren": lambda lines: lines.insert(1, lines.pop(-2)),
    "na het slot": lambda lines: lines.append(lines[-1]),
    "laatste versie": lambda lines: next(one for one in lines if len(one.get("versies", ())) > 1)[
        "versies"
    ].pop(),
    "onbekend": lambda lines: lines[-2].update(erbij=1),
    "geen versies": lambda lines: lines[-2].update(versies=[]),
}


@pytest.mark.parametrize("mended", [False, True])
@pytest.mark.parametrize("name", EDITS)
async def test_T2_lines_that_are_missing_doubled_or_elsewhere_are_refused(
    cluster: Cluster, target: Huis, lines: list[Line], signer: Signer, name: str, *, mended: bool
) -> None:
    keys = tuple(lines[0]["sleutels"])
    EDITS[name](lines)
    await refused(cluster, target, closed(lines, IDENTITY, signer if mended else None), keys=keys)


async def test_T2_swapped_lines_are_refused(cluster: Cluster, target: Huis, lines: list[Line]) -> None:
    lines[-2], lines[-3] = lines[-3], lines[-2]
    await refused(cluster, target, closed(lines, IDENTITY))


def test_T2_T3_any_value_that_was_changed_is_found(lines: list[Line], signer: Signer) -> None:
    check(lines, signer)
    tried = 0
    for number, line in enumerate(lines):
        for place in places(line):
            if line["soort"] == "kop" and place[0] in {"sleutels", "moment", "programma"}:
                continue  # the tree does not hold these, and nothing is done with them
            if place in {("sha256",), ("handtekening",)}:
                continue  # mended
            changed = copy.deepcopy(lines)
            spoil(changed[number], place)
            with pytest.raises(ArchiveRefused) as refusal:
                check(changed, signer)
            assert "9999" not in str(refusal.value)
            tried += 1
    assert tried > 200


def test_T3_what_two_versions_have_exchanged_is_found(lines: list[Line], signer: Signer) -> None:
    one, other = [line["versies"][0] for line in lines if line["soort"] == "actie"][:2]
    for name in ("blad", "zoutIntern", "zoutGemeenschappelijk", "tijdstipRegistratie"):
        one[name], other[name] = other[name], one[name]
        with pytest.raises(ArchiveRefused):
            check(lines, signer)
        one[name], other[name] = other[name], one[name]
    check(lines, signer)


async def test_T1_only_the_log_itself_ends_an_archive(
    cluster: Cluster, target: Huis, lines: list[Line], signer: Signer
) -> None:
    keys = tuple(lines[0]["sleutels"])
    stranger = Signer.from_seed(signer.verifier.name, bytes(32))
    told = await refused(cluster, target, closed(lines, IDENTITY, stranger), keys=keys)
    assert "het slot is niet ondertekend" in told
    fitting = opened(closed(lines, IDENTITY, signer), IDENTITY)
    fitting[-1]["handtekening"] = lines[0]["checkpoint"]
    told = await refused(cluster, target, closed(fitting, IDENTITY), keys=keys)
    assert "het slot is van een ander archief" in told


async def test_T2_another_identity_does_not_open_it(target: Huis, archive: bytes) -> None:
    with pytest.raises(ArchiveRefused, match="--identiteit"):
        await imported(target, archive, Identity.generate())


async def test_T1_a_log_whose_key_is_not_trusted_is_refused(
    cluster: Cluster, target: Huis, tmp_path: Path, archive: bytes
) -> None:
    async with a_house(cluster, tmp_path) as other:
        await other.log.group_commit.register(a_version(PERSON))
        forged, manifest = await exported(other, IDENTITY)
    told = await refused(cluster, target, archive, keys=manifest.sleutels)
    assert "Geen van de opgegeven sleutels" in told
    with pytest.raises(ConfigurationError, match="geen sleutel van een log"):
        await imported(target, archive, IDENTITY, keys=("geen",))
    assert (await imported(target, forged, IDENTITY, keys=manifest.sleutels)).geschreven == 1


async def test_T2_an_archive_that_changes_after_its_check_is_refused(
    cluster: Cluster, target: Huis, archive: bytes, lines: list[Line], signer: Signer
) -> None:
    keys = lines[0]["sleutels"]
    lines[-2]["versies"][0]["actieNaam"] = "Iets anders"
    changed = Exchanged(archive, closed(lines, IDENTITY, signer))
    with pytest.raises(ArchiveRefused, match="veranderd terwijl"):
        await imported(target, changed, IDENTITY, keys=keys)
    assert psql(cluster, "select count(*) from verwerkingenlog.versie", url=target.url) == "0"


def test_M7_a_disk_that_is_full_is_told() -> None:
    noise = os.urandom(2_000_000)

    def write() -> None:
        with (
            Path("/dev/full").open("wb", buffering=0) as full,
            encrypted(full, [IDENTITY.to_public()]) as lines,
        ):
            lines.write(noise)

    with pytest.raises(ConfigurationError, match="Zorg voor ruimte"):
        write()


def test_M7_an_error_of_the_caller_is_not_taken_for_one_of_the_archive() -> None:
    with pytest.raises(BrokenPipeError, match="database"), encrypted(io.BytesIO(), [IDENTITY.to_public()]):
        raise BrokenPipeError("database")
