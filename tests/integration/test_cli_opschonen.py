"""`verwerkingenlog opschonen`, on a real database: what it tells, what it leaves, how it stops (rule R2)."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.support.postgres import psql
from tests.support.purging import connected
from tests.support.store import OTHER, PERSON, a_version, log_on
from verwerkingenlog.cli import main
from verwerkingenlog.cli.opschoonverslag import page_of, term_in_words
from verwerkingenlog.domain.opschoning import Opschoonverslag
from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.operations.installation import check_installation, install
from verwerkingenlog.storage.database import PURGING, SERVING, open_pool
from verwerkingenlog.storage.embedded import Cluster

ACTIVITEIT = "5f0bef4c-f66f-4311-84a5-19e8bf359eaf"
SYSTEEM = "Zaken <b>&"


class Installation:
    """An installed database, and what is written in it."""

    def __init__(self, url: str, data_dir: Path) -> None:
        self.url, self.data_dir = url, data_dir
        self.sleutels = data_dir / "sleutels.json"
        asyncio.run(install(url, url, self.sleutels, os.urandom))

    def write(self, *versies: Versie) -> None:
        asyncio.run(self._write(versies))

    async def _write(self, versies: tuple[Versie, ...]) -> None:
        pool = await open_pool(self.url, SERVING, 4)
        try:
            async with pool.acquire() as connection:
                ring = await check_installation(connection, self.sleutels)
            log = log_on(pool, ring)
            await asyncio.gather(*(log.group_commit.register(versie) for versie in versies))
        finally:
            await pool.close()


@pytest.fixture
def installation(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("VERWERKINGENLOG_DATABASE_URL", database)
    monkeypatch.setenv("VERWERKINGENLOG_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "160")
    return Installation(database, tmp_path)


def a_log(installation: Installation) -> None:
    installation.write(
        *(a_version(PERSON, bewaartermijn="P1Y", systeem=SYSTEEM) for _ in range(3)),
        a_version(OTHER, verwerkingsactiviteit_id=ACTIVITEIT),
        a_version(OTHER),
    )


def count(cluster: Cluster, installation: Installation, table: str = "versie") -> int:
    return int(psql(cluster, f"select count(*) from verwerkingenlog.{table}", url=installation.url))


def test_R2_a_dry_run_tells_and_removes_nothing(
    cluster: Cluster, installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    a_log(installation)
    assert main(["opschonen", "--proef"]) == 0
    shown = capsys.readouterr().out
    assert "opgegeven bij de verwerkingsactie" in shown
    assert SYSTEEM in shown
    assert "05-04-2024" in shown
    assert "er is niets verwijderd. 3 verwerkingsacties zijn de bewaartermijn voorbij" in shown
    assert count(cluster, installation) == 5
    assert not (installation.data_dir / "opschoningen").exists()


def test_R2_a_dry_run_as_json_tells_per_reason_system_and_activity(
    installation: Installation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    a_log(installation)
    terms = installation.data_dir / "termijnen.yaml"
    terms.write_text(f"verwerkingsactiviteiten: [{{id: {ACTIVITEIT}, bewaartermijn: P6M}}]\n")
    monkeypatch.setenv("VERWERKINGENLOG_BEWAARTERMIJNEN", str(terms))
    monkeypatch.setenv("VERWERKINGENLOG_BEWAARTERMIJN_MAXIMUM", "P2W")
    assert main(["opschonen", "--proef", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["proef"], told["status"], told["acties"], told["maximum"]) == (True, "klaar", 5, "P2W")
    assert [
        (
            groep["reden"],
            groep["bewaartermijn"],
            groep["systeem"],
            groep["verwerkingsactiviteit"],
            groep["acties"],
        )
        for groep in told["groepen"]
    ] == [
        ("maximum", "P2W", "", "", 1),
        ("opgegeven", "P1Y", SYSTEEM, "", 3),
        ("verwerkingsactiviteit", "P6M", "", ACTIVITEIT, 1),
    ]
    assert told["groepen"][0]["eerste"] == "2024-04-05T13:35:42.000000Z"


@pytest.mark.parametrize("own_folder", [True, False])
def test_R2_each_run_leaves_a_report(
    cluster: Cluster,
    installation: Installation,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    own_folder: bool,
) -> None:
    a_log(installation)
    folder = tmp_path / "verslagen" / "2026" if own_folder else installation.data_dir / "opschoningen"
    assert main(["opschonen", *(["--rapport", str(folder)] if own_folder else [])]) == 0
    shown = capsys.readouterr().out
    assert "3 verwerkingsacties zijn verwijderd, met 3 versies." in shown
    assert "1 persoon is vergeten" in shown
    [page], [kept] = list(folder.glob("*.html")), list(folder.glob("*.json"))
    assert f"Het verslag staat in {page}" in shown
    verslag = json.loads(kept.read_text())
    assert (verslag["proef"], verslag["acties"], verslag["betrokkenen"]) == (False, 3, 1)
    assert count(cluster, installation) == 2
    assert main(["opschonen"]) == 0
    assert "0 verwerkingsacties zijn verwijderd" in capsys.readouterr().out


def test_R2_nothing_goes_that_can_not_be_reported(
    cluster: Cluster, installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_log(installation)
    (tmp_path / "bestand").write_text("")
    assert main(["opschonen", "--rapport", str(tmp_path / "bestand" / "map")]) == 2
    assert "geen verslag te schrijven" in capsys.readouterr().err
    assert count(cluster, installation) == 5


COMMAND = (sys.executable, "-m", "verwerkingenlog", "opschonen")


def test_R2_one_purge_at_a_time_is_told(installation: Installation) -> None:
    async def beside() -> "subprocess.CompletedProcess[str]":
        async with connected(installation.url, PURGING) as connection:
            await connection.execute("select pg_advisory_lock(8101986416)")
            return await asyncio.to_thread(
                subprocess.run, [*COMMAND, "--proef"], capture_output=True, text=True, check=False
            )

    done = asyncio.run(beside())
    assert (done.returncode, done.stdout) == (1, "")
    assert "Er loopt al een opschoning" in done.stderr


def test_R2_who_may_purge_and_not_seal_waits_for_the_sealer(
    cluster: Cluster, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_log(installation)
    user = f"opschoner_{os.getpid()}"
    psql(cluster, f"create role {user} login; grant verwerkingenlog_opschoning to {user}")
    own = re.sub("user=[a-z]+", f"user={user}", installation.url)
    monkeypatch.setenv("VERWERKINGENLOG_DATABASE_URL_OPSCHONING", own)
    with subprocess.Popen([*COMMAND, "--json"], stdout=subprocess.PIPE) as process:  # noqa: S603 - ourselves
        while process.poll() is None:
            assert main(["zegel", "--eenmaal"]) == 0
        told = json.loads(process.stdout.read() if process.stdout else b"")
    assert (process.returncode, told["status"], told["acties"], told["betrokkenen"]) == (0, "klaar", 3, 1)
    assert count(cluster, installation) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_R2_a_signal_stops_it_between_two_steps(
    cluster: Cluster, installation: Installation, number: signal.Signals
) -> None:
    installation.write(*(a_version(PERSON, bewaartermijn="P1Y") for _ in range(3)))
    command = [*COMMAND, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves
        # Held at its first deletion by one who claims the next version of an actie.
        async def hold() -> str:
            async with connected(installation.url) as connection:
                transaction = connection.transaction()
                await transaction.start()
                await connection.execute(
                    "insert into opvolging (actie, nummer) select volgnummer, 2 from versie limit 1"
                )
                while not await connection.fetchval("select count(*) from pg_locks where not granted"):
                    assert process.poll() is None
                    await asyncio.sleep(0.02)
                process.send_signal(number)
                await asyncio.sleep(0.2)
                await transaction.rollback()
            return await asyncio.to_thread(lambda: process.communicate()[0])

        told = json.loads(asyncio.run(hold()))
    assert process.returncode == 130
    assert (told["status"], told["acties"], told["betrokkenen"]) == ("onderbroken", 3, 0)
    assert count(cluster, installation, "betrokkene") == 1
    assert main(["opschonen"]) == 0
    assert count(cluster, installation, "betrokkene") == 0


def test_R2_a_purge_that_is_killed_leaves_what_the_next_one_ends(
    cluster: Cluster, installation: Installation
) -> None:
    installation.write(*(a_version(PERSON, bewaartermijn="P1Y") for _ in range(50)))
    delay = 0.3
    while count(cluster, installation):
        with subprocess.Popen(COMMAND) as process:  # noqa: S603 - ourselves
            time.sleep(delay)
            process.kill()
        delay += 0.1
    while main(["opschonen"]):
        time.sleep(0.05)
    assert count(cluster, installation, "betrokkene") == 0


class Page(HTMLParser):
    """Reads what there is to see on a page, and which elements and addresses it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.seen = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.seen += data


def a_report(**changes: object) -> Opschoonverslag:
    groep = {
        "reden": "opgegeven",
        "bewaartermijn": "P1Y6M",
        "systeem": SYSTEEM,
        "verwerkingsactiviteit": ACTIVITEIT,
        "acties": 12345,
        "versies": 23456,
        "eerste": "2001-02-03T23:30:00.000000Z",
        "laatste": "9999-12-31T23:59:59.999999Z",
    }
    given: dict[str, Any] = {
        "opschoning": "9a1b",
        "proef": False,
        "status": "klaar",
        "fout": "",
        "wie": "beheer@server",
        "begonnen": "2026-11-24T12:00:00.000000Z",
        "geeindigd": "2026-11-24T12:00:01.000000Z",
        "maximum": None,
        "acties": 12345,
        "versies": 23456,
        "groepen": [groep],
        "overgeslagen": 0,
        "betrokkenen": 1,
        "kenmerken": 0,
        "manifesten": [1000, 2000],
        "vervallen_manifesten": [],
    }
    return Opschoonverslag(**(given | changes))


def test_R2_the_page_stands_alone_and_shows_what_went() -> None:
    text = page_of(a_report())
    page = Page(text)
    assert not {"script", "img", "link", "iframe"} & set(page.elements)
    assert not {"src", "href", "onclick"} & {name for name, _ in page.attributes}
    assert ("lang", "nl") in page.attributes
    assert re.search(r"url\(|@import", text) is None
    for seen in (
        SYSTEEM,
        "12.345",
        "23.456",
        "1 jaar en 6 maanden",
        "04-02-2001",
        "1000, 2000",
        "beheer@server",
    ):
        assert seen in page.seen
    assert page.elements.count("h1") == 1
    assert ("scope", "col") in page.attributes
    assert ("scope", "row") in page.attributes


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": "onderbroken"}, "onderbroken. Start haar opnieuw"),
        (
            {"status": "mislukt", "fout": "Er ging iets mis."},
            "kon niet verder. Er ging iets mis. Het log is heel",
        ),
        ({"overgeslagen": 2}, "2 verwerkingsacties zijn gebleven"),
        ({"vervallen_manifesten": [3000]}, "aankondiging is vervallen"),
        ({"maximum": "P10Y"}, "10 jaar (P10Y)"),
        ({"groepen": [], "manifesten": []}, "niets verwijderd"),
    ],
)
def test_R2_the_page_says_how_it_ended(changes: dict[str, object], told: str) -> None:
    assert told in Page(page_of(a_report(**changes))).seen


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("P10Y", "10 jaar"),
        ("P1Y1M1D", "1 jaar, 1 maand en 1 dag"),
        ("P2W", "14 dagen"),
        ("PT36H", "36 uur"),
        ("PT1M1.5S", "1 minuut en 1,5 seconden"),
        ("PT0S", "0 dagen"),
        ("P0.5Y", "6 maanden"),
        ("P999999999Y", "altijd"),
    ],
)
def test_R1_a_term_is_told_in_words(term: str, words: str) -> None:
    assert term_in_words(term) == words
