"""`verwerkingenlog serve`: the server, with its own PostgreSQL where no other is named."""

import argparse
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from verwerkingenlog.cli import sealer, worker
from verwerkingenlog.cli.arguments import Subparsers, settings_of
from verwerkingenlog.cli.crew import Job
from verwerkingenlog.cli.stopping import stopping
from verwerkingenlog.cli.store import running_store
from verwerkingenlog.cli.supervisor import supervise
from verwerkingenlog.config import ONDERDELEN, Settings, variable
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.database import SERVING
from verwerkingenlog.telemetry import metrics
from verwerkingenlog.telemetry.logging import configure

APP = "verwerkingenlog.app:create"
_ARGUMENTS = ("host", "port", "workers", "onderdelen")


def register(subparsers: Subparsers) -> None:
    """Declare the command; an argument that is not given leaves the setting of the same name as it is."""
    parser = subparsers.add_parser(
        "serve",
        help="start de server",
        description="Start de server. Ctrl-C stopt hem, nadat hij heeft afgemaakt wat hij aannam."
        " Alle andere instellingen staan in docs/instellingen.md.",
    )
    parser.add_argument("--host", metavar="ADRES", help="het adres waarop de server luistert")
    parser.add_argument("--port", metavar="POORT", help="de poort waarop de server luistert")
    parser.add_argument(
        "--workers",
        metavar="AANTAL",
        help="het aantal processen dat aanvragen afhandelt; standaard één per processorkern, hoogstens vier",
    )
    parser.add_argument(
        "--onderdelen", metavar="LIJST", help=f"wat de server aanbiedt, bijvoorbeeld {','.join(ONDERDELEN)}"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    # The workers are processes of their own: they read the settings from the environment again.
    os.environ.update({variable(name): text for name, text in settings_of(args, _ARGUMENTS).items()})
    settings = Settings.load(os.environ)
    configure(settings.log_niveau)
    serve(settings, APP, lambda: _announce(settings))
    return 0


def serve(settings: Settings, app: str, on_ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, with all that it needs; `on_ready` is called once every worker serves.

    `app` names the function that makes the app of a worker (`APP`). Needs the main thread. Raises
    `VerwerkingenlogError` when it can't start.
    """
    with (
        stopping() as stop,
        _listening(settings.host, settings.port) as listener,
        metrics.counting() as counted,
        metrics.serving(counted, settings.metrieken_host, settings.metrieken_port),
        running_store(settings, SERVING) as check,
    ):
        stop.note()
        jobs = [Job(worker.work, (app, listener), serves=True)] * settings.workers
        supervise([*jobs, Job(sealer.work)], stop.noted, on_ready, check, listener)


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """Have the address for ourselves; the workers listen on it once they serve."""
    listener: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        if listener is not None:
            listener.close()
        raise ConfigurationError(
            f"De server kan niet luisteren op adres {host}, poort {port}: {error.strerror}."
            " Kies een ander adres (--host) of een andere poort (--port)."
        ) from error
    with listener:
        yield listener


def _announce(settings: Settings) -> None:
    sys.stderr.write(f"Het verwerkingenlog draait op {settings.basis_url}. Ctrl-C stopt het.\n")
    sys.stderr.flush()
