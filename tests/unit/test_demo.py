"""The story of the demo holds what it promises; its directory is made once, and for the demo alone."""

import io
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec import json
from rich.console import Console

from verwerkingenlog.api.bewerking.invoer import read_new
from verwerkingenlog.cli.demo import DIRECTORY
from verwerkingenlog.demo import municipality as gemeente
from verwerkingenlog.demo.attempts import Workplace, attempts
from verwerkingenlog.demo.home import RESUMABLE, Home, State, applicaties_yaml
from verwerkingenlog.demo.inhabitants import NAAMGENOTEN, ONDERZOCHT, ROLLEN, VERWISSELD, passes_eleven_test
from verwerkingenlog.demo.story import Story, tell
from verwerkingenlog.demo.telling import Correctie, Json, Opheffing, Vastlegging, Verwijdering
from verwerkingenlog.demo.welcome import Visit, greet
from verwerkingenlog.domain.toegang import Scope
from verwerkingenlog.domain.verwerkingsactie import Verwerkingsactie
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.applicatiebestand import Applicatiebestand

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECRET = "een geheim van meer dan dertig tekens"


@pytest.fixture(scope="module")
def story() -> Story:
    return tell(NOW)


def acties(story: Story, verwerking: str) -> list[Json]:
    return [one.actie for one in story.vastleggingen if one.actie["verwerkingNaam"] == verwerking]


def read(vastlegging: Vastlegging) -> Verwerkingsactie:
    return read_new(json.encode(vastlegging.actie))


def bsns(actie: Json, betrokkenheid: str) -> set[str]:
    return {one["objectId"] for one in actie["verwerkteObjecten"] if one["betrokkenheid"] == betrokkenheid}


def test_P4_every_actie_is_accepted_by_the_rules_of_the_log(story: Story) -> None:
    assert len({read(one).tijdstip.text for one in story.vastleggingen}) > 300


def test_the_story_is_of_a_size_that_shows_paging(story: Story) -> None:
    assert 300 <= len(story.vastleggingen) <= 1000
    shown = Counter(one["objectId"] for v in story.vastleggingen for one in v.actie["verwerkteObjecten"])
    assert shown[ONDERZOCHT.bsn] > 150
    assert {one.systeem.client_id for one in story.vastleggingen} == {
        "zaaksysteem",
        "burgerzaken",
        "sociaal-domein",
        "parkeren",
        "belastingen",
    }


def test_the_same_moment_gives_the_same_story_and_each_actie_a_key_of_its_own(story: Story) -> None:
    assert tell(NOW) == story
    assert len({one.key for one in story.vastleggingen}) == len(story.vastleggingen)
    assert not any(re.search(r"\d{9}", one.key) for one in story.vastleggingen)


@pytest.mark.parametrize("days", range(7))
def test_whatever_the_day_all_is_past_and_a_verwerking_goes_forward(days: int) -> None:
    now = NOW + timedelta(days=days)
    verwerkingen: dict[str, list[datetime]] = {}
    for one in tell(now).vastleggingen:
        tijdstip = datetime.fromisoformat(one.actie["tijdstip"])
        assert now - timedelta(days=190) < tijdstip < now
        assert tijdstip.weekday() < 5
        verwerkingen.setdefault(one.actie["verwerkingId"], []).append(tijdstip)
    assert all(earlier < later for moments in verwerkingen.values() for earlier, later in pairwise(moments))


def test_M7_every_bsn_is_a_fictional_one(story: Story) -> None:
    persons = {one["objectId"] for v in story.vastleggingen for one in v.actie["verwerkteObjecten"]}
    assert {rol.bsn for rol in ROLLEN} <= persons
    assert all(re.fullmatch(r"9999\d{5}", bsn) and passes_eleven_test(bsn) for bsn in persons)


def test_a_marriage_is_one_verwerking_with_two_partners_and_witnesses(story: Story) -> None:
    huwelijk = acties(story, "Huwelijk")
    assert len(huwelijk) > 4
    assert len({actie["verwerkingId"] for actie in huwelijk}) == 1
    [aangifte] = [actie for actie in huwelijk if actie["actieNaam"] == "Vastleggen aangifte huwelijk"]
    assert len(bsns(aangifte, "Aanstaande partner")) == 2
    assert len(bsns(aangifte, "Getuige")) == 4


def test_a_removal_concerns_who_reports_it_and_three_housemates(story: Story) -> None:
    [verhuizing] = [
        actie for actie in acties(story, "Verhuizing") if actie["actieNaam"] == "Vastleggen verhuizing"
    ]
    assert len(bsns(verhuizing, "Aangever")) == 1
    assert len(bsns(verhuizing, "Huisgenoot")) == 3


def test_a_search_result_shows_forty_persons_of_whom_one_was_meant(story: Story) -> None:
    search, chosen, _ = acties(story, "Klacht over afval")
    shown = bsns(search, "Getoond in zoekresultaat")
    assert len(shown) == 40
    assert shown - set(NAAMGENOTEN) == bsns(chosen, "Klager")


def test_a_delivery_names_the_other_organisation(story: Story) -> None:
    for verwerking in ("Levering na huwelijk", "Levering na verhuizing"):
        [levering] = acties(story, verwerking)
        assert levering["soortAfnemerId"] == "OIN"
        assert levering["afnemerId"] != levering["uitvoerder"]
        assert levering["verwerkingsactiviteitIdAfnemer"]


def test_M8_of_two_confidential_inquiries_one_is_lifted(story: Story) -> None:
    confidential = {
        one.actie["verwerkingId"]
        for one in story.vastleggingen
        if one.actie["vertrouwelijkheid"] == "vertrouwelijk"
    }
    [lifted] = [one for one in story.wijzigingen if isinstance(one, Opheffing)]
    assert len(confidential) == 2
    assert lifted.vastlegging.actie["verwerkingId"] in confidential


def test_U1_D1_one_actie_is_corrected_and_one_deleted(story: Story) -> None:
    [corrected] = [one for one in story.wijzigingen if isinstance(one, Correctie)]
    assert (
        corrected.wordt["verwerkingsactiviteitId"] != corrected.vastlegging.actie["verwerkingsactiviteitId"]
    )
    [deleted] = [one for one in story.wijzigingen if isinstance(one, Verwijdering)]
    assert bsns(deleted.vastlegging.actie, "Eigenaar") == {VERWISSELD.bsn}


def test_S2_each_system_has_the_scopes_that_its_part_needs(tmp_path: Path, story: Story) -> None:
    bestand = Applicatiebestand(tmp_path / "applicaties.yaml", {})
    scopes = {one.client_id: one.bewerking for one in bestand.parse(applicaties_yaml(lambda: SECRET))}
    for one in story.vastleggingen:
        needed = {"normaal": Scope.CREATE_NORMAL, "vertrouwelijk": Scope.CREATE_CONFIDENTIAL}
        assert needed[one.actie["vertrouwelijkheid"]] in (scopes[one.systeem.client_id] or ())


def test_every_activity_is_known_and_used(story: Story) -> None:
    used = {one.actie["verwerkingsactiviteitId"] for one in story.vastleggingen}
    used |= {one.wordt["verwerkingsactiviteitId"] for one in story.wijzigingen if isinstance(one, Correctie)}
    known = {one.id for one in gemeente.ACTIVITEITEN}
    assert used | {gemeente.INZAGE.id} == known
    assert len(known) == len(gemeente.ACTIVITEITEN)


def test_the_directory_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "demo")
    begun = home.open(NOW, None)
    files = {path: path.read_bytes() for path in home.directory.iterdir()}
    assert {path.name for path in files} == {"demo.json", "applicaties.yaml", "sleutels.json"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert home.directory.stat().st_mode & 0o777 == 0o700
    secrets = [one.secret for one in Applicatiebestand(home.applicaties, {}).parse(files[home.applicaties])]
    assert len(set(secrets)) == len(gemeente.SYSTEMEN)
    assert home.open(NOW + RESUMABLE, None) == begun == State(NOW)
    assert files == {path: path.read_bytes() for path in home.directory.iterdir()}


def test_a_directory_with_data_of_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgresql").mkdir()
    with pytest.raises(ConfigurationError, match="niet die van de demo"):
        Home(tmp_path).open(NOW, None)
    assert [path.name for path in tmp_path.iterdir()] == ["postgresql"]


def test_a_state_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="start de demo opnieuw"):
        Home(tmp_path).open(NOW, None)


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="VERWERKINGENLOG_DATA_DIR"):
        Home(tmp_path / "file" / "demo").open(NOW, None)


def test_git_ignores_the_directory() -> None:
    ignored = (Path(__file__).parents[2] / ".gitignore").read_text().splitlines()
    assert f"/{DIRECTORY.parts[0]}/" in ignored


AT = Workplace("http://127.0.0.1:8080", Path(".venv/bin"), Path("data/demo/applicaties.yaml"))
ATTEMPTS = attempts(AT, NOW, "0f8fad5b-d9cb-469f-a165-70867728950e")


def test_M7_no_command_has_a_bsn_in_an_address() -> None:
    for one in ATTEMPTS:
        assert not re.search(r"https?://\S*9999\d{5}", one.command)


def welcome(console: Console) -> str:
    visit = Visit(AT.url, "", 508, Path("data/demo"), Path("/srv/log"), ATTEMPTS)
    greet(console, visit)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_narrow_screen_does_not_break_a_command() -> None:
    text = welcome(Console(file=io.StringIO(), width=40))
    assert all(one.command in text for one in ATTEMPTS)
    assert all(rol.bsn in text for rol in ROLLEN)


def test_the_welcome_has_colour_on_a_terminal_alone() -> None:
    assert "\x1b" in welcome(Console(file=io.StringIO(), force_terminal=True, color_system="standard"))
    assert "\x1b" not in welcome(Console(file=io.StringIO()))
