"""The first page of a person with 50 entries, in a log of few and in one of many records."""

from collections.abc import Iterator

from bench.filling import PERSONS
from bench.lines import Line, Target
from bench.load import Pages
from bench.requests import page_of
from bench.spread import ratios, spread
from bench.stage import Stage

_AT_ONCE = 60


class FirstPage:
    """The median of getting it, one at a time; each read leaves an entry, so the persons take turns."""

    def __init__(self, stage: Stage, records: int, few: "FirstPage | None" = None) -> None:
        self._stage = stage
        self._records = records
        self._few = few
        self._turns = 0
        self._medians: list[float] = []
        self._get(PERSONS)  # whatever is read for the first time is slower

    def turn(self) -> None:
        """Get the pages of some of the persons."""
        first = self._turns * _AT_ONCE % len(PERSONS)
        self._turns += 1
        self._medians.append(self._get(PERSONS[first : first + _AT_ONCE]))

    def lines(self) -> Iterator[Line]:
        """Give the milliseconds, and how much longer it takes than in the log of few."""
        name = f"first page of a person with 50 entries, at {self._records:,} records"
        if self._few is not None:
            ratio = ratios(self._medians, self._few._medians)  # noqa: SLF001 - another of its kind
            yield Line(f"{name} against {self._few._records:,}", ratio, ".2f", Target(1.2, 1.05))  # noqa: SLF001
        yield Line(f"{name}: p50, ms", spread(self._medians), ".2f")

    def _get(self, persons: tuple[str, ...]) -> float:
        paths = tuple(page_of(person) for person in persons)
        return self._stage.run(Pages(paths=paths), connections=1).found.p50_ms
