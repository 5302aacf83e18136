"""The limit of a durable POST: what this PostgreSQL does with the same message and none of our rules."""

from collections.abc import Iterator

from bench.lines import Line
from bench.postgres import Plain
from bench.spread import spread
from bench.stage import CONNECTIONS
from verwerkingenlog.storage.embedded import Cluster


class Pgbench:
    """Rows that 64 clients of pgbench insert one by one, a transaction each, into a plain table."""

    def __init__(self, cluster: Cluster, seconds: float) -> None:
        self.rates: list[float] = []
        self._plain = Plain(cluster)
        self._seconds = seconds

    def turn(self) -> None:
        """Insert for a while."""
        self.rates.append(self._plain.per_second(CONNECTIONS, self._seconds))

    def lines(self) -> Iterator[Line]:
        """Give the rows per second."""
        yield Line("pgbench, rows/s", spread(self.rates))
