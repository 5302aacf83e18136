"""Whose term holds for a record, the file of terms per verwerkingsactiviteit and the two settings."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from verwerkingenlog.config import Settings, variable
from verwerkingenlog.domain.bewaarregels import Bewaarregels, Reden, Termijn, parse_bewaartermijnen
from verwerkingenlog.domain.bewaartermijn import check_bewaartermijn
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.bewaartermijnenbestand import read_bewaartermijnen

ONE = "5f0bef4c-f66f-4311-84a5-19e8bf359eaf"
OTHER = "48086bf2-11b7-4603-9526-67d7c3bb6587"
REGELS = Bewaarregels({ONE: "P7Y"}, "P5Y")
WITHOUT_MAXIMUM = Bewaarregels({ONE: "P7Y"}, None)

GOOD = f"""\
verwerkingsactiviteiten:
  - id: {ONE.upper()}
    bewaartermijn: P10Y
    naam: Paspoort uitgeven
  - id: {OTHER}
    bewaartermijn: P1Y0.5M
"""


@pytest.mark.parametrize(
    ("bewaartermijn", "activiteit_id", "expected"),
    [
        ("P1Y", ONE, Termijn(Reden.OPGEGEVEN, "P1Y")),
        ("P1Y", None, Termijn(Reden.OPGEGEVEN, "P1Y")),
        (None, ONE, Termijn(Reden.VERWERKINGSACTIVITEIT, "P7Y")),
        (None, OTHER, Termijn(Reden.MAXIMUM, "P5Y")),
        (None, None, Termijn(Reden.MAXIMUM, "P5Y")),
    ],
)
def test_R2_a_term_counts_only_where_the_one_before_is_missing(
    bewaartermijn: str | None, activiteit_id: str | None, expected: Termijn
) -> None:
    assert REGELS.effective_term(bewaartermijn, activiteit_id) == expected


@pytest.mark.parametrize("bewaartermijn", ["P100Y", "P0D", "P999999Y"])
def test_R2_a_given_term_is_neither_cut_short_nor_stretched(bewaartermijn: str) -> None:
    assert REGELS.effective_term(bewaartermijn, ONE) == (Reden.OPGEGEVEN, bewaartermijn)


@pytest.mark.parametrize("activiteit_id", [OTHER, None])
def test_R2_what_has_no_term_is_kept(activiteit_id: str | None) -> None:
    assert WITHOUT_MAXIMUM.effective_term(None, activiteit_id) is None


def test_R2_reasons_have_the_names_that_a_report_prints() -> None:
    assert [reden.value for reden in Reden] == ["opgegeven", "verwerkingsactiviteit", "maximum"]


def faults_of(document: object) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        parse_bewaartermijnen(document)
    return str(caught.value).splitlines()


def test_R2_terms_per_verwerkingsactiviteit_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "termijnen.yaml"
    path.write_text(GOOD, "utf-8")
    assert read_bewaartermijnen(path) == {ONE: "P10Y", OTHER: "P1Y0.5M"}


def test_R2_a_file_may_have_no_terms() -> None:
    assert parse_bewaartermijnen({"verwerkingsactiviteiten": []}) == {}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"id": None}, "id: Geef een UUID"),
        ({"id": 12}, "id: Geef een UUID"),
        ({"id": f"{ONE}\n"}, "id: Geef een UUID"),
        ({"id": f"urn:uuid:{ONE}"}, "id: Geef een UUID"),
        ({"bewaartermijn": None}, "bewaartermijn: Schrijf een bewaartermijn als P10Y"),
        ({"bewaartermijn": 10}, "bewaartermijn: Schrijf een bewaartermijn als P10Y"),
        ({"bewaartermijn": ""}, "bewaartermijn: Schrijf een bewaartermijn als P10Y"),
        ({"bewaartermijn": "P1.5Y6M"}, "bewaartermijn: Gebruik een breuk alleen in het laatste deel"),
        ({"naam": 2024}, "naam: dit is geen tekst"),
        ({"termijn": "P1Y"}, "het veld 'termijn' is onbekend"),
        ({7: "P1Y"}, "het veld '7' is onbekend"),
    ],
)
def test_R2_a_term_that_makes_no_sense_is_refused(changes: dict[Any, Any], fault: str) -> None:
    entry = {"id": ONE, "bewaartermijn": "P1Y"} | changes
    [only] = faults_of({"verwerkingsactiviteiten": [entry]})
    assert only.startswith("verwerkingsactiviteiten[1]")
    assert fault in only


@pytest.mark.parametrize(
    "document",
    [
        *(None, [], "P1Y", {}, {"verwerkingsactiviteiten": None}, {"verwerkingsactiviteiten": {}}),
        {"verwerkingsactiviteiten": ["P1Y"]},
        {"verwerkingsactiviteiten": [], "maximum": "P1Y"},
    ],
)
def test_R2_a_file_of_another_shape_is_refused(document: object) -> None:
    assert len(faults_of(document)) == 1


def test_R2_all_faults_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "termijnen.yaml"
    path.write_text(
        f"{GOOD}  - id: {ONE}\n    bewaartermijn: P1Y\n"
        "  - id: nee\n    bewaartermijn: 10 jaar\n    duur: 1\n",
        "utf-8",
    )
    with pytest.raises(ConfigurationError) as caught:
        read_bewaartermijnen(path)
    head, *faults = str(caught.value).splitlines()
    assert "termijnen.yaml klopt niet" in head
    assert [fault.partition(":")[0] for fault in faults] == [
        "verwerkingsactiviteiten[3].id",
        "verwerkingsactiviteiten[4]",
        "verwerkingsactiviteiten[4].id",
        "verwerkingsactiviteiten[4].bewaartermijn",
    ]


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("naam:", "id:").encode(),
        f"verwerkingsactiviteiten: [{{id: {'9' * 5000}}}]".encode(),
        b"verwerkingsactiviteiten: [\n" * 5000,
        b"verwerkingsactiviteiten: \xff",
        b"",
    ],
    ids=["key twice", "number too long", "deep", "not UTF-8", "empty"],
)
def test_R2_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "termijnen.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"termijnen\.yaml klopt niet"):
        read_bewaartermijnen(path)


def test_R2_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"weg\.yaml is niet te lezen"):
        read_bewaartermijnen(tmp_path / "weg.yaml")


def load(**texts: str) -> Settings:
    return Settings.load({variable(name): text for name, text in texts.items()})


def test_R2_without_settings_there_are_no_terms() -> None:
    assert load().bewaartermijn_maximum is None
    assert load().bewaartermijnen is None


def test_R2_the_organisation_sets_a_maximum_and_a_file_of_terms() -> None:
    settings = load(bewaartermijn_maximum="P5Y", bewaartermijnen="/etc/log/termijnen.yaml")
    assert settings.bewaartermijn_maximum == "P5Y"
    assert settings.bewaartermijnen == Path("/etc/log/termijnen.yaml")


@given(text=st.from_regex(r"\AP[0-9]{0,7}[YMWDT]?[0-9]{0,3}[YMDHST]?[0-9]{0,3}[HMS]?\Z"))
@example("P5Y")
@example("P1Y6M10DT12H30M5S")
@example("P999999W")
@example("PT1S")
def test_R2_a_maximum_is_a_bewaartermijn_in_whole_numbers_of_six_digits(text: str) -> None:
    try:
        check_bewaartermijn(text)
        fine = re.search("[0-9]{7}", text) is None
    except ValueError:
        fine = False
    if fine:
        assert load(bewaartermijn_maximum=text).bewaartermijn_maximum == text
    else:
        with pytest.raises(ConfigurationError, match="BEWAARTERMIJN_MAXIMUM: dit is geen termijn"):
            load(bewaartermijn_maximum=text)


@pytest.mark.parametrize("text", ["P0.5Y", "P0,5Y", "5", "5 jaar", "-P5Y", "p5y", "P\u0665Y", "P1W1D", "PT"])
def test_R2_a_maximum_that_makes_no_sense_stops_the_start(text: str) -> None:
    with pytest.raises(ConfigurationError, match="BEWAARTERMIJN_MAXIMUM: dit is geen termijn"):
        load(bewaartermijn_maximum=text)
