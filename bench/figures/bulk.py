"""Ten thousand acties in one call, against COPY of the rows that they become."""

from collections.abc import Iterator
from pathlib import Path

from bench.lines import Line, Target
from bench.load import Bulks, Coding
from bench.postgres import Copied
from bench.spread import ratios, spread
from bench.stage import Stage
from verwerkingenlog.storage.embedded import Cluster

RECORDS = 10_000
_CODING: Coding = "zstd"


class Copy:
    """Rows that psql copies into a table like the log's own, with the same indexes, from a file."""

    def __init__(self, cluster: Cluster, directory: Path) -> None:
        self.rates: list[float] = []
        self._copied = Copied(cluster, directory)

    def turn(self) -> None:
        """Copy them once more."""
        self.rates.append(self._copied.per_second())

    def lines(self) -> Iterator[Line]:
        """Give the rows per second."""
        yield Line(f"COPY of {self._copied.rows:,} rows by psql, rows/s", spread(self.rates))


class Bulk:
    """Records that clients get acknowledged, each sending its next bulk as soon as it may."""

    def __init__(self, stage: Stage, limit: Copy, connections: int, bulks: int) -> None:
        self._stage = stage
        self._limit = limit
        self._connections = connections
        self._bulks = bulks
        self._rates: list[float] = []

    def turn(self) -> None:
        """Send the bulks."""
        what = Bulks(first=self._stage.first_message(), records=RECORDS, bulks=self._bulks, coding=_CODING)
        outcome = self._stage.run(what, connections=self._connections)
        self._rates.append(outcome.per_second * RECORDS)

    def lines(self) -> Iterator[Line]:
        """Give the ratio to COPY, and the records per second."""
        connections = "1 connection" if self._connections == 1 else f"{self._connections} connections"
        name = f"bulks of {RECORDS:,}, {_CODING}, {connections}"
        target = Target(0.4, 0.6) if self._connections > 1 else None
        yield Line(
            f"{name}: records against COPY of the same rows",
            ratios(self._rates, self._limit.rates),
            ".2f",
            target,
        )
        yield Line(f"{name}: records/s", spread(self._rates))
