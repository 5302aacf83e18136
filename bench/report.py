"""The figures in words: the tables of a run, and their place in `README.md`."""

from collections.abc import Iterable, Sequence

from bench.lines import Line, Target


def marks(command: str) -> tuple[str, str]:
    """Give the lines between which the figures of a command stand."""
    return f"<!-- figures: renewed by `{command}` -->", f"<!-- end of the figures of `{command}` -->"


def with_figures(page: str, figures: str, command: str) -> str:
    """Put these figures between the marks of their command. Raises `ValueError` where a mark is missing."""
    start, end = marks(command)
    before, found_start, rest = page.partition(start)
    _, found_end, after = rest.partition(end)
    if not (found_start and found_end):
        raise ValueError(f"The page lacks {start} or {end}.")
    return f"{before}{start}\n\n{figures}\n\n{end}{after}"


def tables(lines: Sequence[Line]) -> str:
    """Write the figures that have a target, each beside it, and then the others."""
    with_target = [(line, line.target) for line in lines if line.target is not None]
    return "\n".join([*_targets(with_target), "", *_others(line for line in lines if line.target is None)])


def _targets(lines: Iterable[tuple[Line, Target]]) -> Iterable[str]:
    yield "| figure | at least | reach for | median | lowest - highest | |"
    yield "|---|---:|---:|---:|---:|---|"
    for line, target in lines:
        aims = f"{target.at_least:g} | {target.reach_for:g}"
        yield f"| {line.name} | {aims} | {_values(line, '**')} | {target.verdict(line.values.median)} |"


def _others(lines: Iterable[Line]) -> Iterable[str]:
    yield "| figure | median | lowest - highest |"
    yield "|---|---:|---:|"
    for line in lines:
        yield f"| {line.name} | {_values(line)} |"


def _values(line: Line, strong: str = "") -> str:
    values, form = line.values, line.form
    apart = f"{values.lowest:{form}} - {values.highest:{form}}" if values.lowest < values.highest else ""
    return f"{strong}{values.median:{form}}{strong} | {apart}"
