"""`verwerkingenlog demo`: a sample municipality to try, in a directory of its own."""

import argparse
import os
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from verwerkingenlog.cli.arguments import Subparsers, settings_of
from verwerkingenlog.cli.serve import APP, serve
from verwerkingenlog.config import Settings, variable
from verwerkingenlog.demo.attempts import Workplace, attempts
from verwerkingenlog.demo.filling import fill
from verwerkingenlog.demo.home import Home, State
from verwerkingenlog.demo.municipality import INZAGE, NAAM, OIN
from verwerkingenlog.demo.story import tell
from verwerkingenlog.demo.welcome import Visit, greet
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.applicatiebestand import Applicatiebestand
from verwerkingenlog.telemetry.logging import configure

DIRECTORY = Path("data/demo")
_ARGUMENTS = ("host", "port", "metrieken_port")
_CHOSEN = {
    "oin": OIN,
    "inzage_activiteit_id": INZAGE.id,
    "inzage_activiteit_url": INZAGE.url,
}
_OWN = (
    "database_url",
    "database_url_migratie",
    "database_url_sleutels",
    "database_url_opschoning",
    "sleutels",
    "lognaam",
    "checkpoints",
    "checkpoint_url",
    "applicaties",
    "basis_url",
    "onderdelen",
    "inzage_koppen_verplicht",
    *_CHOSEN,
)
"""Settings that the demo gives itself: it must never write into a log that is in use."""
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up, not bound to


def register(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "demo",
        help="start een voorbeeldgemeente",
        description="Start een voorbeeldgemeente en laat zien wat u kunt proberen. Ctrl-C stopt haar."
        f" De gegevens blijven in de map {DIRECTORY}, of in die van {variable('data_dir')}.",
    )
    parser.add_argument("--host", metavar="ADRES", help="het adres waarop de server luistert")
    parser.add_argument("--port", metavar="POORT", help="de poort waarop de server luistert; standaard 8080")
    parser.add_argument(
        "--metrieken-port", metavar="POORT", help="de poort van de metrieken; standaard 9464, 0 is uit"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve the sample municipality until SIGINT or SIGTERM; the first start fills it."""
    settings = _settings(args, os.environ)
    configure(settings.log_niveau)
    home = Home(settings.data_dir)
    state = home.open(datetime.now(UTC), settings.postgres_bin)
    console = Console(highlight=False)
    if not state.filled:
        console.print(f"\nDe gemeente {NAAM} wordt klaargezet. Dat duurt enkele seconden …")
    serve(settings, APP, lambda: _welcome(settings, home, state, console))
    console.print("\nDe demo is gestopt. De volgende start vindt haar gegevens terug.")
    return 0


def _settings(args: argparse.Namespace, environ: MutableMapping[str, str]) -> Settings:
    """Give the demo's settings, and leave them in the environment for the workers."""
    given = [variable(name) for name in _OWN if environ.get(variable(name))]
    if given:
        raise ConfigurationError(
            f"De demo kiest deze instellingen zelf: {', '.join(given)}."
            " Start haar in een nieuw venster, waarin ze niet staan."
        )
    environ.update({variable(name): text for name, text in settings_of(args, _ARGUMENTS).items()})
    for name, text in (("data_dir", str(DIRECTORY)), ("log_niveau", "warning")):
        environ[variable(name)] = environ.get(variable(name)) or text
    home = Home(Settings.load(environ).data_dir)
    environ.update({variable(name): text for name, text in _CHOSEN.items()})
    environ[variable("applicaties")] = str(home.applicaties)
    return Settings.load(environ)


def _welcome(settings: Settings, home: Home, state: State, console: Console) -> None:
    if not state.filled:
        bestand = Applicatiebestand(home.applicaties, os.environ)
        applicaties = bestand.parse(bestand.content())
        host = _ANY.get(settings.host, settings.host)
        filled = fill(host, settings.port, applicaties, tell(state.begonnen))
        state = State(state.begonnen, *filled)
        home.keep(state)
    at = Workplace(
        settings.basis_url, _shown(Path(sys.executable).absolute().parent), _shown(home.applicaties)
    )
    metrics = f"http://{settings.metrieken_host}:{settings.metrieken_port}/metrics"
    greet(
        console,
        Visit(
            url=settings.basis_url,
            metrics=metrics if settings.metrieken_port else "",
            acties=state.acties,
            data=_shown(home.directory),
            here=Path.cwd(),
            attempts=attempts(at, datetime.now().astimezone(), state.gecorrigeerd),
        ),
    )


def _shown(path: Path) -> Path:
    """Give a path as it is written in the current folder."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
