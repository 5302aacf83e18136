from itertools import islice

import msgspec
import pytest

from bench.figures import Spread, percentile, ratios, spread
from bench.load import Outcome, is_complete
from bench.messages import PERSONS, bodies
from bench.report import END, START, table, with_figures
from bench.rounds import Measured
from verwerkingenlog.api.bewerking.wire import read_quickly


def test_median_lowest_and_highest() -> None:
    assert spread([3.0, 1.0, 2.0, 9.0]) == Spread(2.5, 1.0, 9.0)


def test_each_value_is_compared_with_the_limit_of_its_own_round() -> None:
    assert ratios([10, 30], [10, 60]) == Spread(0.75, 0.5, 1.0)


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (1, 1), (50, 50), (99, 99), (99.5, 100), (100, 100)])
def test_percentile_is_the_nearest_rank(percent: float, value: float) -> None:
    assert percentile(list(range(1, 101)), percent) == value


def test_figures_take_the_place_of_those_before() -> None:
    page = with_figures(f"above\n{START}\nold\n{END}\nbelow\n", "new")
    assert page == f"above\n{START}\n\nnew\n\n{END}\nbelow\n"
    assert with_figures(page, "new") == page


@pytest.mark.parametrize("page", ["", START, END, f"{END}\n{START}"])
def test_page_without_marks_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="lacks"):
        with_figures(page, "new")


def test_table_holds_ratio_spread_and_size() -> None:
    outcome = Outcome(acknowledged=100, per_second=50.0, p50_ms=1.25, p99_ms=9.0)
    lines = table(Measured([200.0], [outcome], [outcome], [0.05, 0.2], size=40_000), raw=400).splitlines()
    assert "| **POST, one token: ratio to pgbench** | 0.25 | 0.25 - 0.25 |" in lines
    assert "| oldest record without a seal: p99, ms | 200 | |" in lines
    assert "| bytes on disk per record, indexes included | 200 | |" in lines
    assert "| the same, against 400 bytes of compact JSON | 0.50 | |" in lines
    assert lines[-1].startswith("200 records")


def test_answer_is_complete_with_its_last_byte() -> None:
    answer = b"HTTP/1.1 201 Created\r\napi-version: 1\r\ncontent-length: 3\r\netag: x\r\n\r\n{ }"
    assert [is_complete(answer[:length]) for length in range(len(answer))] == [False] * len(answer)
    assert is_complete(answer)


def test_messages_are_valid_varied_and_about_every_person() -> None:
    messages = list(islice(bodies(0), PERSONS))
    assert all(read_quickly(message, whole=False) for message in messages)
    assert len(set(messages)) == PERSONS
    persons = {msgspec.json.decode(message)["verwerkteObjecten"][0]["objectId"] for message in messages}
    assert len(persons) == PERSONS
    assert 650 < sum(map(len, messages)) / PERSONS < 800
