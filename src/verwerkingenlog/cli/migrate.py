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


def warn_about_keys(sleutels: Path) -> None:
    """Say, loudly, what the loss of a new key ring would mean."""
    sys.stderr.write(
        "\n  LET OP: er is een sleutelbos gemaakt.\n"
        f"  {sleutels}\n"
        "  Zonder dit bestand is geen persoon in het log meer terug te vinden, ook niet door u.\n"
        "  Maak er nu een reservekopie van, en bewaar die veilig en apart van de database.\n\n"
    )
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
    if installed.new_ring:
        warn_about_keys(settings.sleutels)
