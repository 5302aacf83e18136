"""`verwerkingenlog applicatie` and `token`, on a real database."""

import asyncio
import io
import os
import time
from pathlib import Path

import pytest

from tests.support.authentication import bearer
from tests.support.postgres import psql
from verwerkingenlog.api.auth.authenticator import Authenticator
from verwerkingenlog.api.auth.registry import Registry
from verwerkingenlog.cli import main
from verwerkingenlog.domain.applicatie import Applicatie
from verwerkingenlog.domain.toegang import Aanroeper, Scope
from verwerkingenlog.operations.installation import install
from verwerkingenlog.storage.applicaties import load_applicaties
from verwerkingenlog.storage.database import SERVING, connect
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.ringfile import RingFile

SECRET = "een geheim van meer dan 32 tekens"
IN_THE_FILE = f"""
applicaties:
  - client_id: burgerportaal
    secret: {SECRET}
    scopes:
      inzage: ["read:normal"]
"""
ADD = ("applicatie", "toevoegen")
ZAAKSYSTEEM = ("zaaksysteem", "--label", "[red]Zaaksysteem", "--bewerking", "read:normal", "--inzage", "")


class Installation:
    """An installed database and what a process that serves it would know."""

    def __init__(self, url: str, directory: Path) -> None:
        self.url = url
        self.sleutels = directory / "sleutels.json"
        asyncio.run(install(url, url, self.sleutels, os.urandom))

    def applicaties(self) -> tuple[Applicatie, ...]:
        return asyncio.run(self._load())

    async def _load(self) -> tuple[Applicatie, ...]:
        connection = await connect(self.url, SERVING)
        try:
            return await load_applicaties(connection, RingFile(self.sleutels).ring())
        finally:
            await connection.close()


@pytest.fixture
def installation(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    made = Installation(database, tmp_path)
    monkeypatch.setenv("VERWERKINGENLOG_DATABASE_URL", database)
    monkeypatch.setenv("VERWERKINGENLOG_SLEUTELS", str(made.sleutels))
    monkeypatch.setenv("COLUMNS", "140")
    return made


@pytest.fixture
def bestand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "applicaties.yaml"
    path.write_text(IN_THE_FILE, "utf-8")
    monkeypatch.setenv("VERWERKINGENLOG_APPLICATIES", str(path))
    return path


def caller(token: str, *applicaties: Applicatie) -> Aanroeper:
    return Authenticator(Registry(applicaties), time.time).authenticate(bearer(token.strip()), "inzage")


def test_S1_a_secret_that_is_made_is_shown_once(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ADD, *ZAAKSYSTEEM, "--oin", "00000001821002193000"]) == 0
    secret = capsys.readouterr().out.strip()
    assert len(secret) >= 32
    assert installation.applicaties() == (
        Applicatie(
            "zaaksysteem",
            secret,
            "[red]Zaaksysteem",
            ("00000001821002193000",),
            frozenset({Scope.CREATE_NORMAL, Scope.READ_NORMAL}),
            frozenset(),
        ),
    )
    assert main(["applicatie", "tonen"]) == 0
    assert secret not in "".join(capsys.readouterr())


def test_S1_a_secret_comes_from_the_environment_or_from_the_input(
    installation: Installation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEHEIM", SECRET)
    monkeypatch.setattr("sys.stdin", io.StringIO("p" * 40 + "\n"))
    assert main([*ADD, "een", "--secret-env", "GEHEIM"]) == 0
    assert main([*ADD, "twee", "--secret-stdin"]) == 0
    assert [one.secret for one in installation.applicaties()] == [SECRET, "p" * 40]
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("installation")
def test_S1_a_registration_that_makes_no_sense_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ADD, "zaak systeem", "--bewerking", "write", "--oin", "1"]) == 2
    said = capsys.readouterr().err
    assert all(
        part in said for part in ("client_id", "de scope 'write' bestaat niet", "een OIN is 20 cijfers")
    )


@pytest.mark.usefixtures("installation")
def test_S1_a_client_id_is_registered_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ADD, *ZAAKSYSTEEM]) == 0
    assert main([*ADD, *ZAAKSYSTEEM]) == 1
    assert "al aangemeld" in capsys.readouterr().err


@pytest.mark.usefixtures("bestand")
def test_S1_what_the_file_holds_is_not_registered_again(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ADD, "burgerportaal", "--inzage", "read:normal"]) == 2
    assert "applicaties.yaml" in capsys.readouterr().err
    assert installation.applicaties() == ()


@pytest.mark.usefixtures("bestand", "installation")
def test_S2_all_applications_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    main([*ADD, *ZAAKSYSTEEM])
    main([*ADD, "oud"])
    main(["applicatie", "intrekken", "oud"])
    capsys.readouterr()
    assert main(["applicatie", "tonen"]) == 0
    shown = capsys.readouterr().out
    expected = ("burgerportaal", "staat in het bestand", "zaaksysteem", "[red]Zaaksysteem", "geen scopes")
    assert all(part in shown for part in (*expected, "niet aangemeld", "read:normal", "ingetrokken"))
    assert SECRET not in shown


def test_S1_a_withdrawn_application_is_gone(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    main([*ADD, *ZAAKSYSTEEM])
    assert main(["applicatie", "intrekken", "zaaksysteem"]) == 0
    assert installation.applicaties() == ()
    assert main(["applicatie", "intrekken", "zaaksysteem"]) == 1
    assert "geen applicatie zaaksysteem" in capsys.readouterr().err


def test_S1_a_withdrawal_does_not_wait_for_a_good_file(installation: Installation, bestand: Path) -> None:
    main([*ADD, *ZAAKSYSTEEM])
    bestand.write_text("applicaties: [", "utf-8")
    assert main(["applicatie", "intrekken", "zaaksysteem"]) == 2
    assert installation.applicaties() == ()


@pytest.mark.usefixtures("bestand", "installation")
def test_S1_who_withdraws_is_told_that_the_file_still_grants(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["applicatie", "intrekken", "burgerportaal"]) == 2
    assert "blijft daardoor geldig" in capsys.readouterr().err


def test_S1_a_token_for_an_application_of_the_database_works(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    main([*ADD, *ZAAKSYSTEEM])
    capsys.readouterr()
    assert main(["token", "zaaksysteem", "--gebruiker", "jan", "--naam", "Jan", "--geldig", "1"]) == 0
    assert caller(capsys.readouterr().out, *installation.applicaties()).gebruiker == "jan"


@pytest.mark.usefixtures("bestand")
def test_S1_a_token_for_an_application_of_the_file_needs_no_database(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["token", "burgerportaal"]) == 0
    applicatie = Applicatie("burgerportaal", SECRET, "burgerportaal", inzage=frozenset({Scope.READ_NORMAL}))
    assert caller(capsys.readouterr().out, applicatie).client_id == "burgerportaal"


@pytest.mark.usefixtures("installation")
def test_S1_no_token_for_an_unknown_application(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "zaaksysteem"]) == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("minutes", ["0", "61", "-1", "1.5", "000001", "x"])
def test_S1_a_token_lasts_an_hour_at_most(minutes: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["token", "zaaksysteem", f"--geldig={minutes}"])
    assert "1 tot 60" in capsys.readouterr().err


def test_S2_who_manages_applications_can_not_read_the_log(
    cluster: Cluster, installation: Installation
) -> None:
    granted = psql(
        cluster,
        "select string_agg(distinct table_name, ' ') from information_schema.role_table_grants"
        " where grantee = 'verwerkingenlog_beheer' and table_schema = 'verwerkingenlog'",
        url=installation.url,
    )
    evidence = {"beheer", "generatie", "kop", "ongezegeld", "opschoning", "rand", "tegel", "zegel"}
    assert set(granted.split()) - evidence == {"applicatie", "migratie", "sleutel"}
