"""`verwerkingenlog token`: a token to try the log with, or to test a connection."""

import argparse
import os
import re
import sys
import time

from verwerkingenlog.cli.arguments import Subparsers
from verwerkingenlog.cli.store import with_store
from verwerkingenlog.config import Settings
from verwerkingenlog.domain.applicatie import Applicatie
from verwerkingenlog.operations import applicaties
from verwerkingenlog.operations.tokens import mint
from verwerkingenlog.storage.applicatiebestand import Applicatiebestand
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing

_LONGEST = 60


def register(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "token",
        help="maak een token voor een applicatie",
        description="Maakt een token voor een aangemelde applicatie. Op de uitvoer staat alleen het token.",
    )
    parser.add_argument("client_id", metavar="CLIENT_ID", help="de naam van de applicatie")
    parser.add_argument("--gebruiker", metavar="ID", default="", help="wie de applicatie gebruikt (user_id)")
    parser.add_argument(
        "--naam", metavar="NAAM", default="", help="hoe die persoon heet (user_representation)"
    )
    parser.add_argument(
        "--geldig",
        metavar="MINUTEN",
        type=_minutes,
        default=_LONGEST,
        help=f"hoe lang het token geldig is: 1 tot {_LONGEST} minuten; standaard {_LONGEST}",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a token on standard output."""
    settings = Settings.load(os.environ)
    applicatie = _in_file(settings, args.client_id) or _in_database(settings, args.client_id)
    now = time.time()
    sys.stdout.write(f"{mint(applicatie, args.gebruiker, args.naam, now=now, exp=now + args.geldig * 60)}\n")
    return 0


def _in_file(settings: Settings, client_id: str) -> Applicatie | None:
    if settings.applicaties is None:
        return None
    bestand = Applicatiebestand(settings.applicaties, os.environ)
    return next((one for one in bestand.parse(bestand.content()) if one.client_id == client_id), None)


def _in_database(settings: Settings, client_id: str) -> Applicatie:
    async def find(connection: Connection, ring: KeyRing) -> Applicatie:
        return await applicaties.find(connection, ring, client_id)

    return with_store(settings, find)


def _minutes(text: str) -> int:
    if re.fullmatch("[0-9]{1,2}", text) is None or not 1 <= int(text) <= _LONGEST:
        raise argparse.ArgumentTypeError(f"geef een getal van 1 tot {_LONGEST}")
    return int(text)
