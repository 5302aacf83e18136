"""The pages of a person with 100,000 entries: the first one, which counts them, and the next."""

from collections.abc import Iterator

from bench.filling import CROWD, CROWDED
from bench.lines import Line
from bench.load import Pages
from bench.requests import page_of
from bench.spread import spread
from bench.stage import Stage

_TIMES = 10


class Page:
    """The median of getting one page several times, one request at a time."""

    def __init__(self, stage: Stage, name: str, path: str) -> None:
        self._stage = stage
        self._name = name
        self._path = path
        self._medians: list[float] = []

    def turn(self) -> None:
        """Get it several times."""
        pages = Pages(paths=(self._path,) * _TIMES)
        self._medians.append(self._stage.run(pages, connections=1).found.p50_ms)

    def lines(self) -> Iterator[Line]:
        """Give the milliseconds."""
        yield Line(f"{self._name}: p50, ms", spread(self._medians), ".2f")


def pages(stage: Stage) -> list[Page]:
    """Give the first and the next page of the person who has that many entries."""
    first = page_of(CROWDED)
    return [
        Page(stage, f"first page of a person with about {CROWD:,} entries, their count included", first),
        Page(stage, "the page after it", stage.next_page(first)),
    ]
