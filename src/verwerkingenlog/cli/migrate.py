"""`verwerkingenlog migrate`: make a database ready for this release."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from verwerkingenlog.cli.arguments import Subparsers
from verwerkingenlog.config import Settings
from verwerkingenlog.operations.installation import Installed, install
from verwerkingenlog.storage import embedded


def register(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "migrate",
        help="maak de database klaar voor deze versie",
        description="Legt de tabellen aan of werkt ze bij, en maakt voor een nieuwe database de sleutelbos.",
    )
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Migrate the database of the settings, or the embedded one."""
    settings = Settings.load(os.environ)
    if settings.database_url_migratie and settings.database_url_sleutels:
        _tell(_install(settings, settings.database_url_migratie, settings.database_url_sleutels), settings)
    else:
        with embedded.running(settings.data_dir, settings.postgres_bin) as cluster:
            _tell(_install(settings, cluster.url, cluster.url), settings)
    return 0


def warn_about_keys(installed: Installed, sleutels: Path) -> None:
    """Say, loudly, what the loss of a key ring that is new, or has new keys, would mean."""
    if installed.new_ring:
        lines = (
            "LET OP: er is een sleutelbos gemaakt.",
            f"{sleutels}",
            "Zonder dit bestand is geen persoon in het log meer terug te vinden, ook niet door u.",
            "Maak er nu een reservekopie van, en bewaar die veilig en apart van de database.",
        )
    elif installed.completed_ring:
        lines = (
            "LET OP: er zijn sleutels bij gekomen in de sleutelbos.",
            f"{sleutels}",
            "Zonder deze sleutels is het log niet meer te controleren.",
            "Kopieer de sleutelbos naar elke server, en maak een nieuwe reservekopie.",
        )
    else:
        return
    sys.stderr.write("\n" + "".join(f"  {line}\n" for line in lines) + "\n")
    sys.stderr.flush()


def _install(settings: Settings, url_migratie: str, url_sleutels: str) -> Installed:
    return asyncio.run(
        install(
            url_migratie, url_sleutels, settings.sleutels, os.urandom, wachtzin=settings.sleutels_wachtzin
        )
    )


def _tell(installed: Installed, settings: Settings) -> None:
    for name in installed.migrations:
        sys.stdout.write(f"Uitgevoerd: {name}\n")
    sys.stdout.write("De database is klaar voor deze versie.\n")
    warn_about_keys(installed, settings.sleutels)
