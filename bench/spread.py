"""Values of repeated rounds: the median and how far they lie apart."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Final, NamedTuple

TICK: Final = 1e-5
"""Seconds; latencies are counted in steps of this length."""


class Spread(NamedTuple):
    """One figure, measured in several rounds."""

    median: float
    lowest: float
    highest: float


def spread(values: Sequence[float]) -> Spread:
    """Give the median of some values and the two that lie farthest from it. Raises `ValueError` on none."""
    return Spread(median(values), min(values), max(values))


def ratios(values: Sequence[float], limits: Sequence[float]) -> Spread:
    """Give how values relate to their limits, each to that of its own round: machines drift."""
    return spread([value / limit for value, limit in zip(values, limits, strict=True)])


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Give the value, of some in ascending order, that this percentage of them does not exceed."""
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]


class Latencies:
    """How long answers took; an hour of them takes no more memory than a second."""

    def __init__(self) -> None:
        self._counts: defaultdict[int, int] = defaultdict(int)

    def add(self, seconds: float) -> None:
        """Count one more."""
        self._counts[int(seconds / TICK)] += 1

    def __len__(self) -> int:
        """Tell how many were counted."""
        return sum(self._counts.values())

    def percentile(self, percent: float) -> float:
        """Give the seconds that this percentage of them does not exceed. Raises `ValueError` on none."""
        wanted = max(1, -int(-len(self) * percent // 100))
        passed = 0
        for ticks, count in sorted(self._counts.items()):
            passed += count
            if passed >= wanted:
                return (ticks + 0.5) * TICK
        raise ValueError("There are no latencies.")
