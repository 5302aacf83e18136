"""`verwerkingenlog exporteer` and `importeer`, as whole processes: their words, their memory, their death."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.postgres import psql
from tests.support.store import a_version
from tests.support.verhuizing import Huis, a_house, at_home, histories, ids, many, write
from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.storage.embedded import Cluster

COMMAND = Path(sys.executable).with_name("verwerkingenlog")
GROWTH_MIB = 8
"""What four times the records may cost more: less than a kilobyte for each."""


class Removal:
    """The two logs of a removal, and the files between them."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster = cluster
        self.folder = folder
        self.source, self.target = self.new_log(), self.new_log()
        self.identity, self.archive = folder / "identiteit.txt", folder / "log.age"
        self.recipient = self.done(None, "importeer", "--maak-identiteit", self.identity).stdout.strip()

    def new_log(self) -> Huis:
        async def make() -> Huis:
            async with a_house(self.cluster, self.folder) as huis:
                return huis

        return asyncio.run(make())

    def fill(self, acties: Sequence[Sequence[Versie]]) -> None:
        async def work() -> None:
            async with at_home(self.source.url, self.source.ring_file) as huis:
                for first in range(0, len(acties), 1000):
                    await write(huis, acties[first : first + 1000])

        asyncio.run(work())

    def histories_at(self, huis: Huis, actie_ids: Sequence[str]) -> dict[str, list[Versie]]:
        async def work() -> dict[str, list[Versie]]:
            async with at_home(huis.url, huis.ring_file) as home:
                return await histories(home, actie_ids)

        return asyncio.run(work())

    def exporting(self) -> tuple[str | Path, ...]:
        return "exporteer", self.archive, "--ontvanger", self.recipient

    def importing(self) -> tuple[str | Path, ...]:
        return "importeer", self.archive, "--identiteit", self.identity, "--vertrouw"

    def started(self, huis: Huis | None, *arguments: str | Path) -> "subprocess.Popen[str]":
        at = {} if huis is None else {"DATABASE_URL": huis.url, "SLEUTELS": str(huis.ring_file)}
        return subprocess.Popen(  # noqa: S603 - our own command
            [COMMAND, *arguments],
            env=os.environ | {f"VERWERKINGENLOG_{name}": value for name, value in at.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def done(
        self, huis: Huis | None, *arguments: str | Path, code: int = 0
    ) -> "subprocess.CompletedProcess[str]":
        process = self.started(huis, *arguments)
        out, err = process.communicate()
        assert process.returncode == code, err
        return subprocess.CompletedProcess([], process.returncode, out, err)

    def peak(self, huis: Huis, *arguments: str | Path) -> float:
        """Run, and give the peak of the memory in MiB."""
        process = self.started(huis, *arguments)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        _, err = process.communicate()
        assert process.returncode == 0, err
        return usage.ru_maxrss / 1024

    def written(self) -> int:
        return int(psql(self.cluster, "select count(*) from verwerkingenlog.versie", url=self.target.url))


@pytest.fixture
def removal(cluster: Cluster, tmp_path: Path) -> Removal:
    return Removal(cluster, tmp_path)


def test_M7_the_commands_take_a_log_from_one_keeper_to_the_other(removal: Removal) -> None:
    acties = many(10)
    removal.fill(acties)
    made = removal.done(removal.source, *removal.exporting())
    assert "10 verwerkingsacties" in made.stdout
    assert oct(removal.archive.stat().st_mode)[-3:] == oct(removal.identity.stat().st_mode)[-3:] == "600"
    manifest = json.loads(removal.archive.with_name("log.age.manifest.json").read_text())
    assert manifest["sleutels"][0] in made.stdout
    assert "99999" not in json.dumps(manifest)
    asked = removal.done(removal.target, *removal.importing()[:-1], code=2)
    assert f"--sleutel {manifest['sleutels'][0]}" in asked.stderr
    assert removal.written() == 0
    key = ("--sleutel", manifest["sleutels"][0])
    done = removal.done(removal.target, *removal.importing()[:-1], *key)
    assert done.stdout.startswith("Ingelezen: 10 verwerkingsacties")
    again = removal.done(removal.target, *removal.importing())
    assert "eerder al helemaal ingelezen" in again.stdout
    assert removal.histories_at(removal.target, ids(acties)) == removal.histories_at(
        removal.source, ids(acties)
    )


def test_M7_an_archive_or_identity_is_never_overwritten(removal: Removal) -> None:
    removal.archive.write_text("van iemand anders")
    refused = removal.done(removal.source, *removal.exporting(), code=2)
    assert "bestaat al" in refused.stderr
    assert removal.archive.read_text() == "van iemand anders"
    assert (
        "bestaat al" in removal.done(None, "importeer", "--maak-identiteit", removal.identity, code=2).stderr
    )


def test_M7_what_is_wrong_with_the_arguments_is_told(removal: Removal) -> None:
    no_recipient = removal.done(removal.source, "exporteer", removal.archive, "--ontvanger", "jan", code=2)
    assert "jan is geen ontvanger" in no_recipient.stderr
    no_folder = removal.done(
        removal.source,
        "exporteer",
        removal.folder / "weg" / "log.age",
        "--ontvanger",
        removal.recipient,
        code=2,
    )
    assert "niet te schrijven" in no_folder.stderr
    assert "niet te lezen" in removal.done(removal.target, *removal.importing(), code=2).stderr
    removal.archive.write_text("geen archief")
    assert "gaat het archief niet open" in removal.done(removal.target, *removal.importing(), code=1).stderr


def test_M3_conflicts_are_shown_and_kept_in_a_file(removal: Removal) -> None:
    here = [[a_version()] for _ in range(120)]
    removal.fill(here)
    removal.done(removal.source, *removal.exporting())
    removal.target = removal.source
    psql(
        removal.cluster,
        "alter table verwerkingenlog.versie disable trigger all;"
        "alter table verwerkingenlog.versie_normaal disable trigger all;"
        "update verwerkingenlog.versie set gebruiker = 'iemand anders'",
        url=removal.target.url,
    )
    refused = removal.done(removal.target, *removal.importing(), code=1)
    assert "heeft 120 van deze verwerkingsacties al" in refused.stderr
    assert refused.stderr.count("000000\n") == 100
    listed = removal.folder / "log.age.conflicten.txt"
    assert sorted(listed.read_text().split()) == sorted(ids(here))


def test_M2_an_import_that_was_killed_is_ended_by_the_next(removal: Removal) -> None:
    acties = many(4500)
    removal.fill(acties)
    removal.done(removal.source, *removal.exporting())
    points = random.Random(7)  # noqa: S311 - only has to vary
    for _ in range(3):
        process = removal.started(removal.target, *removal.importing())
        enough = removal.written() + points.randrange(1, 2000)
        while process.poll() is None and removal.written() < enough:
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate()
    removal.done(removal.target, *removal.importing())
    assert removal.written() == sum(map(len, acties))
    some = ids(acties)[::7]
    assert removal.histories_at(removal.target, some) == removal.histories_at(removal.source, some)


def test_M7_memory_does_not_grow_with_the_log(removal: Removal) -> None:
    removal.fill(many(3000))
    small = (
        removal.peak(removal.source, *removal.exporting()),
        removal.peak(removal.target, *removal.importing()),
    )
    removal.fill(many(9000))
    removal.target, removal.archive = removal.new_log(), removal.folder / "groot.age"
    large = (
        removal.peak(removal.source, *removal.exporting()),
        removal.peak(removal.target, *removal.importing()),
    )
    assert removal.written() == 16_000
    assert large[0] - small[0] < GROWTH_MIB, (small, large)
    assert large[1] - small[1] < GROWTH_MIB, (small, large)
