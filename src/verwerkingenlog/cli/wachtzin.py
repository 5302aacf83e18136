"""`verwerkingenlog sleutel wachtzin`: guard the file of the key ring by a passphrase, or stop doing so."""

import argparse
import getpass
import os
import sys
from pathlib import Path
from typing import Final

from verwerkingenlog.cli.arguments import Subparsers
from verwerkingenlog.config import Settings, first_line
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.ringfile import RingFile

_SHORTEST: Final = 12


def register(parts: Subparsers) -> None:
    """Declare the command."""
    parser = parts.add_parser(
        "wachtzin",
        help="beveilig de sleutelbos met een wachtzin, of verander of verwijder die",
        description="Beveiligt de sleutelbos met een wachtzin. De wachtzin die er nu op zit, komt uit de"
        " instellingen, of wordt gevraagd. Geef de nieuwe eerst aan elke server"
        " (VERWERKINGENLOG_SLEUTELS_WACHTZIN): zonder start het log niet meer.",
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--nieuw-bestand",
        metavar="BESTAND",
        type=Path,
        help="neem de nieuwe wachtzin van de eerste regel van dit bestand; anders wordt zij gevraagd",
    )
    choice.add_argument("--verwijder", action="store_true", help="haal de wachtzin eraf")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Set, change or remove the passphrase."""
    settings = Settings.load(os.environ)
    present = settings.sleutels_wachtzin
    wrapped = RingFile(settings.sleutels).is_wrapped
    if args.verwijder and not wrapped:
        raise ConfigurationError("Op deze sleutelbos zit geen wachtzin.")
    if wrapped and present is None:
        present = _ask("De wachtzin die er nu op zit: ")
    ring = RingFile(settings.sleutels, present)
    ring.read()
    ring.rewrap(None if args.verwijder else _new(args.nieuw_bestand))
    sys.stdout.write(
        f"De sleutelbos {settings.sleutels} is nu {'niet meer ' if args.verwijder else ''}beveiligd met een"
        f" {'wachtzin' if args.verwijder or not wrapped else 'andere wachtzin'}.\n"
        "Kopieer haar naar elke server en naar uw reservekopie.\n"
    )
    return 0


def _new(bestand: Path | None) -> str:
    new = first_line("--nieuw-bestand", bestand) if bestand else _ask("De nieuwe wachtzin: ")
    if len(new) < _SHORTEST:
        raise ConfigurationError(
            f"Deze wachtzin is te kort. Neem er een van ten minste {_SHORTEST} tekens, zoals een paar"
            " woorden."
        )
    if bestand is None and _ask("Nog een keer: ") != new:
        raise ConfigurationError("De twee zijn niet gelijk. Er is niets veranderd.")
    return new


def _ask(question: str) -> str:
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "Er is geen scherm om de wachtzin te vragen. Geef die van nu met"
            " VERWERKINGENLOG_SLEUTELS_WACHTZIN_BESTAND, en de nieuwe met --nieuw-bestand."
        )
    return getpass.getpass(question).strip()
