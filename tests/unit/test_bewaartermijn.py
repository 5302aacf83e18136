"""The grammar of a bewaartermijn, its parts, and the term that a reader gives."""

import pytest

from verwerkingenlog.domain.bewaartermijn import (
    Duur,
    check_bewaartermijn,
    duration_of,
    read_term_of_reader,
)

HOUR = 3_600_000_000

GOOD = (
    *("P10Y", "P6M", "P90D", "P2W", "P0D", "P0W", "P150Y", "P1Y6M", "P1Y6M10D", "P1Y10D", "P6M10D"),
    *("PT12H", "PT30M", "PT5S", "PT1H30M5S", "P1DT12H", "P1Y2M3DT4H5M6S", "P1YT1S"),
    *("P0.5Y", "P0,5Y", "P1.5W", "P1Y0.5M", "PT0.5H", "PT1H0,25S", "P1DT1H0.5M", "P0010Y"),
    "P" + "9" * 5000 + "Y",
)
BAD = (
    *("", "P", "PT", "P1", "1Y", "10", "P1YT", "T1H", "PT1", "P1H", "PT1Y", "PT1D", "P1S"),
    *("-P1Y", "+P1Y", "P-1Y", "P+1Y", "P1Y-6M", "P1W2D", "P1Y2W", "P2WT1H", "P2W ", " P2W", "P2W\n"),
    *("P6M1Y", "P1D1M", "PT5S1H", "P1Y1Y", "PT1M1H", "p10y", "P10y", "P1Y 6M", "P.5Y", "P5.Y", "P1.2.3Y"),
    *("P0.5Y6M", "P1,5M3D", "P1.5DT1H", "PT0.5H30M", "PT1.5M5.5S", "P0001-06-10T00:00:00", "P\u0661Y"),
    "P" + "9" * 5000,
)


@pytest.mark.parametrize("text", GOOD)
def test_P4_a_duration_is_accepted(text: str) -> None:
    check_bewaartermijn(text)


@pytest.mark.parametrize("text", BAD)
def test_P4_a_duration_has_no_sign_and_weeks_alone_and_a_fraction_only_in_its_last_part(text: str) -> None:
    with pytest.raises(ValueError, match="bewaartermijn"):
        check_bewaartermijn(text)


@pytest.mark.parametrize(
    ("text", "term"), [("150", "P150Y"), ("7", "P7Y"), ("9999", "P9999Y"), ("P6M", "P6M")]
)
def test_L2_a_bare_number_of_a_reader_is_years(text: str, term: str) -> None:
    assert read_term_of_reader(text) == term


@pytest.mark.parametrize("text", ["", "10000", "-1", "1.5", "\u0661", "10 jaar"])
def test_L2_another_term_of_a_reader_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="bewaartermijn"):
        read_term_of_reader(text)


@pytest.mark.parametrize(
    ("text", "duur"),
    [
        ("P10Y", Duur(120, 0, 0)),
        ("P1Y6M10DT12H", Duur(18, 10, 12 * HOUR)),
        ("P2W", Duur(0, 14, 0)),
        ("P1M", Duur(1, 0, 0)),
        ("PT1M", Duur(0, 0, HOUR // 60)),
        ("PT36H", Duur(0, 0, 36 * HOUR)),
        ("P0D", Duur(0, 0, 0)),
        ("PT1M0,25S", Duur(0, 0, HOUR // 60 + 250_000)),
    ],
)
def test_R1_a_duration_has_months_days_and_time_apart(text: str, duur: Duur) -> None:
    assert duration_of(text) == duur


@pytest.mark.parametrize(
    ("text", "duur"),
    [
        ("P0.5Y", Duur(6, 0, 0)),
        ("P0,04Y", Duur(0, 0, 0)),
        ("P1Y0.5M", Duur(12, 15, 0)),
        ("P0.25M", Duur(0, 7, 12 * HOUR)),
        ("P1.5W", Duur(0, 10, 12 * HOUR)),
        ("P1.5D", Duur(0, 1, 12 * HOUR)),
        ("PT0.5H", Duur(0, 0, HOUR // 2)),
        ("PT0.0000005S", Duur(0, 0, 0)),
    ],
)
def test_R1_a_fraction_is_read_as_PostgreSQL_does(text: str, duur: Duur) -> None:
    assert duration_of(text) == duur


@pytest.mark.parametrize("text", ["", "P", "10", "P1.5Y6M", "-P1Y", "P1Y\n"])
def test_R1_what_is_no_duration_has_no_parts(text: str) -> None:
    with pytest.raises(ValueError, match="bewaartermijn"):
        duration_of(text)


@pytest.mark.parametrize(
    "text", ["P200000Y", "P999999M99999999D", "PT9999999999999999S", "P1Y9999999999999999M"]
)
def test_R1_a_term_beyond_the_calendar_never_ends(text: str) -> None:
    assert duration_of(text) is None


MILLIONS = 2_000_000


@pytest.mark.parametrize("letters", ["PY", "PM", "PW", "PD", "PTH", "PTM", "PTS"])
def test_R1_absurdly_long_numbers_are_harmless(letters: str) -> None:
    start, unit = letters[:-1], letters[-1]
    zeros, nines = "0" * MILLIONS, "9" * MILLIONS
    one = duration_of(f"{start}1{unit}")
    assert duration_of(f"{start}{nines}{unit}") is None
    assert duration_of(f"{start}{zeros}1{unit}") == one
    assert duration_of(f"{start}0.{nines}{unit}") == one
    assert duration_of(f"{start}{zeros}1.{zeros}1{unit}") == one
