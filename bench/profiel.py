"""Show where the time of a POST goes, and what PostgreSQL does for it; write bench/profiel.md.

    python -m bench.profiel

Runs the load of the bench on `serve` while py-spy looks what its worker does, and has the
statements of a write and of a page explained in a log of many records.
"""

import argparse
import asyncio
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from bench import postgres
from bench.filling import fill
from bench.machine import describe
from bench.plans import explained
from bench.processes import processor_seconds
from bench.server import Server, serving
from bench.stage import Stage
from bench.verhuizing import Place
from verwerkingenlog.storage.embedded import Cluster, running

_PAGE: Final = Path(__file__).with_name("profiel.md")
_PY_SPY: Final = Path(sys.executable).with_name("py-spy")
_PER_SECOND: Final = 250
_FOLDER: Final = re.compile(r"/[^ ()]*/(?=(?:verwerkingenlog|site-packages|python3\.[0-9]+)/)")
_LINE: Final = re.compile(r":[0-9]+(?=\)$)")
_LIST: Final = re.compile(r"(?<='\{)[^}]{40,}(?=\}')")
_SHOWN: Final = 25

ELSE: Final = "event loop: waiting, reading, writing, waking up"
PARTS: Final = (
    ("the leaf: canonical bytes, salts, commitments", r"verwerkingenlog/(ledger/|storage/keyring)"),
    ("who calls, and what is allowed", r"verwerkingenlog/(api/auth/|domain/(applicatie|toegang))|/joserfc/"),
    ("log line and metrics of the request", r"verwerkingenlog/telemetry/|/prometheus_client/|/logging/"),
    ("answering: the actie as JSON", r"verwerkingenlog/api/(weergave|urls|answer)"),
    (
        "reading and checking the message",
        r"verwerkingenlog/(api/(bewerking/(wire|invoer|careful)|elements|json_body)|domain/)",
    ),
    ("the statement on its way to PostgreSQL", r"/asyncpg/|verwerkingenlog/storage/database"),
    ("group commit: rows, pseudonyms, dictionaries, the queue", r"verwerkingenlog/storage/"),
    ("the version, its id and its place in the queue", r"verwerkingenlog/operations/"),
    (
        "HTTP: reading the request, writing the answer",
        r"verwerkingenlog/(cli/(protocol|quick|transport)|api/|app)|/uvicorn/protocols/|/starlette/",
    ),
)
"""The parts of the code, by the files that they are in; the innermost frame in one decides."""


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.profiel", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15, help="how long is looked (15)")
    parser.add_argument("--records", type=int, default=200_000, help="in the log that is written to (200000)")
    args = parser.parse_args()
    with (
        TemporaryDirectory(prefix="verwerkingenlog-profiel-") as directory,
        serving(Path(directory), 1) as server,
        running(server.data_dir) as cluster,
    ):
        place = Place(cluster.url, server.data_dir / "sleutels.json")
        asyncio.run(fill(place, cluster, args.records))
        taken = measured(server, cluster, Path(directory) / "stacks", args.seconds)
        plans = asyncio.run(explained(place))
    _PAGE.write_text(page(taken, plans, args.records), "utf-8")


class Taken(NamedTuple):
    """What records took."""

    stacks: Counter[str]
    """What the worker did when it was looked at, and how often: frames from the outermost on, `;` between."""
    worker_us: float
    """Processor time for a record, in microseconds, without anyone looking."""
    postgres_us: float
    load_us: float


def measured(server: Server, cluster: Cluster, stacks: Path, seconds: float) -> Taken:
    """Have the load on the server, once for the processor time and once for the stacks."""
    stage = Stage(server, seconds)
    stage.post()
    watched = (server.workers[0], cluster.pid)
    before = [processor_seconds(pid) for pid in watched]
    outcome = stage.post()
    worker, store = (
        (processor_seconds(pid) - earlier) / outcome.acknowledged * 1e6
        for pid, earlier in zip(watched, before, strict=True)
    )
    with ThreadPoolExecutor(1) as beside:
        load = beside.submit(stage.post)
        _record(server.workers[0], stacks, seconds)
        load.result()
    return Taken(stacks_in(stacks.read_text().splitlines()), worker, store, outcome.processor_us)


def _record(pid: int, stacks: Path, seconds: float) -> None:
    how = ("--format", "raw", "--rate", str(_PER_SECOND), "--duration", f"{seconds:.0f}", "--nonblocking")
    done = subprocess.run(  # noqa: S603 - our own tool
        [_PY_SPY, "record", "--pid", str(pid), "--full-filenames", "--output", stacks, *how],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"py-spy could not look, for which some systems ask for root:\n{done.stderr}")


def stacks_in(lines: Iterable[str]) -> Counter[str]:
    """Count the stacks in what py-spy wrote: a stack a line, and how often it was seen."""
    counted: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        counted[stack] += int(count)
    return counted


def shares(stacks: Mapping[str, int]) -> list[tuple[str, float]]:
    """Give the share of each of the parts of the code, the largest first."""
    counted: Counter[str] = Counter()
    for stack, count in stacks.items():
        counted[_part_of(stack)] += count
    total = counted.total()
    return [(name, count / total) for name, count in counted.most_common()]


def _part_of(stack: str) -> str:
    for frame in reversed(stack.split(";")):
        for name, pattern in PARTS:
            if re.search(pattern, frame):
                return name
    return ELSE


def hottest(stacks: Mapping[str, int], length: int) -> list[tuple[str, float]]:
    """Give the functions that were most often the innermost, and their share."""
    counted: Counter[str] = Counter()
    for stack, count in stacks.items():
        innermost = stack.rpartition(";")[2]
        counted[_LINE.sub("", _FOLDER.sub("", innermost))] += count
    total = counted.total()
    return [(name, count / total) for name, count in counted.most_common(length)]


def page(taken: Taken, plans: Sequence[tuple[str, str]], records: int) -> str:
    """Write the page."""
    machine = describe(postgres.packaged_version())
    head = f"""# Where the time goes

Written by `python -m bench.profiel`, {datetime.now(UTC):%Y-%m-%d}: one worker of `serve` at full load on
POST, one token, 64 connections, in a log of {records:,} records and more.
{machine}.

Processor time for a record, in microseconds: {taken.worker_us:.0f} in the worker,
{taken.postgres_us:.0f} in PostgreSQL, {taken.load_us:.0f} in the load generator.

## The worker

{taken.stacks.total():,} looks by py-spy. A look counts for the part that its innermost frame is in."""
    return (
        "\n\n".join(
            [
                head,
                _table("part", shares(taken.stacks)),
                "The functions that were innermost most often, with all that they call in C:",
                _table("function", [(f"`{name}`", share) for name, share in hottest(taken.stacks, _SHOWN)]),
                "## PostgreSQL",
                *(f"{name}:\n\n```text\n{_LIST.sub('…', plan)}\n```" for name, plan in plans),
            ]
        )
        + "\n"
    )


def _table(what: str, rows: Iterable[tuple[str, float]]) -> str:
    lines = (f"| {name} | {share:.1%} |" for name, share in rows)
    return "\n".join([f"| {what} | share |", "|---|---:|", *lines])


if __name__ == "__main__":
    main()
