"""What the report is made of: figures with their spread, some of them with a target."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from bench.spread import Spread


class Target(Struct, frozen=True):
    """What a figure should be; where `reach_for` is the smaller of the two, less is better."""

    at_least: float
    reach_for: float

    def verdict(self, value: float) -> str:
        """Say how far this value comes."""
        sign = 1 if self.reach_for > self.at_least else -1
        if sign * value >= sign * self.reach_for:
            return "reached"
        return "met" if sign * value >= sign * self.at_least else "**not met**"


class Line(Struct, frozen=True):
    """One figure: its name, what was measured, and how it is written."""

    name: str
    values: Spread
    form: str = ",.0f"
    target: Target | None = None


class Figure(Protocol):
    """Something that is measured once in every round."""

    def turn(self) -> None:
        """Measure it once more."""

    def lines(self) -> Iterable[Line]:
        """Give what the rounds so far show."""


def interleave(figures: Sequence[Figure], rounds: int, heard: Callable[[str], object]) -> list[Line]:
    """Measure these figures in each of the rounds, every other round in the opposite order; give all lines.

    Machines drift: what is to be compared must be measured close together, and not always in the same order.
    """
    for number in range(rounds):
        for figure in figures if number % 2 == 0 else reversed(figures):
            heard(f"round {number + 1} of {rounds}: {type(figure).__name__}")
            figure.turn()
    return [line for figure in figures for line in figure.lines()]
