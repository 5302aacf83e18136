"""The parts of a run, each on logs of its own: what is compared is measured in the same rounds."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from bench.copying import messages, own_rows
from bench.figures import bulk, crowded
from bench.figures.bulk import RECORDS
from bench.figures.compared import TRANSACTION_EACH, WITHOUT_STORE, Compared
from bench.figures.durable import Durable, Watched
from bench.figures.half_load import HalfLoad
from bench.figures.memory import Lasting
from bench.figures.mixed import Mixed
from bench.figures.pages import FirstPage
from bench.figures.pgbench import Pgbench
from bench.figures.size import Size
from bench.figures.start import Start
from bench.figures.verification import Verification
from bench.filling import BASE, fill
from bench.lines import Figure, Line, interleave
from bench.load import Bulks
from bench.messages import PERSONS
from bench.server import SERVE, Server, serving
from bench.stage import CONNECTIONS, Stage
from bench.verhuizing import Place, new_log
from bench.verhuizing import fill as fill_sealed
from verwerkingenlog.storage.embedded import Cluster, running


class Plan(Struct, frozen=True, kw_only=True):
    """How much is measured."""

    rounds: int
    seconds: float
    """Of load, for each figure in each round."""
    lasting: float
    """Seconds of the load during which memory is watched."""
    workers: int | None
    """None for as many as the server has by itself."""
    bulks: int
    """How many bulks are sent over four connections, in each round."""
    records: int
    """In the log of many."""
    verified: int
    """Records that are verified."""


def writing(directory: Path, plan: Plan) -> list[Line]:
    """Measure all that is about writing one actie at a time, and what it leaves on disk."""
    with ExitStack() as stack:
        server, cluster = stack.enter_context(_place(directory / "log", plan.workers))
        stage = Stage(server, plan.seconds)
        size = Size(cluster)
        say("a log that knows its persons")
        stage.post()
        with ExitStack() as others:
            lines = interleave(_posting(directory, plan, stage, cluster, others), plan.rounds, say)
        lines += interleave([size], 1, say)
        lines += interleave([Mixed(stage)], plan.rounds, say)
        stage.check(cluster)
    return lines + interleave([Start(directory / "log")], plan.rounds, say)


def lasting(directory: Path, plan: Plan) -> list[Line]:
    """Measure whether a worker grows."""
    with _place(directory / "log", plan.workers) as (server, cluster):
        stage = Stage(server, plan.seconds)
        lines = interleave([Lasting(stage, plan.lasting)], 1, say)
        stage.check(cluster)
    return lines


def verifying(directory: Path, plan: Plan) -> list[Line]:
    """Measure the verification of a log."""
    with running(directory / "data") as cluster:
        place = new_log(cluster, directory, "log")
        say(f"filling a log with {plan.verified:,} records")
        asyncio.run(fill_sealed(place, plan.verified))
        return interleave([Verification(place, plan.verified)], plan.rounds, say)


def bulks(directory: Path, plan: Plan) -> list[Line]:
    """Measure bulks, beside COPY of what a bulk becomes."""
    with _place(directory / "log", plan.workers) as (server, cluster):
        stage = Stage(server, plan.seconds)
        say("bulks to copy the rows of")
        stage.run(
            Bulks(first=stage.first_message(), records=RECORDS, bulks=plan.bulks, coding="zstd"),
            connections=4,
        )
        rows, plain = own_rows(cluster, directory), messages(directory, plan.bulks * RECORDS)
        lines = interleave(bulk.figures(stage, cluster, rows, plain, plan.bulks), plan.rounds, say)
        stage.check(cluster)
    return lines


def reading(directory: Path, plan: Plan) -> list[Line]:
    """Measure the pages of persons in a log of few and in one of many records."""
    with (
        _place(directory / "few", plan.workers) as (few, few_cluster),
        _place(directory / "many", plan.workers) as (many, many_cluster),
    ):
        say(f"filling logs with {BASE:,} and {plan.records:,} records")
        for server, cluster, records in ((few, few_cluster, BASE), (many, many_cluster, plan.records)):
            asyncio.run(fill(Place(cluster.url, server.data_dir / "sleutels.json"), cluster, records))
        of_many = Stage(many, plan.seconds)
        of_few = FirstPage(Stage(few, plan.seconds), BASE)
        figures: list[Figure] = [of_few, FirstPage(of_many, plan.records, of_few)]
        lines = interleave(figures, 2 * plan.rounds, say)
        return lines + interleave(crowded.pages(of_many), plan.rounds, say)


def _posting(directory: Path, plan: Plan, stage: Stage, cluster: Cluster, stack: ExitStack) -> list[Figure]:
    def other(name: str, workers: int | None, *program: str, **more: str) -> Stage:
        server, _ = stack.enter_context(_place(directory / name, workers, program or SERVE, more))
        return Stage(server, plan.seconds)

    each = other(
        "each",
        plan.workers,
        "bench.variants",
        "transaction_each",
        VERWERKINGENLOG_VERBINDINGEN=str(CONNECTIONS),
    )
    each.run(Bulks(first=each.first_message(), records=RECORDS, bulks=PERSONS // RECORDS, coding="zstd"))
    limit = Pgbench(cluster, plan.seconds)
    one_token = Watched(stage, limit, cluster)
    return [
        limit,
        one_token,
        Durable(stage, limit, token_each=True),
        Compared(other("without", plan.workers, "bench.variants", "without_store"), one_token, WITHOUT_STORE),
        Compared(each, one_token, TRANSACTION_EACH),
        HalfLoad(stage, one_token),
    ]


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
