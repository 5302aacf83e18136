"""`verwerkingenlog sleutel`: see, make, replace and destroy keys, and guard their file by a passphrase."""

import argparse
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from verwerkingenlog.cli import wachtzin
from verwerkingenlog.cli.arguments import Subparsers
from verwerkingenlog.cli.store import with_store
from verwerkingenlog.cli.verhuizing import shown_progress
from verwerkingenlog.config import Settings
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.operations.installation import present
from verwerkingenlog.operations.rotate import rotate
from verwerkingenlog.operations.sleutels import Keeper, Overzicht, destroy, make, show
from verwerkingenlog.storage.database import KEYS, Connection
from verwerkingenlog.storage.keyring import DOELEN, KeyRing
from verwerkingenlog.storage.ringfile import RingFile

T = TypeVar("T")
_PURPOSES: Final = {
    "zoeken": "vindt personen",
    "onthullen": "toont personen",
    "dienst": "geheimen van het log zelf",
    "bewijs": "maakt bewijzen",
    "ondertekenen": "ondertekent checkpoints",
}
_STATES: Final = {"voorbereid": "staat klaar", "komend": "komt in gebruik", "gaand": "gaat uit gebruik"}


def register(subparsers: Subparsers) -> None:
    """Declare the command and its parts."""
    parser = subparsers.add_parser(
        "sleutel",
        help="beheer de sleutels waarmee personen zijn versleuteld",
        description="Toont, maakt, vervangt en vernietigt sleutels. Het log draait daarbij gewoon door.",
    )
    parts = parser.add_subparsers(title="opdrachten", metavar="OPDRACHT", required=True)
    shown = parts.add_parser("toon", help="toon alle sleutels, zonder de sleutels zelf")
    shown.set_defaults(run=run_show)
    made = parts.add_parser(
        "nieuw",
        help="maak een sleutel klaar die een andere gaat vervangen",
        description="Zet een nieuwe sleutel in de sleutelbos. Kopieer de sleutelbos daarna naar elke server,"
        " en neem de sleutel dan in gebruik met 'sleutel roteer'.",
    )
    made.add_argument("doel", metavar="DOEL", choices=DOELEN, help="zoeken, onthullen of ondertekenen")
    made.set_defaults(run=run_make)
    rotated = parts.add_parser(
        "roteer",
        help="vervang een sleutel door de nieuwe, of ga daarmee verder",
        description="Vervangt een sleutel door de nieuwe die klaarstaat. Stopt dit halverwege, dan gaat"
        " dezelfde opdracht verder waar het was.",
    )
    rotated.add_argument("doel", metavar="DOEL", choices=DOELEN, help="zoeken, onthullen of ondertekenen")
    rotated.set_defaults(run=run_rotate)
    destroyed = parts.add_parser(
        "vernietig",
        help="haal een oude sleutel voorgoed uit de sleutelbos",
        description="Controleert dat niets in de database een oude sleutel nog nodig heeft, en haalt hem dan"
        " voorgoed uit de sleutelbos. Reservekopieën van de database van voor de vervanging zijn daarna"
        " alleen nog te lezen met een oude kopie van de sleutelbos.",
    )
    destroyed.add_argument("sleutel", metavar="NUMMER", type=int, help="zie 'sleutel toon'")
    destroyed.add_argument("--ja", action="store_true", help="vraag niet of u het zeker weet")
    destroyed.set_defaults(run=run_destroy)
    wachtzin.register(parts)


def run_show(_: argparse.Namespace) -> int:
    """Show every key, without the keys themselves."""
    settings = Settings.load(os.environ)
    overview = _keeping(settings, show)
    console = Console()
    console.print(_table_of(overview))
    for one in overview:
        if one.controlesleutel is not None and one.sleutel.staat != "voorbereid":
            console.print(
                f"Controlesleutel {one.sleutel.id} ({one.sleutel.staat}): {one.controlesleutel}",
                soft_wrap=True,
                highlight=False,
                markup=False,
            )
    wrapped = RingFile(settings.sleutels).is_wrapped
    sys.stdout.write(f"De sleutelbos is {'' if wrapped else 'niet '}beveiligd met een wachtzin.\n")
    return 0


def run_make(args: argparse.Namespace) -> int:
    """Prepare a key."""
    settings = Settings.load(os.environ)
    number = _keeping(settings, lambda keeper: make(keeper, args.doel))
    sys.stdout.write(
        f"Sleutel {number} voor {args.doel} staat klaar in {settings.sleutels}.\n"
        "Kopieer de sleutelbos naar elke server en naar uw reservekopie. Neem de sleutel daarna in gebruik"
        f" met: verwerkingenlog sleutel roteer {args.doel}\n"
    )
    return 0


def run_rotate(args: argparse.Namespace) -> int:
    """Replace a key, or go on with that."""
    settings = Settings.load(os.environ)
    with shown_progress("Sleutel vervangen") as progress:
        outcome = _keeping(settings, lambda keeper: rotate(keeper, args.doel, progress))
    if outcome == "samen":
        sys.stdout.write(
            "De oude en de nieuwe sleutel ondertekenen nu allebei. Geef de nieuwe controlesleutel (zie"
            " 'sleutel toon') aan wie het log controleert. Draai daarna deze opdracht nog eens: dan stopt"
            " de oude.\n"
        )
    else:
        sys.stdout.write(
            f"De sleutel voor {args.doel} is vervangen. De oude is niet meer nodig; vernietig hem met:"
            " verwerkingenlog sleutel vernietig NUMMER\n"
        )
    return 0


def run_destroy(args: argparse.Namespace) -> int:
    """Take an old key from the ring for good."""
    settings = Settings.load(os.environ)
    if not args.ja:
        _confirm(args.sleutel)
    _keeping(settings, lambda keeper: destroy(keeper, args.sleutel))
    sys.stdout.write(
        f"Sleutel {args.sleutel} is vernietigd en staat niet meer in {settings.sleutels}.\n"
        "Kopieer de sleutelbos naar elke server, en vernietig daar en in uw reservekopieën de oude.\n"
    )
    return 0


def _keeping(settings: Settings, work: Callable[[Keeper], Awaitable[T]]) -> T:
    async def keep(connection: Connection, ring: KeyRing) -> T:
        file = RingFile(settings.sleutels, settings.sleutels_wachtzin)
        return await work(Keeper(connection, ring, file, present, os.urandom))

    return with_store(settings, keep, KEYS)


def _confirm(sleutel: int) -> None:
    if not sys.stdin.isatty():
        raise ConfigurationError("Geef --ja om een sleutel te vernietigen zonder dat het wordt gevraagd.")
    sys.stderr.write(f"Sleutel {sleutel} is daarna nergens meer terug te vinden.\n")
    if input("Typ het nummer van de sleutel om hem te vernietigen: ").strip() != str(sleutel):
        raise ConfigurationError("Er is niets vernietigd.")


def _table_of(overview: list[Overzicht]) -> Table:
    table = Table()
    for column in ("Nummer", "Doel", "Staat", "Gemaakt", "Nodig voor", "In deze sleutelbos"):
        table.add_column(column, overflow="fold")
    for sleutel, nodig, _, aanwezig in overview:
        made = "onbekend" if sleutel.gemaakt is None else f"{sleutel.gemaakt.astimezone():%Y-%m-%d %H:%M}"
        table.add_row(
            str(sleutel.id),
            Text(f"{sleutel.doel}: {_PURPOSES[sleutel.doel]}"),
            _STATES.get(sleutel.staat, sleutel.staat),
            made,
            "" if nodig is None else f"{nodig} {'persoon' if nodig == 1 else 'personen'}",
            "ja" if aanwezig else "nee",
            style="dim" if sleutel.staat in {"oud", "vernietigd"} else "",
        )
    return table
