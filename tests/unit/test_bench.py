import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from bench.clients import is_complete
from bench.lines import Line, Target, interleave
from bench.load import Bulks, Order, Pages, Posts
from bench.messages import PERSONS, bodies, moment_of, person_of
from bench.processes import memory_of, processor_seconds
from bench.profiel import ELSE, hottest, shares, stacks_in
from bench.report import marks, tables, with_figures
from bench.requests import page_of, prepared
from bench.server import own_environment
from bench.spread import TICK, Latencies, Spread, percentile, ratios, spread
from verwerkingenlog.api.bewerking.wire import read_quickly
from verwerkingenlog.api.zoekvraag import read_query
from verwerkingenlog.config import Settings

START, END = marks("make bench")


def test_median_lowest_and_highest() -> None:
    assert spread([3.0, 1.0, 2.0, 9.0]) == Spread(2.5, 1.0, 9.0)


def test_each_value_is_compared_with_the_limit_of_its_own_round() -> None:
    assert ratios([10, 30], [10, 60]) == Spread(0.75, 0.5, 1.0)


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (1, 1), (50, 50), (99, 99), (99.5, 100), (100, 100)])
def test_percentile_is_the_nearest_rank(percent: float, value: float) -> None:
    assert percentile(list(range(1, 101)), percent) == value
    latencies = Latencies()
    for seconds in range(100, 0, -1):
        latencies.add(seconds)
    assert latencies.percentile(percent) == pytest.approx(value, abs=TICK)
    assert len(latencies) == 100


def test_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no latencies"):
        Latencies().percentile(50)


@pytest.mark.parametrize(
    ("target", "value", "verdict"),
    [
        (Target(0.5, 1.0), 1.0, "reached"),
        (Target(0.5, 1.0), 0.5, "met"),
        (Target(0.5, 1.0), 0.49, "**not met**"),
        (Target(5, 3), 3.0, "reached"),
        (Target(5, 3), 5.0, "met"),
        (Target(5, 3), 5.1, "**not met**"),
    ],
)
def test_verdict_knows_whether_more_or_less_is_better(target: Target, value: float, verdict: str) -> None:
    assert target.verdict(value) == verdict


def test_figures_have_their_turns_in_either_order() -> None:
    order: list[str] = []

    class Named:
        def __init__(self, name: str) -> None:
            self.name = name

        def turn(self) -> None:
            order.append(self.name)

        def lines(self) -> list[Line]:
            return [Line(self.name, spread([order.count(self.name)]))]

    lines = interleave([Named("a"), Named("b")], 3, lambda _: None)
    assert "".join(order) == "abbaab"
    assert [(line.name, line.values.median) for line in lines] == [("a", 3), ("b", 3)]


def test_figures_take_the_place_of_those_before() -> None:
    page = with_figures(f"above\n{START}\nold\n{END}\nbelow\n", "new", "make bench")
    assert page == f"above\n{START}\n\nnew\n\n{END}\nbelow\n"
    assert with_figures(page, "new", "make bench") == page


@pytest.mark.parametrize("page", ["", START, END, f"{END}\n{START}"])
def test_page_without_marks_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="lacks"):
        with_figures(page, "new", "make bench")


@pytest.mark.parametrize("command", ["make bench", "make bench-groot"])
def test_readme_has_a_place_for_the_figures(command: str) -> None:
    assert "new" in with_figures(Path("bench/README.md").read_text("utf-8"), "new", command)


def test_table_holds_targets_beside_the_figures() -> None:
    lines = tables(
        [
            Line("rows/s", Spread(1234.4, 1200, 1300)),
            Line("ratio", Spread(0.61, 0.5, 0.7), ".2f", Target(0.5, 1.0)),
            Line("once", Spread(0.5, 0.5, 0.5), ".1f"),
        ]
    ).splitlines()
    assert "| ratio | 0.5 | 1 | **0.61** | 0.50 - 0.70 | met |" in lines
    assert "| rows/s | 1,234 | 1,200 - 1,300 |" in lines
    assert "| once | 0.5 |  |" in lines
    assert lines.index("| rows/s | 1,234 | 1,200 - 1,300 |") > lines.index("")


def test_answer_is_complete_with_its_last_byte() -> None:
    answer = b"HTTP/1.1 201 Created\r\napi-version: 1\r\ncontent-length: 3\r\netag: x\r\n\r\n{ }"
    assert [is_complete(answer[:length]) for length in range(len(answer))] == [False] * len(answer)
    assert is_complete(answer)


def test_messages_are_valid_varied_and_about_every_person() -> None:
    messages = list(islice(bodies(0), PERSONS))
    assert all(read_quickly(message, whole=False) for message in messages)
    assert len(set(messages)) == PERSONS
    persons = {msgspec.json.decode(message)["verwerkteObjecten"][0]["objectId"] for message in messages}
    assert persons == {person_of(number) for number in range(PERSONS)}
    assert len(persons) == PERSONS
    assert 650 < sum(map(len, messages)) / PERSONS < 800


def test_a_moment_tells_a_message_from_all_others() -> None:
    number = 7_000_003
    assert msgspec.json.decode(next(bodies(number)))["tijdstip"] == moment_of(number).isoformat(
        timespec="milliseconds"
    )
    assert moment_of(number) != moment_of(number + 1)


def order_of(what: Posts | Pages | Bulks) -> Order:
    return Order(port=1, client_id="bench", secret="x" * 32, connections=1, what=what, seconds=1)


def test_each_request_has_a_token_of_its_own_only_where_asked() -> None:
    def tokens(*, each: bool) -> set[bytes]:
        requests = prepared(order_of(Posts(first=0, most=20, token_each=each)))
        return {request.split(b"Bearer ")[1].split(b"\r\n")[0] for request in requests}

    assert (len(tokens(each=False)), len(tokens(each=True))) == (1, 20)


def test_five_of_a_hundred_requests_read_a_person() -> None:
    requests = prepared(order_of(Posts(first=0, most=400, reads=5)))
    assert sum(request.startswith(b"GET ") for request in requests) == 20
    assert sum(request.startswith(b"POST ") for request in requests) == 380


def test_page_of_a_person_is_a_query_that_the_log_knows() -> None:
    vraag = read_query(page_of(person_of(3)).partition("?")[2].encode(), inzage=False)
    assert vraag.gevraagd.object_id == person_of(3)


def test_bulk_holds_as_many_lines_as_were_asked() -> None:
    requests = prepared(order_of(Bulks(first=5, records=7, bulks=2, coding="identity")))
    lines = [request.partition(b"\r\n\r\n")[2].splitlines() for request in requests]
    assert [line for bulk in lines for line in bulk] == list(islice(bodies(5), 14))
    assert [len(bulk) for bulk in lines] == [7, 7]


def test_P2_the_server_of_the_bench_has_the_settings_that_a_server_has_by_itself(tmp_path: Path) -> None:
    environment = own_environment(tmp_path, 8080, None)
    own, usual = Settings.load(environment), Settings.load({})
    different = {name for name in vars(usual) if getattr(own, name) != getattr(usual, name)}
    assert different <= {"data_dir", "applicaties", "metrieken_port", "sleutels", "checkpoints", "basis_url"}
    assert Settings.load(own_environment(tmp_path, 8080, 2)).workers == 2


_LOOP = "run (/x/python3.11/asyncio/runners.py:118)"
_TAKE = "take (/x/src/verwerkingenlog/api/bewerking/quick_post.py:%d)"
_READ = (
    "read_quickly (/x/src/verwerkingenlog/api/bewerking/wire.py:3);loads (/x/python3.11/json/decoder.py:1)"
)
STACKS = [f"{_LOOP} 2", f"{_LOOP};{_TAKE % 7} 1", f"{_LOOP};{_TAKE % 9};{_READ} 5"]


def test_a_look_counts_for_the_part_of_its_innermost_frame_that_is_in_one() -> None:
    assert shares(stacks_in(STACKS)) == [
        ("reading and checking the message", 5 / 8),
        (ELSE, 2 / 8),
        ("HTTP: reading the request, writing the answer", 1 / 8),
    ]


def test_functions_are_named_without_the_machine_that_they_ran_on() -> None:
    assert hottest(stacks_in(STACKS), 2) == [
        ("loads (python3.11/json/decoder.py)", 5 / 8),
        ("run (python3.11/asyncio/runners.py)", 2 / 8),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_process_has_memory_and_takes_processor_time() -> None:
    memory = memory_of(os.getpid())
    assert memory.rss >= memory.pss > 1
    before = processor_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
    # The clock of the system ticks a hundred times a second; a start of Python alone takes one.
    assert processor_seconds(os.getpid()) > before > 0
