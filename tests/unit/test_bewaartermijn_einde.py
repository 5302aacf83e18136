"""When a term has passed: the calendar and the clock of Europe/Amsterdam."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verwerkingenlog.domain.bewaareinde import expires_at
from verwerkingenlog.domain.bewaartermijn import Duur, duration_of
from verwerkingenlog.domain.tijdstip import parse_tijdstip


def end(start: str, term: str) -> int | None:
    return expires_at(parse_tijdstip(start).instant, duration_of(term))


@pytest.mark.parametrize(
    ("start", "term", "expected"),
    [
        ("2023-01-31T12:00:00+01:00", "P1M", "2023-02-28T12:00:00+01:00"),
        ("2024-01-31T12:00:00+01:00", "P1M", "2024-02-29T12:00:00+01:00"),
        ("2024-02-29T12:00:00+01:00", "P1Y", "2025-02-28T12:00:00+01:00"),
        ("2024-02-29T12:00:00+01:00", "P4Y", "2028-02-29T12:00:00+01:00"),
        ("2096-02-29T12:00:00+01:00", "P4Y", "2100-02-28T12:00:00+01:00"),
        ("2023-01-31T12:00:00+01:00", "P1M1D", "2023-03-01T12:00:00+01:00"),
        ("2023-12-31T12:00:00+01:00", "P2M", "2024-02-29T12:00:00+01:00"),
        ("2023-12-31T23:59:59.999999+01:00", "PT0.000001S", "2024-01-01T00:00:00+01:00"),
        ("2023-05-31T12:00:00Z", "P0D", "2023-05-31T12:00:00Z"),
    ],
)
def test_R1_months_end_on_the_last_day_that_there_is(start: str, term: str, expected: str) -> None:
    assert end(start, term) == parse_tijdstip(expected).instant


@pytest.mark.parametrize(
    ("start", "term", "expected"),
    [
        ("2024-01-15T12:00:00+01:00", "P6M", "2024-07-15T12:00:00+02:00"),
        ("2024-01-31T23:30:00Z", "P1M", "2024-03-01T00:30:00+01:00"),
        ("2024-03-30T12:00:00+01:00", "P1D", "2024-03-31T12:00:00+02:00"),
        ("2024-03-30T12:00:00+01:00", "PT24H", "2024-03-31T13:00:00+02:00"),
        ("2024-03-30T02:30:00+01:00", "P1D", "2024-03-31T03:30:00+02:00"),
        ("2024-10-26T02:30:00+02:00", "P1D", "2024-10-27T02:30:00+01:00"),
        ("2024-10-27T02:30:00+02:00", "PT1H", "2024-10-27T02:30:00+01:00"),
        ("2024-02-29T02:30:00+01:00", "P1M2DT1H", "2024-03-31T04:30:00+02:00"),
    ],
)
def test_R1_a_day_follows_the_clock_in_the_Netherlands_and_an_hour_does_not(
    start: str, term: str, expected: str
) -> None:
    assert end(start, term) == parse_tijdstip(expected).instant


@pytest.mark.parametrize(
    ("start", "term"),
    [
        ("0000-01-01T00:00:00+23:59", "P2000Y"),
        ("0001-01-01T00:00:00+23:59", "P1D"),
        ("9999-12-31T23:59:59.999999999-23:59", "P1M"),
        ("9999-12-31T23:59:59.999999999-23:59", "P196000Y"),
    ],
)
def test_R1_a_term_may_lead_out_of_the_calendar_of_Python(start: str, term: str) -> None:
    passed = end(start, term)
    assert passed is not None
    assert passed > parse_tijdstip(start).instant


@pytest.mark.parametrize("start", ["0000-01-01T00:00:00Z", "2024-02-29T12:00:00Z"])
def test_R1_a_term_beyond_the_calendar_never_ends_whenever_it_starts(start: str) -> None:
    assert end(start, "P999999Y") is None


@given(
    instant=st.integers(parse_tijdstip("1950-01-01T00:00:00Z").instant, 2**60),
    cycles=st.integers(1, 400),
    duur=st.builds(Duur, st.integers(0, 2400), st.integers(0, 99999), st.integers(0, 10**12)),
)
def test_R1_the_calendar_repeats_every_four_centuries(instant: int, cycles: int, duur: Duur) -> None:
    until_2200 = parse_tijdstip("2200-01-01T00:00:00Z").instant
    instant = max(instant, until_2200)
    later = cycles * 146_097 * 86_400_000_000
    near, far = expires_at(instant, duur), expires_at(instant + later, duur)
    assert near is not None
    assert far == near + later
