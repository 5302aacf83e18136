"""`verwerkingenlog zegel`: the sealer by itself, and what to do when the log went back in time."""

import argparse
import asyncio
import os
import sys
from typing import Final

from verwerkingenlog.cli import sealer
from verwerkingenlog.cli.arguments import Subparsers, settings_of
from verwerkingenlog.cli.crew import Job
from verwerkingenlog.cli.stopping import stopping
from verwerkingenlog.cli.store import address, running_store, with_store
from verwerkingenlog.cli.supervisor import supervise
from verwerkingenlog.config import Settings, variable
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.operations.installation import present
from verwerkingenlog.operations.verzegeling.went_back import acknowledge
from verwerkingenlog.storage.checkpoints import Checkpoints
from verwerkingenlog.storage.database import SEALING, Connection
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.telemetry import metrics
from verwerkingenlog.telemetry.logging import configure

_UNPUBLISHED: Final = {
    "checkpoint_unwritten": "Het checkpoint is niet geschreven. Kijk of er ruimte is in de map van"
    " VERWERKINGENLOG_CHECKPOINTS",
    "checkpoint_unposted": "Het checkpoint is niet verstuurd. Controleer VERWERKINGENLOG_CHECKPOINT_URL, en"
    " of de ontvanger bereikbaar is",
}


def register(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "zegel",
        help="verzegel wat in het log is geschreven",
        description="Verzegelt wat in het log is geschreven, ondertekent de stand en publiceert die, tot"
        " Ctrl-C. Een server die draait, doet dit zelf al; van meer tegelijk werkt er steeds maar een.",
    )
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--eenmaal", action="store_true", help="stop zodra alles is verzegeld")
    modes.add_argument(
        "--erken-terugval",
        metavar="WAT",
        help="leg vast wat er is gebeurd met een log dat is teruggegaan, zodat het weer kan starten",
    )
    parser.add_argument("--metrieken-port", metavar="POORT", help="de poort van de metrieken; 0 is uit")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Seal until SIGINT or SIGTERM, or once; or record that the log went back."""
    os.environ.update({variable(name): text for name, text in settings_of(args, ("metrieken_port",)).items()})
    settings = Settings.load(os.environ)
    if args.erken_terugval is not None:
        return _acknowledge(settings, args.erken_terugval.strip())
    if args.eenmaal:
        return _once(settings)
    configure(settings.log_niveau)
    with (
        stopping() as stop,
        metrics.counting() as counted,
        metrics.serving(counted, settings.metrieken_host, settings.metrieken_port),
        running_store(settings, SEALING) as check,
    ):
        stop.note()
        supervise([Job(sealer.work)], stop.noted, _announce, check)
    return 0


def _once(settings: Settings) -> int:
    Checkpoints(settings.checkpoints).require_writable()
    failed: dict[str, Exception] = {}
    with address(settings, SEALING) as url:
        count = asyncio.run(sealer.sealer_of(settings, url, failed.__setitem__).once())
    sys.stdout.write(f"Verzegeld: {count} records. Er wacht niets meer.\n")
    for event, error in failed.items():
        sys.stderr.write(f"{_UNPUBLISHED[event]} ({type(error).__name__}).\n")
    return 1 if failed else 0


def _acknowledge(settings: Settings, reason: str) -> int:
    if not reason:
        raise ConfigurationError("Schrijf achter --erken-terugval wat er is gebeurd, en waarom.")

    async def work(connection: Connection, ring: KeyRing) -> None:
        await acknowledge(connection, ring, present, os.urandom, Checkpoints(settings.checkpoints), reason)

    with_store(settings, work, SEALING)
    sys.stdout.write(
        "Vastgelegd in het log. Het checkpoint dat niet meer klopt, staat terzijde in"
        f" {settings.checkpoints}: bewaar het.\nU kunt het log weer starten.\n"
    )
    return 0


def _announce() -> None:
    sys.stderr.write("Het log wordt verzegeld. Ctrl-C stopt dat.\n")
    sys.stderr.flush()
