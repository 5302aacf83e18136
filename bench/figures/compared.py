"""A durable POST against our own server with another way to make acties durable (see `bench.variants`)."""

from collections.abc import Iterator

from bench.figures.durable import Durable
from bench.lines import Line, Target
from bench.spread import ratios, spread
from bench.stage import Stage

WITHOUT_STORE = ("the same request answered without a store", Target(0.4, 0.6))
TRANSACTION_EACH = ("a transaction for each request", Target(3, 4.5))


class Compared:
    """Records that the other server acknowledges; the ratio is that of ours to it."""

    def __init__(self, stage: Stage, ours: Durable, what: tuple[str, Target]) -> None:
        self._stage = stage
        self._ours = ours
        self._name, self._target = what
        self._rates: list[float] = []

    def turn(self) -> None:
        """Post for a while."""
        self._rates.append(self._stage.post().per_second)

    def lines(self) -> Iterator[Line]:
        """Give the ratio, and what the other server does."""
        ratio = ratios(self._ours.rates, self._rates)
        yield Line(f"POST, one token: against {self._name}", ratio, ".2f", self._target)
        yield Line(f"{self._name}: answers/s", spread(self._rates))
