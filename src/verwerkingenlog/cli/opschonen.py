"""`verwerkingenlog opschonen`: remove what is past its bewaartermijn, or tell what would go (rule R2)."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console

from verwerkingenlog.cli.arguments import Subparsers
from verwerkingenlog.cli.opschoonverslag import prepare, summary_of, table_of, write_report
from verwerkingenlog.cli.store import address
from verwerkingenlog.cli.verhuizing import shown_progress
from verwerkingenlog.config import Settings
from verwerkingenlog.domain.bewaarregels import Bewaarregels
from verwerkingenlog.domain.opschoning import Opschoonverslag
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.operations.installation import check_installation, present
from verwerkingenlog.operations.opschoning.purge import Purge, purge, rehearse
from verwerkingenlog.operations.opschoning.sealing import Sealing
from verwerkingenlog.operations.verzegeling.seal import begin
from verwerkingenlog.operations.verzegeling.went_back import require_published
from verwerkingenlog.storage.bewaartermijnenbestand import read_bewaartermijnen
from verwerkingenlog.storage.checkpoints import Checkpoints
from verwerkingenlog.storage.database import PURGING, SEALING, Connection, connect, reachable
from verwerkingenlog.storage.keyring import KeyRing

_EXIT_CODES: Final = {"klaar": 0, "mislukt": 1, "onderbroken": 130}
_STOPS: Final = (signal.SIGINT, signal.SIGTERM)


def register(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "opschonen",
        help="verwijder wat zijn bewaartermijn voorbij is",
        description="Verwijdert verwerkingsacties die hun bewaartermijn voorbij zijn, met al hun versies, en"
        " daarna de personen naar wie niets meer verwijst. Wat weggaat staat eerst verzegeld in het log, en"
        " na afloop in een verslag. Het kan terwijl het log draait. Ctrl-C stopt na de stap die loopt; een"
        " volgende keer gaat het verder.",
    )
    parser.add_argument(
        "--proef", action="store_true", help="laat zien wat er weg zou gaan en waarom; verwijder niets"
    )
    parser.add_argument("--json", action="store_true", help="schrijf de uitkomst als JSON")
    parser.add_argument(
        "--rapport",
        metavar="MAP",
        type=Path,
        help="de map voor het verslag; zonder deze optie 'opschoningen' in de datamap",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Purge or rehearse, tell on standard output what that did, and leave a report of a real run."""
    settings = Settings.load(os.environ)
    regels = _regels(settings)
    folder = args.rapport or settings.data_dir / "opschoningen"
    if not args.proef:
        prepare(folder)
    with shown_progress("Opschonen") as progress, address(settings, PURGING) as url:
        try:
            verslag = asyncio.run(_work_on(url, settings, regels, progress, proef=args.proef))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
    page = None if verslag.proef else write_report(folder, verslag)
    _tell(verslag, page, as_json=args.json)
    return _EXIT_CODES[verslag.status]


def _regels(settings: Settings) -> Bewaarregels:
    path = settings.bewaartermijnen
    return Bewaarregels({} if path is None else read_bewaartermijnen(path), settings.bewaartermijn_maximum)


async def _work_on(
    url: str,
    settings: Settings,
    regels: Bewaarregels,
    progress: Callable[[int, int], None],
    *,
    proef: bool,
) -> Opschoonverslag:
    async with AsyncExitStack() as stack, reachable():
        connection = await connect(url, PURGING)
        stack.push_async_callback(connection.close)
        ring = await check_installation(connection, settings.sleutels, settings.sleutels_wachtzin)
        await require_published(connection, ring, Checkpoints(settings.checkpoints))
        sealer = None if proef else await _sealer(url, settings, ring)
        if sealer is not None:
            stack.push_async_callback(sealer.close)
        asked = Purge(
            connection=connection,
            ring=ring,
            regels=regels,
            clock=present,
            random=os.urandom,
            seal=Sealing(connection, sealer, ring, present),
            stopped=_stop_asked(),
            observe=lambda voortgang: progress(voortgang.tot_en_met, voortgang.totaal),
        )
        return await (rehearse(asked) if proef else purge(asked))


async def _sealer(url: str, settings: Settings, ring: KeyRing) -> Connection | None:
    """Give a connection that may seal; None where this account may not, and the server's sealer must."""
    try:
        connection = await connect(url, SEALING)
    except ConfigurationError:
        return None
    try:
        await begin(connection, ring, present, settings.lognaam)
    except BaseException:
        await connection.close()
        raise
    return connection


def _stop_asked() -> Callable[[], bool]:
    """Give what tells whether a signal asked to stop; a second one stops at once."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    asked = False

    def ask() -> None:
        nonlocal asked
        if asked and task is not None:
            task.cancel()
        asked = True
        sys.stderr.write("De opschoning stopt na deze stap.\n")

    for number in _STOPS:
        loop.add_signal_handler(number, ask)
    return lambda: asked


def _tell(verslag: Opschoonverslag, page: Path | None, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(verslag), indent=2).decode() + "\n")
        return
    if verslag.groepen:
        Console().print(table_of(verslag))
    sys.stdout.write("".join(f"{sentence}\n" for sentence in summary_of(verslag)))
    if page is not None:
        sys.stdout.write(f"Het verslag staat in {page}\n")
