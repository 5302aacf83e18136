"""The figures in words: the table of a run, and its place in `README.md`."""

from collections.abc import Iterator, Sequence

from bench.figures import Spread, percentile, ratios, spread
from bench.load import Outcome
from bench.rounds import Measured

START = "<!-- figures: renewed by `make bench` -->"
END = "<!-- end of figures -->"


def with_figures(page: str, figures: str) -> str:
    """Put these figures between the marks of a page. Raises `ValueError` where a mark is missing."""
    before, start, rest = page.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"The page lacks {START} or {END}.")
    return f"{before}{START}\n\n{figures}\n\n{END}{after}"


def table(measured: Measured, raw: int) -> str:
    """Write the figures as a table in Markdown; `raw` is the length of a message in bytes."""
    per_record = measured.size / measured.acknowledged
    return "\n".join(
        [
            "| figure | median | lowest - highest |",
            "|---|---:|---:|",
            *_speed("one token", measured.one_token, measured.plain),
            *_speed("a token each", measured.token_each, measured.plain),
            _row("pgbench, rows/s", spread(measured.plain), ",.0f"),
            *_sealing(measured.waits),
            f"| bytes on disk per record, indexes included | {per_record:.0f} | |",
            f"| the same, against {raw} bytes of compact JSON | {per_record / raw:.2f} | |",
            "",
            f"{measured.acknowledged:,} records were acknowledged, and the log holds as many.",
        ]
    )


def _speed(client: str, outcomes: Sequence[Outcome], limits: Sequence[float]) -> Iterator[str]:
    rates = [outcome.per_second for outcome in outcomes]
    yield _row(f"**POST, {client}: ratio to pgbench**", ratios(rates, limits), ".2f")
    yield _row(f"POST, {client}: acknowledged records/s", spread(rates), ",.0f")
    yield _row(f"POST, {client}: p50, ms", spread([outcome.p50_ms for outcome in outcomes]), ".1f")
    yield _row(f"POST, {client}: p99, ms", spread([outcome.p99_ms for outcome in outcomes]), ".1f")


def _sealing(waits: Sequence[float]) -> Iterator[str]:
    in_order = sorted(wait * 1000 for wait in waits)
    yield f"| oldest record without a seal: p50, ms | {percentile(in_order, 50):.0f} | |"
    yield f"| oldest record without a seal: p99, ms | {percentile(in_order, 99):.0f} | |"


def _row(name: str, figure: Spread, form: str) -> str:
    return f"| {name} | {figure.median:{form}} | {figure.lowest:{form}} - {figure.highest:{form}} |"
