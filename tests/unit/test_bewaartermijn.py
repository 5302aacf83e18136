"""The grammar of a bewaartermijn, and the term that a reader gives."""

import pytest

from verwerkingenlog.domain.bewaartermijn import check_bewaartermijn, read_term_of_reader

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
