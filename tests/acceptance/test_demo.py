"""The demo as a visitor meets it: it starts, its commands work as they are printed, Ctrl-C ends it."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.support.acties import Json, inzage_query, person_query
from tests.support.server import COMMAND, PATIENCE, free_port, wait_until
from verwerkingenlog.demo.filling import fill
from verwerkingenlog.demo.home import Home, State, applicaties_yaml
from verwerkingenlog.demo.inhabitants import (
    GETUIGE,
    GEZOCHT,
    IN_ONDERZOEK,
    NAAMGENOOT,
    ONDERZOCHT,
    PARKEERDER,
    PARTNERS,
    VERHUISD,
    VERWISSELD,
)
from verwerkingenlog.demo.municipality import PARKEERHANDHAVING
from verwerkingenlog.demo.story import tell
from verwerkingenlog.errors import VerwerkingenlogError
from verwerkingenlog.storage.applicatiebestand import Applicatiebestand

READ = "Raadplegen verwerkingenlog"
CURL = 'curl() { command curl --silent --output "answer-$n" --write-out "%{http_code}" "$@"; }'
"""What a shell is told before the commands: keep the answer apart and print the status."""


class Demo:
    """A demo in a directory of its own, started there as a visitor does."""

    def __init__(self, directory: Path, *arguments: str, **settings: str) -> None:
        self.directory = directory
        self.port = free_port()
        self.home = Home(directory / "data" / "demo")
        self._output = directory / "output"
        self._tokens: dict[str, str] = {}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("VERWERKING")}
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                [COMMAND, "demo", "--port", str(self.port), "--metrieken-port", "0", *arguments],
                env={**inherited, **settings},
                cwd=directory,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._output.read_text("utf-8")

    def until_ready(self) -> "Demo":
        wait_until(
            lambda: "Ctrl-C stopt" in self.output or self.process.poll() is not None,
            "the demo runs",
            lambda: self.output,
        )
        assert self.process.poll() is None, self.output
        return self

    def interrupt(self) -> int:
        """Press Ctrl-C, which reaches the whole group, and give the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE)

    def commands(self) -> list[str]:
        return re.findall(r"^\d\. .*\n((?:.*\n)+?)→ ", self.output, re.MULTILINE)

    def token(self, client_id: str) -> str:
        if client_id not in self._tokens:
            environment = {**os.environ, "VERWERKINGENLOG_APPLICATIES": str(self.home.applicaties)}
            self._tokens[client_id] = subprocess.run(  # noqa: S603 - our own command
                [COMMAND, "token", client_id], env=environment, capture_output=True, text=True, check=True
            ).stdout.strip()
        return self._tokens[client_id]

    def ask(self, token: str, path: str, body: Json) -> Json:
        answer = httpx.post(
            f"http://127.0.0.1:{self.port}{path}/_zoek",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE,
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def seen_by(self, bsn: str) -> list[Json]:
        """Give what an inhabitant sees of the story, without the entries of reads."""
        token = self.token("inwonersportaal")
        found = self.ask(token, "/inzage/api/v1/verwerkte-objecten", dict(inzage_query(bsn)))
        return [
            one["verwerkingsactie"]
            for one in found["results"]
            if one["verwerkingsactie"]["actieNaam"] != READ
        ]


@contextmanager
def demo(directory: Path, *arguments: str, **settings: str) -> Iterator[Demo]:
    """Have a demo that was told to start; whatever comes of it, no process is left."""
    running = Demo(directory, *arguments, **settings)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.send_signal(signal.SIGTERM)
            running.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("demo")) as running:
        yield running.until_ready()


def test_the_commands_work_as_they_are_printed(town: Demo) -> None:
    assert "\x1b" not in town.output, "colour in a file"
    statuses, answers = [], []
    for number, command in enumerate(town.commands(), 1):
        script = f"{CURL}\nn={number}\n{command}"
        done = subprocess.run(  # noqa: S603 - the commands of our own program
            ["bash", "-euc", script],  # noqa: S607 - as above
            cwd=town.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        statuses.append(done.stdout.strip())
        answers.append(json.loads((town.directory / f"answer-{number}").read_bytes().splitlines()[-1]))
    assert statuses == ["201", "200", "200", "200"]
    logged, read, seen, versions = answers
    assert read["results"][0]["actieId"] == logged["actieId"]
    assert len(read["results"]) == 3
    assert read["next"]
    assert {one["objectId"] for one in seen["results"]} == {GETUIGE.bsn}
    assert [one["versie"] for one in versions["results"]] == [2, 1]


def test_S3_I4_each_inhabitant_sees_what_the_welcome_says(town: Demo) -> None:
    def names(bsn: str) -> list[str]:
        return [one["actieNaam"] for one in town.seen_by(bsn)]

    for partner in PARTNERS:
        assert {"Vastleggen aangifte huwelijk", "Opmaken huwelijksakte"} <= set(names(partner.bsn))
    assert len(names(GETUIGE.bsn)) == 3
    assert len(names(VERHUISD.bsn)) == 5
    assert names(NAAMGENOOT.bsn) == ["Zoeken personen"]
    assert names(GEZOCHT.bsn) == ["Openen zaak", "Selecteren persoon", "Zoeken personen"]
    [controle] = town.seen_by(PARKEERDER.bsn)
    assert controle["verwerkingsactiviteitId"] == PARKEERHANDHAVING.id
    assert "Opvragen eigenaar van pand" not in names(VERWISSELD.bsn)
    for rol in (*PARTNERS, GETUIGE, VERHUISD, GEZOCHT, NAAMGENOOT):
        shown = json.dumps(town.seen_by(rol.bsn))
        assert set(re.findall(r"9999\d{5}", shown)) == {rol.bsn}


def test_I3_M8_only_the_inquiry_that_was_lifted_is_seen(town: Demo) -> None:
    token = town.token("inwonersportaal")
    query = inzage_query(ONDERZOCHT.bsn, verwerkingsactiviteitId="e4b7a925-8d31-4f0c-a2e6-5c9f1d07b368")
    found = town.ask(token, "/inzage/api/v1/verwerkte-objecten", dict(query))
    assert found["count"] == 4
    assert {one["verwerkingsactie"]["vertrouwelijkheid"] for one in found["results"]} == {"opgeheven"}
    query["objectId"] = IN_ONDERZOEK.bsn
    assert town.ask(token, "/inzage/api/v1/verwerkte-objecten", dict(query))["count"] == 0
    secret = dict(person_query(IN_ONDERZOEK.bsn, vertrouwelijkheid="vertrouwelijk"))
    assert town.ask(town.token("privacy"), "/bewerking/api/v1/verwerkingsacties", secret)["count"] == 2


def told(running: Demo) -> list[tuple[int, list[str]]]:
    """Give how many acties there are about some inhabitants, and the newest; none of today."""
    assert running.home.state
    today = running.home.state.begonnen.date().isoformat()
    found = [
        running.ask(
            running.token("privacy"),
            "/bewerking/api/v1/verwerkingsacties",
            dict(person_query(rol.bsn, eindDatum=today)),
        )
        for rol in (PARKEERDER, VERWISSELD, ONDERZOCHT, *PARTNERS, NAAMGENOOT)
    ]
    return [(answer["count"], [one["actieId"] for one in answer["results"]]) for answer in found]


def test_ctrl_c_ends_it_and_a_next_start_finds_its_data_again(tmp_path: Path) -> None:
    with demo(tmp_path) as first:
        first.until_ready()
        secrets, state, acties = first.home.applicaties.read_bytes(), first.home.state, told(first)
        [postmaster] = first.home.directory.rglob("postmaster.pid")
        postgres = int(postmaster.read_text().split()[0])
        assert first.interrupt() == 0
        assert "De demo is gestopt" in first.output
        with pytest.raises(ProcessLookupError):
            os.kill(postgres, 0)
    with demo(tmp_path) as second:
        second.until_ready()
        assert "wordt klaargezet" not in second.output
        assert (second.home.applicaties.read_bytes(), second.home.state) == (secrets, state)
        assert told(second) == acties
        assert second.interrupt() == 0


def test_P6_a_filling_that_was_interrupted_goes_on_without_doubles(tmp_path: Path) -> None:
    with demo(tmp_path) as first:
        first.until_ready()
        acties, state = told(first), first.home.state
        first.interrupt()
    assert state
    first.home.keep(State(state.begonnen))
    with demo(tmp_path) as second:
        second.until_ready()
        assert told(second) == acties
        assert second.home.state == state
        [versions] = [command for command in second.commands() if "versies" in command]
        done = subprocess.run(["bash", "-euc", versions], cwd=tmp_path, capture_output=True, check=True)  # noqa: S603, S607 - as above
        assert json.loads(done.stdout)["count"] == 2
        second.interrupt()
    second.home.keep(State(datetime.now(UTC) - timedelta(days=2)))
    with demo(tmp_path) as third:
        third.until_ready()
        assert [count for count, _ in told(third)] == [count for count, _ in acties]
        assert third.home.state
        assert third.home.state.gecorrigeerd != state.gecorrigeerd


def test_a_log_that_refuses_or_is_not_there_is_told(town: Demo, tmp_path: Path) -> None:
    others = Applicatiebestand(tmp_path / "applicaties.yaml", {}).parse(applicaties_yaml(lambda: "x" * 32))
    story = tell(datetime.now(UTC))
    with pytest.raises(VerwerkingenlogError, match="antwoord 401"):
        fill("127.0.0.1", town.port, others, story)
    with pytest.raises(VerwerkingenlogError, match="gaf geen antwoord"):
        fill("127.0.0.1", free_port(), others, story)


def test_a_port_that_is_taken_is_told_with_what_to_do(town: Demo, tmp_path: Path) -> None:
    with demo(tmp_path, "--port", str(town.port)) as second:
        assert second.process.wait(PATIENCE) == 2
        assert "--port" in second.output
        assert "Traceback" not in second.output


def test_a_log_that_is_in_use_is_never_filled(tmp_path: Path) -> None:
    url = "postgresql://localhost/verwerkingenlog"
    with demo(tmp_path, VERWERKINGENLOG_DATABASE_URL=url) as refused:
        assert refused.process.wait(PATIENCE) == 2
        assert refused.output.startswith(
            "De demo kiest deze instellingen zelf: VERWERKINGENLOG_DATABASE_URL."
        )
    assert not refused.home.directory.exists()
