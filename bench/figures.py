"""Figures of repeated rounds: the median and how far they lie apart."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple


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
