"""Measure the log, each figure against its limit in the same run, and renew bench/README.md."""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench import postgres, report
from bench.lines import Line
from bench.machine import describe
from bench.parts import Plan, bulk, reading, writing
from bench.stage import CONNECTIONS

PARTS: Final = {"writing": writing, "bulk": bulk, "reading": reading}
_README: Final = Path(__file__).with_name("README.md")
_COMMAND: Final = "make bench"


def main() -> None:
    """Run the bench."""
    args = _arguments()
    plan = Plan(
        rounds=args.rounds,
        seconds=args.seconds,
        lasting=args.lasting,
        workers=args.workers,
        bulks=args.bulks,
        records=args.records,
    )
    start = time.monotonic()
    lines: list[Line] = []
    with TemporaryDirectory(prefix="verwerkingenlog-bench-") as directory:
        for name in args.only or PARTS:
            part = Path(directory) / name
            part.mkdir()
            lines += PARTS[name](part, plan)
    minutes = (time.monotonic() - start) / 60
    figures = (
        f"{datetime.now(UTC):%Y-%m-%d}, `{_COMMAND}`: {args.rounds} rounds of {args.seconds:g} s,"
        f" {CONNECTIONS} connections, log level info, {minutes:.0f} minutes in all.\n"
        f"{describe(postgres.packaged_version())}.\n\n{report.tables(lines)}"
    )
    sys.stdout.write(f"{figures}\n")
    if not args.show_only:
        _README.write_text(report.with_figures(_README.read_text("utf-8"), figures, _COMMAND), "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each figure is measured (3)")
    parser.add_argument("--seconds", type=float, default=5, help="how long, each time (5)")
    parser.add_argument("--lasting", type=float, default=300, help="seconds of load to watch memory (300)")
    parser.add_argument("--bulks", type=int, default=8, help="bulks of 10,000 in each round (8)")
    parser.add_argument("--records", type=int, default=1_000_000, help="in the log of many (1000000)")
    parser.add_argument("--workers", type=int, help="processes of the server (what `serve` has by itself)")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="these parts, and no others")
    parser.add_argument("--show-only", action="store_true", help="leave README.md as it is")
    return parser.parse_args()


if __name__ == "__main__":
    main()
