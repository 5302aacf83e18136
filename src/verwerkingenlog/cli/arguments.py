"""Command-line arguments with help and errors in Dutch."""

import argparse
import sys
from collections.abc import Iterable
from typing import Any, NoReturn, TypeAlias

Subparsers: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001 - its only name

_DUTCH = (
    ("the following arguments are required:", "dit ontbreekt:"),
    ("one of the arguments", "geef een van deze:"),
    (" is required", ""),
    ("unrecognized arguments:", "dit is onbekend:"),
    ("invalid choice:", "dit kan niet:"),
    ("choose from", "kies uit"),
    ("expected one argument", "hier hoort een waarde achter"),
    ("expected at least one argument", "hier hoort een waarde achter"),
    ("not allowed with argument", "dit kan niet samen met"),
    ("ambiguous option:", "dit kan meer betekenen:"),
    ("could match", "bedoelt u"),
    ("ignored explicit argument", "hier hoort geen waarde achter:"),
    ("invalid int value:", "dit is geen geheel getal:"),
    ("argument ", ""),
)
"""What `argparse` says, and what we say; it has no translation of its own that can be chosen."""


class Parser(argparse.ArgumentParser):
    """An argument parser that speaks Dutch. A wrong argument exits with 2, as a wrong setting does."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as the library's own
        super().__init__(**{"allow_abbrev": False, **options, "add_help": False})
        self._optionals.title = "opties"
        self._positionals.title = "argumenten"
        self.add_argument("-h", "--help", action="help", help="toon deze hulp")

    def format_usage(self) -> str:
        """Give the usage line."""
        return super().format_usage().replace("usage:", "gebruik:", 1)

    def format_help(self) -> str:
        """Give the help, the usage line first."""
        return super().format_help().replace("usage:", "gebruik:", 1)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and how to get help."""
        for english, dutch in _DUTCH:
            message = message.replace(english, dutch)
        sys.stderr.write(f"De opdracht klopt niet: {message}.\nHulp: {self.prog} --help\n")
        sys.exit(2)


def settings_of(args: argparse.Namespace, names: Iterable[str]) -> dict[str, str]:
    """Give the arguments of these names that were given, as text."""
    return {name: str(getattr(args, name)) for name in names if getattr(args, name) is not None}
