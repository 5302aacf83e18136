"""`verwerkingenlog verifieer`: find out whether anybody touched the log (rule T3)."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from verwerkingenlog.cli.arguments import Subparsers
from verwerkingenlog.cli.store import address
from verwerkingenlog.cli.verhuizing import shown_progress
from verwerkingenlog.config import Settings
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.operations.installation import present
from verwerkingenlog.operations.verificatie.checkpoints import Gepubliceerd, read_verifier_keys
from verwerkingenlog.operations.verificatie.state import Voortgangsbestand
from verwerkingenlog.operations.verificatie.verify import Opdracht, Verslag, verify
from verwerkingenlog.operations.verificatie.workers import Toegang, collect_less
from verwerkingenlog.storage.checkpoints import Checkpoints
from verwerkingenlog.storage.database import SEALING, connect, reachable
from verwerkingenlog.storage.migrate import check_migrated
from verwerkingenlog.storage.ringfile import RingFile

_STATE: Final = "verificatie.json"
_LONGEST: Final = 1_000_000
_FOUND: Final = 1


def register(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "verifieer",
        help="controleer of iemand aan het log heeft gezeten",
        description="Rekent het hele log na: de inhoud van elk record tegen de verzegelde boom, en de boom"
        " tegen het laatste ondertekende checkpoint. Noemt elk record dat is veranderd, weggehaald,"
        " toegevoegd of verwisseld. Het log mag intussen gewoon draaien; er wordt niets in geschreven.",
        epilog="De uitkomst is 0 als alles klopt, en 1 als er iets is gevonden.",
    )
    parser.add_argument("--json", action="store_true", help="schrijf de uitkomst als JSON")
    parser.add_argument(
        "--hervat", action="store_true", help="ga verder waar een vorige controle werd onderbroken"
    )
    parser.add_argument(
        "--checkpoint",
        metavar="BESTAND",
        type=Path,
        action="append",
        default=[],
        help="een checkpoint dat ergens anders is bewaard; mag vaker",
    )
    parser.add_argument(
        "--sleutel",
        metavar="SLEUTEL",
        action="append",
        default=[],
        help="de publieke sleutel (naam+hash+sleutel) die ondertekend moet hebben, van een eigen plek; mag"
        " vaker. Zonder deze optie: de sleutels uit de sleutelbos",
    )
    parser.add_argument(
        "--processen",
        metavar="AANTAL",
        type=_whole_number,
        default=os.cpu_count() or 1,
        help="hoeveel processen eraan werken; anders zoveel als er processorkernen zijn",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Verify, and tell on standard output what was found."""
    collect_less()
    settings = Settings.load(os.environ)
    keys = read_verifier_keys(args.sleutel)
    # Read before the log is: it can only have grown since.
    published = [*_published(settings), *(_kept(path) for path in args.checkpoint)]
    with shown_progress("Controleren") as progress, address(settings, SEALING) as url:
        opdracht = Opdracht(
            gepubliceerd=published,
            sleutels=keys,
            voortgang=Voortgangsbestand(settings.data_dir / _STATE),
            hervat=args.hervat,
            toegang=Toegang(url, settings.sleutels, settings.sleutels_wachtzin),
            processen=args.processen,
        )
        verslag = asyncio.run(_verify(url, settings, opdracht, progress))
    _tell(verslag, as_json=args.json)
    return _FOUND if verslag.bevindingen else 0


async def _verify(
    url: str, settings: Settings, opdracht: Opdracht, progress: Callable[[int, int], None]
) -> Verslag:
    ring = RingFile(settings.sleutels, settings.sleutels_wachtzin).ring()
    connection = await connect(url, SEALING)
    try:
        async with reachable():
            await check_migrated(connection)
            return await verify(connection, ring, present, opdracht, progress)
    finally:
        await connection.close()


def _published(settings: Settings) -> list[Gepubliceerd]:
    note = Checkpoints(settings.checkpoints).last()
    return [] if note is None else [Gepubliceerd(str(settings.checkpoints), note)]


def _kept(path: Path) -> Gepubliceerd:
    try:
        with path.open("rb") as file:
            return Gepubliceerd(str(path), file.read(_LONGEST).decode(errors="replace"))
    except OSError as error:
        raise ConfigurationError(f"--checkpoint: {path} is niet te lezen: {error.strerror}.") from None


def _tell(verslag: Verslag, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(verslag)).decode() + "\n")
        return
    for bevinding in verslag.bevindingen:
        sys.stdout.write(f"{bevinding}\n")
    sys.stdout.write(f"{_summary(verslag)}\n")


def _summary(verslag: Verslag) -> str:
    known = f"{verslag.checkpoints} checkpoint" + ("" if verslag.checkpoints == 1 else "s")
    lines = [f"Log {verslag.naam or '(zonder naam)'}: {verslag.grootte} verzegelde records, {known}."]
    if verslag.opgeschoond:
        lines.append(f"Daarvan zijn er {verslag.opgeschoond} opgeschoond; hun plaats in de boom klopt.")
    if verslag.hervat_bij:
        lines.append(f"De eerste {verslag.hervat_bij} waren al gecontroleerd.")
    found = len(verslag.bevindingen)
    lines.append(f"Bevindingen: {found}." if found else "Alles klopt.")
    return "\n".join(lines)


def _whole_number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("geef een aantal vanaf 1")
    return int(text)
