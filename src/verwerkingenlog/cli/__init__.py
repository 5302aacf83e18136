"""The console script `verwerkingenlog`: a module per command; here alone an error becomes an exit code."""

import sys
from collections.abc import Sequence
from importlib import import_module

from verwerkingenlog.cli.arguments import Parser
from verwerkingenlog.errors import ConfigurationError, VerwerkingenlogError

COMMANDS = (
    "serve",
    "migrate",
    "demo",
    "applicatie",
    "token",
    "sleutel",
    "zegel",
    "verifieer",
    "bewijs",
    "exporteer",
    "importeer",
    "opschonen",
    "beheerlog",
)
"""The modules of the commands: each has `register(subparsers)` and, bound to its parser, `run(args)`."""

FAILED = 1
MISCONFIGURED = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code: 0 done, 1 failed, 2 a setting or argument is wrong, 130 Ctrl-C.

    What is wrong is told on standard error, in a sentence without a traceback.
    """
    argv = sys.argv[1:] if argv is None else argv
    args = _parser(argv[:1]).parse_args(argv)
    try:
        code: int = args.run(args)
    except ConfigurationError as error:
        return _tell(error, MISCONFIGURED)
    except VerwerkingenlogError as error:
        return _tell(error, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _parser(asked: Sequence[str]) -> Parser:
    """Give the parser of the command that is asked for, or of all where that is none."""
    parser = Parser(
        prog="verwerkingenlog",
        description="Het verwerkingenlog: wie deed wat, met gegevens van wie, wanneer en waarom.",
    )
    subparsers = parser.add_subparsers(title="opdrachten", metavar="OPDRACHT", required=True)
    # One alone is there in a third of the time, which each process that a command starts would take too.
    for command in set(asked) & set(COMMANDS) or COMMANDS:
        import_module(f"{__name__}.{command}").register(subparsers)
    return parser


def _tell(error: VerwerkingenlogError, code: int) -> int:
    sys.stderr.write(f"{error}\n")
    return code
