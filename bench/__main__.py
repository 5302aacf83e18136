"""Measure acknowledged records per second beside PostgreSQL itself, and renew bench/README.md."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench import postgres, report
from bench.machine import describe
from bench.messages import one_body
from bench.rounds import CONNECTIONS, measure
from bench.server import serving
from verwerkingenlog.storage.embedded import running

_README: Final = Path(__file__).with_name("README.md")


def main() -> None:
    """Run the bench."""
    args = _arguments()
    with (
        TemporaryDirectory(prefix="verwerkingenlog-bench-") as directory,
        serving(Path(directory), args.workers) as server,
        running(server.data_dir) as cluster,
    ):
        machine = describe(postgres.version(cluster))
        measured = measure(server, cluster, args.rounds, args.seconds)
    figures = (
        f"{datetime.now(UTC):%Y-%m-%d}, `make bench` with `--rounds {args.rounds} --seconds {args.seconds}"
        f" --workers {args.workers}`: {CONNECTIONS} connections, log level info.\n"
        f"{machine}.\n\n{report.table(measured, len(one_body()))}"
    )
    sys.stdout.write(f"{figures}\n")
    if not args.show_only:
        _README.write_text(report.with_figures(_README.read_text("utf-8"), figures), "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each figure is measured (3)")
    parser.add_argument("--seconds", type=int, default=6, help="how long, each time (6)")
    parser.add_argument("--workers", type=int, default=1, help="the processes of the server (1)")
    parser.add_argument("--show-only", action="store_true", help="leave README.md as it is")
    return parser.parse_args()


if __name__ == "__main__":
    main()
