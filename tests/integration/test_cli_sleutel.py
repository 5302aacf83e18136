"""`verwerkingenlog sleutel` and `beheerlog`, on a real database."""

import asyncio
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.keys import found, working
from tests.support.postgres import psql
from tests.support.store import PERSON, a_version
from verwerkingenlog.cli import main
from verwerkingenlog.ledger.checker import parse_verifier_key
from verwerkingenlog.operations.installation import install
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.ringfile import RingFile

WACHTZIN = "vier woorden op een rij"


class Machine:
    """A server of an installed log: its database and its ring."""

    def __init__(self, url: str, directory: Path) -> None:
        self.url = url
        self.sleutels = directory / "sleutels.json"
        asyncio.run(install(url, url, self.sleutels, os.urandom))

    def write(self) -> None:
        """Log one actie."""

        async def write() -> None:
            async with working(self.url, self.sleutels) as log:
                await log.group_commit.register(a_version(PERSON))

        asyncio.run(write())

    def finds(self) -> bool:
        """Tell whether a new server with this ring finds its person."""

        async def find() -> int | None:
            async with working(self.url, self.sleutels) as log:
                return await found(log, PERSON)

        return asyncio.run(find()) is not None


@pytest.fixture
def machine(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(database, tmp_path)
    monkeypatch.setenv("VERWERKINGENLOG_DATABASE_URL", database)
    monkeypatch.setenv("VERWERKINGENLOG_SLEUTELS", str(made.sleutels))
    monkeypatch.setenv("VERWERKINGENLOG_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("COLUMNS", "200")
    return made


@pytest.fixture
def bestand(tmp_path: Path) -> Path:
    path = tmp_path / "wachtzin.txt"
    path.write_text(f"{WACHTZIN}\nwat hier staat, telt niet mee\n", "utf-8")
    return path


def beheerlog(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["beheerlog", "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("doel", ["zoeken", "onthullen"])
def test_M7_a_key_goes_from_new_to_destroyed(
    machine: Machine, capsys: pytest.CaptureFixture[str], doel: str
) -> None:
    machine.write()
    old = next(key for key in RingFile(machine.sleutels).read() if key.doel == doel)
    assert main(["sleutel", "nieuw", doel]) == 0
    assert "Sleutel 6" in capsys.readouterr().out
    assert main(["sleutel", "nieuw", doel]) == 1
    assert "staat al klaar" in capsys.readouterr().err
    assert main(["sleutel", "vernietig", str(old.id), "--ja"]) == 1
    assert "nog nodig" in capsys.readouterr().err
    assert main(["sleutel", "roteer", doel]) == 0
    assert main(["sleutel", "vernietig", str(old.id)]) == 2
    assert "--ja" in capsys.readouterr().err
    assert main(["sleutel", "vernietig", str(old.id), "--ja"]) == 0
    assert old.sleutel not in machine.sleutels.read_text()
    assert main(["sleutel", "toon"]) == 0
    shown = capsys.readouterr().out
    assert "vernietigd" in shown
    assert not any(key.sleutel in shown for key in RingFile(machine.sleutels).read())
    assert machine.finds()
    told = [(one["gebeurtenis"], one["inhoud"]) for one in beheerlog(capsys)]
    assert ("sleutel_gemaakt", {"sleutels": [{"doel": doel, "id": 6}]}) in told
    assert ("sleutel_vernietigd", {"sleutels": [{"doel": doel, "id": old.id}]}) in told
    steps = [event for event, _ in told if event.startswith("rotatie")]
    between = ["rotatie_overgegaan"] if doel == "zoeken" else []
    assert steps == ["rotatie_begonnen", *between, "rotatie_klaar"]


@pytest.mark.parametrize("part", ["nieuw", "roteer"])
@pytest.mark.parametrize("doel", ["dienst", "bewijs"])
def test_M7_the_command_says_why_a_key_lasts(
    machine: Machine, capsys: pytest.CaptureFixture[str], part: str, doel: str
) -> None:
    assert main(["sleutel", part, doel]) == 1
    assert f"De sleutel voor {doel} is niet te vervangen." in capsys.readouterr().err
    assert len(RingFile(machine.sleutels).read()) == 5


def test_T1_the_new_signing_key_signs_before_the_old_one_stops(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.write()
    assert main(["zegel", "--eenmaal"]) == 0
    assert main(["sleutel", "nieuw", "ondertekenen"]) == 0
    assert main(["sleutel", "roteer", "ondertekenen"]) == 0
    assert "allebei" in capsys.readouterr().out
    assert main(["sleutel", "roteer", "ondertekenen"]) == 1
    assert "nog niet met de nieuwe sleutel ondertekend" in capsys.readouterr().err
    assert main(["zegel", "--eenmaal"]) == 0
    assert main(["sleutel", "roteer", "ondertekenen"]) == 0
    assert main(["sleutel", "vernietig", "5", "--ja"]) == 0
    assert main(["zegel", "--eenmaal"]) == 0
    capsys.readouterr()
    assert main(["sleutel", "toon"]) == 0
    keys = [
        parse_verifier_key(line.partition(": ")[2])
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("Controlesleutel")
    ]
    assert len(keys) == 2
    assert RingFile(machine.sleutels).read()[-1].publiek == keys[-1].public


def test_M7_a_passphrase_is_set_changed_and_removed(
    machine: Machine,
    bestand: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain = RingFile(machine.sleutels).read()
    assert main(["sleutel", "wachtzin", "--verwijder"]) == 2
    assert main(["sleutel", "wachtzin", "--nieuw-bestand", str(bestand)]) == 0
    assert plain[0].sleutel not in machine.sleutels.read_text()
    capsys.readouterr()
    assert main(["sleutel", "toon"]) == 2
    assert "VERWERKINGENLOG_SLEUTELS_WACHTZIN" in capsys.readouterr().err
    monkeypatch.setenv("VERWERKINGENLOG_SLEUTELS_WACHTZIN_BESTAND", str(bestand))
    for command in (["toon"], ["nieuw", "zoeken"], ["roteer", "zoeken"]):
        assert main(["sleutel", *command]) == 0
    assert RingFile(machine.sleutels).is_wrapped
    assert main(["sleutel", "toon"]) == 0
    assert WACHTZIN not in "".join(capsys.readouterr())
    other = bestand.with_name("andere.txt")
    other.write_text("een heel andere wachtzin", "utf-8")
    assert main(["sleutel", "wachtzin", "--nieuw-bestand", str(other)]) == 0
    assert main(["sleutel", "toon"]) == 2
    assert "De wachtzin past niet" in capsys.readouterr().err
    monkeypatch.setenv("VERWERKINGENLOG_SLEUTELS_WACHTZIN_BESTAND", str(other))
    assert main(["sleutel", "wachtzin", "--verwijder"]) == 0
    assert not RingFile(machine.sleutels).is_wrapped
    assert {key.sleutel for key in RingFile(machine.sleutels).read()} > {key.sleutel for key in plain}


@pytest.mark.parametrize("content", ["", "\nop de tweede regel", "welkom01", "elf tekens."])
def test_M7_a_passphrase_that_is_none_is_refused(
    machine: Machine, bestand: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    before = machine.sleutels.read_bytes()
    bestand.write_text(content, "utf-8")
    assert main(["sleutel", "wachtzin", "--nieuw-bestand", str(bestand)]) == 2
    assert not content.strip() or content.strip() not in capsys.readouterr().err
    assert machine.sleutels.read_bytes() == before


def test_M7_without_a_terminal_no_passphrase_is_asked(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{WACHTZIN}\n"))
    assert main(["sleutel", "wachtzin"]) == 2
    assert "--nieuw-bestand" in capsys.readouterr().err
    assert not RingFile(machine.sleutels).is_wrapped


def test_R3_migrations_keys_and_applications_are_written_down_once(
    machine: Machine, cluster: Cluster, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "beheerder-1")
    for _ in range(2):
        assert main(["migrate"]) == 0
    assert main(["applicatie", "toevoegen", "zaaksysteem", "--bewerking", "read:normal"]) == 0
    assert main(["applicatie", "toevoegen", "zaaksysteem"]) == 1
    assert main(["applicatie", "intrekken", "zaaksysteem"]) == 0
    assert main(["applicatie", "intrekken", "zaaksysteem"]) == 1
    assert main(["zegel", "--eenmaal"]) == 0
    assert main(["sleutel", "nieuw", "zoeken"]) == 0
    told = beheerlog(capsys)
    migrations = psql(
        cluster, "select naam from verwerkingenlog.migratie order by nummer", url=machine.url
    ).split()
    assert [one["inhoud"].get("migratie") for one in told if "migratie" in one["inhoud"]] == migrations
    assert [one["gebeurtenis"] for one in told if "migratie" not in one["inhoud"]] == [
        "sleutel_gemaakt",
        "applicatie_toegevoegd",
        "applicatie_ingetrokken",
        "sleutel_gemaakt",
    ]
    assert told[-3]["inhoud"] == {
        "client_id": "zaaksysteem",
        "oins": [],
        "scopes": {"bewerking": ["create:normal", "read:normal"]},
    }
    assert told[-3]["wie"].startswith("beheerder-1@")
    assert [one["verzegeld"] for one in told] == [True] * (len(told) - 1) + [False]
    assert main(["beheerlog"]) == 0
    shown = capsys.readouterr().out
    assert "applicatie ingetrokken" in shown
    assert "sleutels: zoeken 1;" in shown
    assert f" {told[-1]['volgnummer']} " in shown  # as a report of a purge names it
    assert "{" not in shown
    assert shown.count("nog niet") == 1


def test_T1_sealing_once_says_what_was_not_published(
    machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.write()
    monkeypatch.setenv("VERWERKINGENLOG_CHECKPOINT_URL", "http://127.0.0.1:1/checkpoint")
    assert main(["zegel", "--eenmaal"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("Het checkpoint is niet verstuurd.")
    assert len(told.splitlines()) == 1
    (tmp_path / "bestand").touch()
    monkeypatch.setenv("VERWERKINGENLOG_CHECKPOINTS", str(tmp_path / "bestand"))
    assert main(["zegel", "--eenmaal"]) == 2
    assert "zijn geen checkpoints te schrijven" in capsys.readouterr().err


def test_R3_a_migration_whose_record_was_lost_is_written_down_later(
    machine: Machine, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    psql(
        cluster,
        "alter table verwerkingenlog.beheer disable trigger user;"
        " delete from verwerkingenlog.beheer where inhoud like '%0003_bewijs%'",
        url=machine.url,
    )
    assert main(["migrate"]) == 0
    told = [one["inhoud"].get("migratie") for one in beheerlog(capsys)]
    assert told.count("0003_bewijs") == 1
