"""The parts of a run, each on logs of its own: what is compared is measured in the same rounds."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from bench.figures.compared import TRANSACTION_EACH, WITHOUT_STORE, Compared
from bench.figures.durable import Durable, Sealed
from bench.figures.half_load import HalfLoad
from bench.figures.memory import Lasting
from bench.figures.mixed import Mixed
from bench.figures.pgbench import Pgbench
from bench.figures.size import Size
from bench.figures.start import Start
from bench.lines import Figure, Line, interleave
from bench.server import SERVE, Server, serving
from bench.stage import CONNECTIONS, Stage
from verwerkingenlog.storage.embedded import Cluster, running

_MORE_WORKERS = 2


class Plan(Struct, frozen=True, kw_only=True):
    """How much is measured."""

    rounds: int
    seconds: float
    """Of load, for each figure in each round."""
    lasting: float
    """Seconds of the load during which memory is watched."""
    workers: int | None
    """None for as many as the server has by itself."""


def writing(directory: Path, plan: Plan) -> list[Line]:
    """Measure all that is about writing one actie at a time, and what it leaves on disk."""
    with ExitStack() as stack:
        server, cluster = stack.enter_context(_place(directory / "log", plan.workers))
        stage = Stage(server, plan.seconds)
        size = Size(cluster)
        with ExitStack() as others:
            lines = interleave(_posting(directory, plan, stage, cluster, others), plan.rounds, say)
        lines += interleave([size], 1, say)
        lines += interleave([Mixed(stage)], plan.rounds, say)
        lines += interleave([Lasting(stage, plan.lasting)], 1, say)
        stage.check(cluster)
    return lines + interleave([Start(directory / "log")], plan.rounds, say)


def _posting(directory: Path, plan: Plan, stage: Stage, cluster: Cluster, stack: ExitStack) -> list[Figure]:
    def other(name: str, workers: int | None, *program: str, **more: str) -> Stage:
        server, _ = stack.enter_context(_place(directory / name, workers, program or SERVE, more))
        return Stage(server, plan.seconds)

    limit = Pgbench(cluster, plan.seconds)
    one_token = Sealed(stage, limit, cluster)
    figures: list[Figure] = [
        limit,
        one_token,
        Durable(stage, limit, token_each=True),
        Compared(other("without", plan.workers, "bench.variants", "without_store"), one_token, WITHOUT_STORE),
        Compared(
            other(
                "each",
                plan.workers,
                "bench.variants",
                "transaction_each",
                VERWERKINGENLOG_VERBINDINGEN=str(CONNECTIONS),
            ),
            one_token,
            TRANSACTION_EACH,
        ),
        HalfLoad(stage, one_token),
    ]
    if plan.workers is None and len(stage.server.workers) < _MORE_WORKERS:
        more = other("more", _MORE_WORKERS)
        figures.append(Durable(more, limit, workers=_MORE_WORKERS))
    return figures


@contextmanager
def _place(
    directory: Path,
    workers: int | None,
    program: tuple[str, ...] = SERVE,
    more: dict[str, str] | None = None,
) -> Iterator[tuple[Server, Cluster]]:
    directory.mkdir()
    with serving(directory, workers, program, more) as server, running(server.data_dir) as cluster:
        yield server, cluster


def say(what: str) -> None:
    """Tell who waits what is going on."""
    sys.stderr.write(f"{what}\n")
    sys.stderr.flush()
