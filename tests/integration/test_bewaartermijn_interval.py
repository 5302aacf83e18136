"""A bewaartermijn ends at the same microsecond here and in PostgreSQL (rule R1)."""

import struct
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from verwerkingenlog.domain.bewaareinde import expires_at
from verwerkingenlog.domain.bewaartermijn import Duur, duration_of
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.storage.database import Connection, connect, instant_of, instant_parameter

# Of the years before, two editions of the time zone database tell a different story.
FIRST = parse_tijdstip("1947-01-01T00:00:00Z").instant
LAST = parse_tijdstip("9999-12-31T23:59:59.999999-23:59").instant

both_versions = pytest.mark.parametrize("cluster", [18, 16], indirect=True)
many = settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
async def amsterdam(database: str) -> AsyncIterator[Connection]:
    """Give a session as that of the purge: its time zone is Europe/Amsterdam."""
    connection = await connect(database)
    try:
        await connection.execute("set timezone to 'Europe/Amsterdam'")
        yield connection
    finally:
        await connection.close()


def number(highest: int) -> st.SearchStrategy[str]:
    return st.one_of(st.integers(0, 50), st.integers(0, highest)).map(str)


def with_fraction(highest: int) -> st.SearchStrategy[str]:
    return st.builds(
        "{}{}{}".format, number(highest), st.sampled_from(",."), st.from_regex(r"\A[0-9]{1,20}\Z")
    )


@st.composite
def durations(draw: st.DrawFn) -> str:
    """Make a duration of any form, long ones too, with or without a fraction in its last part."""
    letters = draw(
        st.one_of(
            st.just(["W"]),
            st.lists(st.sampled_from("YMDhms"), min_size=1, unique=True).map(
                lambda chosen: sorted(chosen, key="YMDhms".index)
            ),
        )
    )
    highest = {"Y": 210_000, "M": 2_600_000, "W": 11_000_000, "D": 80_000_000}
    parts = [draw(number(highest.get(letter, 10**13))) + letter for letter in letters]
    if draw(st.booleans()):
        parts[-1] = draw(with_fraction(highest.get(letters[-1], 10**13))) + letters[-1]
    date = "".join(part for part in parts if part[-1].isupper())
    time = "".join(part for part in parts if part[-1].islower()).upper()
    return f"P{date}T{time}" if time else f"P{date}"


def around(moment: datetime) -> st.SearchStrategy[int]:
    """Make instants in the two hours on either side of a moment."""
    middle = parse_tijdstip(moment.isoformat()).instant
    return st.integers(-120, 120).map(lambda minutes: middle + minutes * 60_000_000)


def turning_points() -> st.SearchStrategy[int]:
    """Make instants at which the clock in the Netherlands is or was changed, or not, or that lie near."""
    sundays = st.builds(
        lambda year, month: datetime(year, month, 31, 1, tzinfo=UTC),
        st.integers(1970, 2100),
        st.sampled_from([3, 10]),
    ).map(lambda day: day - timedelta(days=(day.weekday() + 1) % 7))
    return sundays.flatmap(around)


def month_ends() -> st.SearchStrategy[int]:
    return st.builds(
        lambda year, month: datetime(year, month, 1, tzinfo=UTC),
        st.integers(1990, 2110),
        st.integers(1, 12),
    ).flatmap(around)


moments = st.one_of(turning_points(), month_ends(), st.integers(FIRST, LAST))


async def parts_in_postgresql(connection: Connection, text: str) -> Duur:
    sent = await connection.fetchval("select interval_send($1::text::interval)", text.replace(",", "."))
    microseconds, days, months = struct.unpack(">qii", sent)
    return Duur(months, days, microseconds)


async def end_in_postgresql(connection: Connection, instant: int, duur: Duur) -> int:
    end = await connection.fetchval(
        "select $1::timestamptz + make_interval(months => $2::int, days => $3::int,"
        " hours => ($4::bigint / 3600000000)::int, secs => ($4 % 3600000000) / 1e6::float8)",
        instant_parameter(instant),
        duur.months,
        duur.days,
        duur.microseconds,
    )
    return instant_of(end)


@both_versions
@given(text=durations())
@example("P0.5Y")
@example("P0.04Y")
@example("P0.375Y")
@example("P1Y0,5M")
@example("P0.3W")
@example("PT0.0000005S")
@example("PT0.0000015S")
@example("P0.99999999999999999999D")
@example("P" + "0" * 5000 + "7Y")
@example("P0." + "4" * 5000 + "Y")
@many
async def test_R1_a_duration_has_the_parts_of_the_interval_in_PostgreSQL(
    amsterdam: Connection, text: str
) -> None:
    duur = duration_of(text)
    if duur is not None:
        assert duur == await parts_in_postgresql(amsterdam, text)


@both_versions
@given(instant=moments, text=durations())
@many
async def test_R1_a_term_ends_when_it_does_in_PostgreSQL(
    amsterdam: Connection, instant: int, text: str
) -> None:
    duur = duration_of(text)
    if duur is not None:
        assert expires_at(instant, duur) == await end_in_postgresql(amsterdam, instant, duur)


@both_versions
@given(instant=turning_points(), back=st.integers(0, 40), unit=st.sampled_from("MDW"))
@many
async def test_R1_a_term_that_ends_while_the_clock_changes_ends_as_in_PostgreSQL(
    amsterdam: Connection, instant: int, back: int, unit: str
) -> None:
    duur = duration_of(f"P{back}{unit}")
    assert duur is not None
    start = expires_at(instant, Duur(-duur.months, -duur.days, 0))
    assert start is not None
    assert expires_at(start, duur) == await end_in_postgresql(amsterdam, start, duur)


@both_versions
@pytest.mark.parametrize(
    "text", ["P196000Y", "P2350000M", "P10420000W", "P72900000D", "PT1751000000H", "PT6300000000000S"]
)
@pytest.mark.parametrize("tijdstip", ["9999-12-31T23:59:59.999999999-23:59", "1947-01-01T00:00:00Z"])
async def test_R1_the_longest_terms_fit_in_an_interval(
    amsterdam: Connection, text: str, tijdstip: str
) -> None:
    duur = duration_of(text)
    assert duur is not None
    assert duur == await parts_in_postgresql(amsterdam, text)
    instant = parse_tijdstip(tijdstip).instant
    assert expires_at(instant, duur) == await end_in_postgresql(amsterdam, instant, duur)
