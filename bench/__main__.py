"""Measure the log, each figure against its limit in the same run, and renew bench/README.md."""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench import parts, postgres, report
from bench.lines import Line
from bench.machine import describe
from bench.stage import CONNECTIONS
from verwerkingenlog.config import default_workers

PARTS: Final = {
    "writing": parts.writing,
    "bulks": parts.bulks,
    "reading": parts.reading,
    "verifying": parts.verifying,
    "lasting": parts.lasting,
}
_OF_GROOT: Final = ("reading", "lasting")
_README: Final = Path(__file__).with_name("README.md")


def main() -> None:
    """Run the bench."""
    args = _arguments()
    plan = _plan(args)
    names = args.only or (_OF_GROOT if args.groot else PARTS)
    start = time.monotonic()
    lines: list[Line] = []
    with TemporaryDirectory(prefix="verwerkingenlog-bench-") as directory:
        for name in names:
            part = Path(directory) / name
            part.mkdir()
            lines += PARTS[name](part, plan)
    command = "make bench-groot" if args.groot else "make bench"
    minutes = (time.monotonic() - start) / 60
    workers = plan.workers or default_workers()
    figures = (
        f"{datetime.now(UTC):%Y-%m-%d}, `{command}`: {plan.rounds} rounds of {plan.seconds:g} s,"
        f" {CONNECTIONS} connections, {workers} workers, log level info; {minutes:.0f} minutes in all.\n"
        f"{describe(postgres.packaged_version())}.\n\n{report.tables(lines)}"
    )
    sys.stdout.write(f"{figures}\n")
    if not (args.show_only or args.only):
        _README.write_text(report.with_figures(_README.read_text("utf-8"), figures, command), "utf-8")


def _plan(args: argparse.Namespace) -> parts.Plan:
    return parts.Plan(
        rounds=args.rounds,
        seconds=args.seconds,
        lasting=args.lasting or (3600 if args.groot else 300),
        workers=args.workers,
        bulks=args.bulks,
        records=args.records or (10_000_000 if args.groot else 1_000_000),
        verified=args.verified,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--groot", action="store_true", help="a log of ten million records, an hour of load")
    parser.add_argument("--rounds", type=int, default=3, help="how often each figure is measured (3)")
    parser.add_argument("--seconds", type=float, default=5, help="how long, each time (5)")
    parser.add_argument("--workers", type=int, help="processes of the server (what `serve` has by itself)")
    parser.add_argument("--lasting", type=float, help="seconds of load to watch memory (300, or an hour)")
    parser.add_argument("--bulks", type=int, default=8, help="bulks of 10,000 in each round (8)")
    parser.add_argument("--records", type=int, help="in the log of many (a million, or ten)")
    parser.add_argument("--verified", type=int, default=200_000, help="records to verify (200000)")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="these parts; README.md stays as it is")
    parser.add_argument("--show-only", action="store_true", help="leave README.md as it is")
    return parser.parse_args()


if __name__ == "__main__":
    main()
