"""`verwerkingenlog importeer`: bring the archive of another log into this one."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from verwerkingenlog.cli.arguments import Subparsers
from verwerkingenlog.cli.verhuizing import shown_progress, with_removal
from verwerkingenlog.config import Settings
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.operations.verhuizing.identiteit import make_identity, read_identities
from verwerkingenlog.operations.verhuizing.invoer import Archief, Ingelezen, importeer, look
from verwerkingenlog.operations.verhuizing.verhuizer import Verhuizer
from verwerkingenlog.storage.database import reachable

_SHOWN: Final = 100


def register(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "importeer",
        help="lees het archief van een ander log in",
        description="Controleert het hele archief en leest het dan in, in een leeg log of in een log dat in"
        " gebruik is. Klopt er iets niet, dan wordt er niets ingelezen. Is het inlezen onderbroken, doe het"
        " dan opnieuw: wat er al is, wordt overgeslagen.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("archief", metavar="ARCHIEF", type=Path, nargs="?", help="het archief")
    what.add_argument(
        "--maak-identiteit",
        metavar="BESTAND",
        type=Path,
        help="maak een sleutel om een archief mee te openen, en toon voor welke ontvanger u het laat maken",
    )
    parser.add_argument("--identiteit", metavar="BESTAND", type=Path, help="de sleutel die het archief opent")
    trust = parser.add_mutually_exclusive_group()
    trust.add_argument(
        "--sleutel",
        metavar="SLEUTEL",
        action="append",
        default=[],
        dest="sleutels",
        help="de sleutel van het andere log, zoals de beheerder daarvan hem u gaf. Mag vaker",
    )
    trust.add_argument(
        "--vertrouw", action="store_true", help="vertrouw de sleutels die in het archief zelf staan"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make an identity, or import the archive."""
    if args.maak_identiteit is not None:
        recipient = make_identity(args.maak_identiteit)
        sys.stderr.write(
            f"De identiteit staat in {args.maak_identiteit}. Bewaar haar goed: zonder haar gaat het archief"
            " niet open.\nGeef dit aan wie het archief maakt:\n"
        )
        sys.stderr.flush()
        sys.stdout.write(f"{recipient}\n")
        return 0
    if args.identiteit is None:
        raise ConfigurationError("Geef met --identiteit het bestand met de sleutel die het archief opent.")
    settings = Settings.load(os.environ)
    with _opened(args.archief) as source:
        archief = Archief(source, read_identities(args.identiteit))
        keys = args.sleutels or _keys_in(archief, trusted=args.vertrouw)
        _tell(_import(settings, archief, keys, args.archief))
    return 0


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ConfigurationError(f"Het archief {path} is niet te lezen: {error.strerror}.") from None


def _keys_in(archief: Archief, *, trusted: bool) -> Sequence[str]:
    kop = look(archief)
    shown = "".join(f"  --sleutel {sleutel}\n" for sleutel in kop.sleutels)
    told = f"Dit archief zegt dat het van het log {kop.naam} is, met deze sleutels:\n{shown}"
    if not trusted:
        raise ConfigurationError(
            f"{told}Vergelijk ze met wat de beheerder van dat log u gaf, langs een andere weg dan het"
            " archief. Geef ze dan mee met --sleutel, of geef --vertrouw."
        )
    sys.stderr.write(f"{told}U vertrouwt ze.\n")
    return kop.sleutels


def _import(settings: Settings, archief: Archief, keys: Sequence[str], path: Path) -> Ingelezen:
    conflicts = _Conflicts(path.with_name(f"{path.name}.conflicten.txt"))

    async def work(verhuizer: Verhuizer) -> Ingelezen:
        async with reachable():
            return await importeer(verhuizer, archief, keys, conflicts.add)

    with conflicts, shown_progress("Importeren") as progress:
        return with_removal(settings, work, progress)


class _Conflicts(ExitStack):
    """Shows the first acties that are here with other content, and writes all of them in a file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._file: TextIO | None = None
        self._count = 0

    def add(self, actie_id: str) -> None:
        if self._file is None:
            sys.stderr.write(
                f"Deze verwerkingsacties zijn er al, met andere inhoud. Alle staan in {self._path}:\n"
            )
            self._file = self.enter_context(self._path.open("w", encoding="ascii"))
        self._file.write(f"{actie_id}\n")
        self._count += 1
        if self._count <= _SHOWN:
            sys.stderr.write(f"  {actie_id}\n")


def _tell(done: Ingelezen) -> None:
    if done.eerder_klaar:
        sys.stdout.write("Dit archief is eerder al helemaal ingelezen. Er is niets veranderd.\n")
        return
    sys.stdout.write(
        f"Ingelezen: {done.geschreven} verwerkingsacties uit het log {done.overzicht.kop.naam}. Er waren er"
        f" {done.aanwezig} al.\n"
    )
