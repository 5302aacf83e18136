"""`verwerkingenlog exporteer`: the whole log in an encrypted archive, for who keeps it next."""

import argparse
import os
import sys
from pathlib import Path

import msgspec

from verwerkingenlog.cli.arguments import Subparsers
from verwerkingenlog.cli.verhuizing import shown_progress, with_removal
from verwerkingenlog.config import Settings
from verwerkingenlog.operations.verhuizing.bestand import new_file, require_free
from verwerkingenlog.operations.verhuizing.export import Manifest, export
from verwerkingenlog.operations.verhuizing.identiteit import parse_recipients
from verwerkingenlog.operations.verhuizing.verhuizer import Verhuizer
from verwerkingenlog.storage.database import reachable


def register(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "exporteer",
        help="zet het hele log in een versleuteld archief",
        description="Zet het hele log, met alle versies en personen, in een archief dat alleen de ontvanger"
        " kan openen. Daarnaast komt een manifest zonder persoonsgegevens. Het log blijft intussen werken:"
        " wat er nog bij komt, zit niet in het archief.",
    )
    parser.add_argument("archief", metavar="ARCHIEF", type=Path, help="het bestand dat er komt")
    parser.add_argument(
        "--ontvanger",
        metavar="AGE1…",
        action="append",
        required=True,
        dest="ontvangers",
        help="wie het archief kan openen; de ontvanger maakt dit met: importeer --maak-identiteit. Mag vaker",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Export the log, and say on standard output what the archive is."""
    settings = Settings.load(os.environ)
    recipients = parse_recipients(args.ontvangers)
    beside = args.archief.with_name(f"{args.archief.name}.manifest.json")
    require_free(args.archief)
    require_free(beside)

    async def work(verhuizer: Verhuizer) -> Manifest:
        with new_file(args.archief) as target:
            async with reachable():
                return await export(verhuizer, target, recipients)

    with shown_progress("Exporteren") as progress:
        manifest = with_removal(settings, work, progress, seal=True)
    with new_file(beside) as target:
        target.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    _tell(args.archief, beside, manifest)
    return 0


def _tell(archief: Path, beside: Path, manifest: Manifest) -> None:
    sys.stdout.write(
        f"Het archief {archief} is klaar. Er zitten {manifest.acties} verwerkingsacties in, met"
        f" {manifest.versies} versies.\n"
        f"Het manifest staat in {beside}.\n"
        f"SHA-256: {manifest.sha256}\n"
    )
    for sleutel in manifest.sleutels:
        sys.stdout.write(f"Sleutel van dit log: {sleutel}\n")
    if manifest.later:
        sys.stdout.write(
            f"Let op: intussen kwamen er {manifest.later} records bij. Die zitten er niet in. Stop het log"
            " voordat u het archief maakt waarmee u verhuist.\n"
        )
