"""`verwerkingenlog applicatie`: which applications may use the log."""

import argparse
import getpass
import os
import secrets
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from rich.console import Console

from verwerkingenlog.cli.applicatietabel import table_of
from verwerkingenlog.cli.arguments import Subparsers
from verwerkingenlog.cli.store import with_store
from verwerkingenlog.config import Settings
from verwerkingenlog.domain.applicatie import Applicatie, parse_applicatie
from verwerkingenlog.errors import ConfigurationError, NotFound
from verwerkingenlog.operations import applicaties
from verwerkingenlog.storage.applicatiebestand import Applicatiebestand
from verwerkingenlog.storage.applicaties import Aanmelding
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing


def register(subparsers: Subparsers) -> None:
    """Declare the command and its three parts."""
    parser = subparsers.add_parser(
        "applicatie",
        help="bepaal welke applicaties het log mogen gebruiken",
        description="Meldt applicaties aan, toont ze en trekt ze in. Een server die draait, weet het meteen.",
    )
    parts = parser.add_subparsers(title="opdrachten", metavar="OPDRACHT", required=True)
    _register_add(parts)
    shown = parts.add_parser("tonen", help="toon alle applicaties, uit de database en uit het bestand")
    shown.set_defaults(run=run_show)
    withdrawn = parts.add_parser("intrekken", help="weiger een applicatie vanaf nu, ook met eerdere tokens")
    withdrawn.add_argument("client_id", metavar="CLIENT_ID")
    withdrawn.set_defaults(run=run_withdraw)


def _register_add(parts: Subparsers) -> None:
    parser = parts.add_parser(
        "toevoegen",
        help="meld een applicatie aan",
        description="Meldt een applicatie aan. Zonder --secret-env of --secret-stdin maakt deze opdracht een"
        " geheim en toont dat eenmalig.",
    )
    parser.add_argument(
        "client_id", metavar="CLIENT_ID", help="de naam waarmee de applicatie zich bekendmaakt"
    )
    parser.add_argument("--label", metavar="TEKST", help="een naam voor mensen")
    for api, example in (("bewerking", "create:normal,read:normal"), ("inzage", "read:confidential")):
        parser.add_argument(
            f"--{api}",
            metavar="SCOPES",
            help=f"de scopes voor de {api.capitalize()} API, met komma's ertussen, bijvoorbeeld {example};"
            " '' is een lege lijst",
        )
    parser.add_argument(
        "--oin",
        metavar="OIN",
        action="append",
        default=[],
        dest="oins",
        help="een organisatie waarvoor de applicatie mag lezen; mag vaker",
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--secret-env", metavar="NAAM", help="neem het geheim uit deze omgevingsvariabele")
    source.add_argument("--secret-stdin", action="store_true", help="lees het geheim van de invoer")
    parser.set_defaults(run=run_add)


def run_add(args: argparse.Namespace) -> int:
    """Register an application; a secret that is made here is all that comes on standard output."""
    settings = Settings.load(os.environ)
    generated = None if args.secret_env or args.secret_stdin else secrets.token_urlsafe(32)
    applicatie = parse_applicatie(_entry(args, generated), os.environ)
    if applicatie.client_id in {one.client_id for one in _from_file(settings, os.environ)}:
        raise ConfigurationError(
            f"{applicatie.client_id} staat al in {settings.applicaties}. Wijzig de applicatie daar."
        )

    async def add(connection: Connection, ring: KeyRing) -> None:
        await applicaties.register(connection, ring, _now, applicatie)

    with_store(settings, add)
    sys.stderr.write(f"De applicatie {applicatie.client_id} is aangemeld.\n")
    if generated:
        sys.stderr.write("Dit is haar geheim. Bewaar het goed: het is nergens meer te zien.\n")
        sys.stderr.flush()
        sys.stdout.write(f"{generated}\n")
    return 0


def run_show(_: argparse.Namespace) -> int:
    """Show all applications, without secrets."""
    settings = Settings.load(os.environ)
    from_file = _from_file(settings, os.environ)

    async def show(connection: Connection, _: KeyRing) -> tuple[Aanmelding, ...]:
        return await applicaties.show(connection)

    Console().print(table_of(from_file, with_store(settings, show)))
    return 0


def run_withdraw(args: argparse.Namespace) -> int:
    """Withdraw an application; a file at fault comes second, for a withdrawal may be urgent."""
    settings = Settings.load(os.environ)

    async def withdraw(connection: Connection, ring: KeyRing) -> NotFound | None:
        try:
            await applicaties.withdraw(connection, ring, _now, args.client_id)
        except NotFound as error:
            return error
        return None

    missing = with_store(settings, withdraw)
    if args.client_id in {one.client_id for one in _from_file(settings, os.environ)}:
        raise ConfigurationError(
            f"{args.client_id} staat in {settings.applicaties} en blijft daardoor geldig. Haal haar daar weg;"
            " een server die draait, merkt dat vanzelf."
        )
    if missing:
        raise missing
    sys.stderr.write(f"De applicatie {args.client_id} is ingetrokken.\n")
    return 0


def _entry(args: argparse.Namespace, generated: str | None) -> dict[str, object]:
    """Give the arguments in the form that the file has, so that the same rules hold."""
    entry: dict[str, object] = {
        "client_id": args.client_id,
        "oins": args.oins,
        "scopes": {
            api: [scope.strip() for scope in given.split(",")] if given.strip() else []
            for api, given in (("bewerking", args.bewerking), ("inzage", args.inzage))
            if given is not None
        },
    }
    if args.label is not None:
        entry["label"] = args.label
    if args.secret_env:
        return entry | {"secret_env": args.secret_env}
    return entry | {"secret": generated or _read_secret()}


def _read_secret() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Secret: ")
    return sys.stdin.readline().rstrip("\r\n")


def _from_file(settings: Settings, environ: Mapping[str, str]) -> tuple[Applicatie, ...]:
    if settings.applicaties is None:
        return ()
    bestand = Applicatiebestand(settings.applicaties, environ)
    return bestand.parse(bestand.content())


def _now() -> datetime:
    return datetime.now(UTC)
