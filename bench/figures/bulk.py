"""Ten thousand acties in one call, against COPY of the rows that they become."""

from collections.abc import Iterator, Sequence

from bench.copying import Copying
from bench.lines import Line, Target
from bench.load import Bulks, Coding
from bench.spread import ratios, spread
from bench.stage import Stage
from verwerkingenlog.storage.embedded import Cluster

RECORDS = 10_000
_CODING: Coding = "zstd"
_AGAINST_COPY = Target(0.4, 0.6)


class Copy:
    """Rows that psql copies from a file."""

    def __init__(self, cluster: Cluster, copying: Copying, target: Target | None = None) -> None:
        self.rates: list[float] = []
        self.name = copying.name
        self.target = target
        self._cluster = cluster
        self._copying = copying

    def turn(self) -> None:
        """Copy them once more."""
        self.rates.append(self._copying.per_second(self._cluster))

    def lines(self) -> Iterator[Line]:
        """Give the rows per second."""
        yield Line(f"{self.name}, by psql, {self._copying.rows:,} at once: rows/s", spread(self.rates))


class Bulk:
    """Records that clients get acknowledged, each sending its next bulk as soon as it may."""

    def __init__(self, stage: Stage, limits: Sequence[Copy], connections: int, bulks: int) -> None:
        self._stage = stage
        self._limits = limits
        self._connections = connections
        self._bulks = bulks
        self._rates: list[float] = []

    def turn(self) -> None:
        """Send the bulks."""
        what = Bulks(first=self._stage.first_message(), records=RECORDS, bulks=self._bulks, coding=_CODING)
        outcome = self._stage.run(what, connections=self._connections)
        self._rates.append(outcome.per_second * RECORDS)

    def lines(self) -> Iterator[Line]:
        """Give the ratio to each COPY, and the records per second."""
        connections = "1 connection" if self._connections == 1 else f"{self._connections} connections"
        name = f"bulks of {RECORDS:,}, {_CODING}, {connections}"
        for limit in self._limits:
            ratio = ratios(self._rates, limit.rates)
            yield Line(f"{name}: records against {limit.name}", ratio, ".2f", limit.target)
        yield Line(f"{name}: records/s", spread(self._rates))


def figures(
    stage: Stage, cluster: Cluster, rows: Copying, messages: Copying, bulks: int
) -> list[Copy | Bulk]:
    """Give both limits, the first with the target, and bulks over four connections and over one."""
    of_rows, of_messages = Copy(cluster, rows, _AGAINST_COPY), Copy(cluster, messages)
    return [
        of_rows,
        of_messages,
        Bulk(stage, [of_rows, of_messages], 4, bulks),
        Bulk(stage, [of_messages], 1, bulks // 2),
    ]
