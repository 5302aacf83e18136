"""Moments: their form, and the instant that is compared."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verwerkingenlog.domain.tijdstip import is_usual, offset_minutes, parse_tijdstip, usual_spelling

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=offsets))
def test_M4_the_instant_of_a_moment_is_that_of_the_calendar(moment: datetime) -> None:
    tijdstip = parse_tijdstip(moment.isoformat())
    assert tijdstip.text == moment.isoformat()
    assert tijdstip.instant == (moment - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    "text",
    [
        "1970-01-01T00:00:00Z",
        "1970-01-01t00:00:00z",
        "1970-01-01T00:00:00-00:00",
        "1970-01-01T01:00:00+01:00",
        "1969-12-31T00:01:00-23:59",
        "1970-01-01T23:59:00+23:59",
        "1970-01-01T00:00:00.000000999Z",
    ],
)
def test_M4_every_spelling_of_a_moment_has_the_same_instant_and_keeps_its_text(text: str) -> None:
    tijdstip = parse_tijdstip(text)
    assert tijdstip.instant == 0
    assert tijdstip.text == text


def test_M4_up_to_nine_decimals_are_cut_and_not_rounded() -> None:
    assert parse_tijdstip("1970-01-01T00:00:00.999999999Z").instant == 999_999
    assert parse_tijdstip("1969-12-31T23:59:59.999999999Z").instant == -1
    assert parse_tijdstip("1970-01-01T00:00:00.5Z").instant == 500_000


def test_M4_year_0_lies_a_year_before_year_1() -> None:
    first = parse_tijdstip("0001-01-01T00:00:00Z").instant
    assert first - parse_tijdstip("0000-01-01T00:00:00Z").instant == 366 * 86_400 * 1_000_000
    assert first - parse_tijdstip("0000-12-31T23:59:59.000001Z").instant == 999_999


fractions = st.sampled_from(
    ["", ".0", ".5", ".12", ".000", ".500", ".001", ".000000", ".000001", ".500000", ".120034", ".123456789"]
)
zones = st.sampled_from(["Z", "z", "+00:00", "-00:00", "+01:00", "-00:01", "+23:59", "-23:59"])
seconds = st.sampled_from(["0000-01-01", "0001-01-01", "2024-02-29", "9999-12-31"]).flatmap(
    lambda day: st.sampled_from([f"{day}T00:00:00", f"{day}t00:00:00", f"{day}T23:59:59"])
)


@given(st.tuples(seconds, fractions, zones).map("".join))
def test_M4_only_a_spelling_that_is_not_usual_needs_keeping(text: str) -> None:
    instant, offset = parse_tijdstip(text).instant, offset_minutes(text)
    assert is_usual(text) == (usual_spelling(instant, offset) == text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("2024-04-05T14:35:42", "verschil met UTC"),
        ("2024-04-05 14:35:42Z", "Schrijf een tijdstip"),
        ("2024-04-05", "Schrijf een tijdstip"),
        ("2024-04-05T14:35Z", "Schrijf een tijdstip"),
        ("2024-04-05T14:35:42.Z", "Schrijf een tijdstip"),
        ("2024-04-05T14:35:42,5Z", "Schrijf een tijdstip"),
        ("2024-04-05T14:35:42.1234567890Z", "Schrijf een tijdstip"),
        ("2024-04-05T14:35:42+0100", "Schrijf een tijdstip"),
        ("2024-04-05T14:35:42+01", "Schrijf een tijdstip"),
        ("2024-04-05T14:35:42+01:00:30", "Schrijf een tijdstip"),
        ("2024-04-05T14:35:42Z\n", "Schrijf een tijdstip"),
        ("+12024-04-05T14:35:42Z", "Schrijf een tijdstip"),
        ("\u0662024-04-05T14:35:42Z", "Schrijf een tijdstip"),
        ("2024-04-05T14:35:60Z", "Deze tijd bestaat niet"),
        ("2024-04-05T24:00:00Z", "Deze tijd bestaat niet"),
        ("2024-04-05T12:60:00Z", "Deze tijd bestaat niet"),
        ("2024-04-05T14:35:42+24:00", "23:59"),
        ("2024-04-05T14:35:42-01:60", "23:59"),
        ("2023-02-29T14:35:42Z", "Deze datum bestaat niet"),
        ("2024-04-31T14:35:42Z", "Deze datum bestaat niet"),
        ("0000-13-01T14:35:42Z", "Deze datum bestaat niet"),
    ],
)
def test_M4_another_moment_is_refused_with_what_would_do(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_tijdstip(text)
