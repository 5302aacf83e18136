"""How even a POST is at half load: the slowest in a hundred against the middle one."""

from collections.abc import Iterator

from bench.figures.durable import Durable
from bench.lines import Line, Target
from bench.load import Times
from bench.spread import ratios, spread
from bench.stage import Stage


class HalfLoad:
    """Requests on a schedule, half as many a second as the newest round at full load acknowledged."""

    def __init__(self, stage: Stage, full: Durable) -> None:
        self._stage = stage
        self._full = full
        self._times: list[Times] = []

    def turn(self) -> None:
        """Send on schedule for a while."""
        self._times.append(self._stage.post(per_second=self._full.rates[-1] / 2).created)

    def lines(self) -> Iterator[Line]:
        """Give the ratio of p99 to the median, and both."""
        p50, p99 = ([one.p50_ms for one in self._times], [one.p99_ms for one in self._times])
        yield Line("POST at half that load: p99 against the median", ratios(p99, p50), ".1f", Target(5, 3))
        yield Line("POST at half load: p50, ms", spread(p50), ".1f")
        yield Line("POST at half load: p99, ms", spread(p99), ".1f")
