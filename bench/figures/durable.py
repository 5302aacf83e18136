"""A durable POST with all rules on, at full load: against pgbench, and against our own in other ways."""

from collections.abc import Iterator

from bench import sealing
from bench.figures.pgbench import Pgbench
from bench.lines import Line, Target
from bench.load import Outcome
from bench.processes import processor_seconds
from bench.spread import percentile, ratios, spread
from bench.stage import Stage
from verwerkingenlog.storage.embedded import Cluster

_AGAINST_PGBENCH = Target(0.5, 1.0)


class Durable:
    """Records that 64 clients get acknowledged, each sending the next as soon as it may."""

    def __init__(self, stage: Stage, limit: Pgbench, *, token_each: bool = False) -> None:
        self.outcomes: list[Outcome] = []
        self._stage = stage
        self._limit = limit
        self._token_each = token_each
        self._name = "POST, a token each" if token_each else "POST, one token"

    @property
    def rates(self) -> list[float]:
        """Acknowledged records a second, in each round."""
        return [outcome.per_second for outcome in self.outcomes]

    def turn(self) -> None:
        """Post for a while."""
        self.outcomes.append(self._stage.post(token_each=self._token_each))

    def lines(self) -> Iterator[Line]:
        """Give the ratio to pgbench, and how long an answer took."""
        yield Line(
            f"{self._name}: against pgbench", ratios(self.rates, self._limit.rates), ".2f", _AGAINST_PGBENCH
        )
        yield Line(f"{self._name}: records/s", spread(self.rates))
        yield Line(f"{self._name}: p50, ms", spread([one.created.p50_ms for one in self.outcomes]), ".1f")
        yield Line(f"{self._name}: p99, ms", spread([one.created.p99_ms for one in self.outcomes]), ".1f")
        yield Line(
            f"{self._name}: processor time of the load generator for a request, µs",
            spread([one.processor_us for one in self.outcomes]),
        )


class Watched(Durable):
    """The same, while somebody looks what it takes, and how long the oldest record waits for its seal."""

    def __init__(self, stage: Stage, limit: Pgbench, cluster: Cluster) -> None:
        super().__init__(stage, limit)
        self._server = stage.server
        self._cluster = cluster
        self._waits: list[float] = []
        self._worker_us: list[float] = []
        self._postgres_us: list[float] = []

    def turn(self) -> None:
        """Post for a while, and look."""
        watched = (
            (self._server.workers, self._worker_us),
            ([self._cluster.pid], self._postgres_us),
        )
        before = [sum(map(processor_seconds, pids)) for pids, _ in watched]
        with sealing.watching(self._cluster, self._waits):
            super().turn()
        for (pids, each), earlier in zip(watched, before, strict=True):
            seconds = sum(map(processor_seconds, pids)) - earlier
            each.append(seconds / self.outcomes[-1].acknowledged * 1e6)

    def lines(self) -> Iterator[Line]:
        """Give also what a record takes of the processor, and how long the oldest waits for its seal."""
        yield from super().lines()
        for name, each in (("the workers", self._worker_us), ("PostgreSQL", self._postgres_us)):
            yield Line(f"{self._name}: processor time of {name} for a record, µs", spread(each))
        ordered = sorted(wait * 1000 for wait in self._waits)
        for percent in (50, 99):
            name = f"oldest record without a seal: p{percent}, ms"
            yield Line(name, spread([percentile(ordered, percent)]))
