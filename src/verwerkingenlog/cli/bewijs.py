"""`verwerkingenlog bewijs`: make a proof of what is in the log, and check one without the log."""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from verwerkingenlog.cli.arguments import Subparsers
from verwerkingenlog.cli.store import address
from verwerkingenlog.config import Settings
from verwerkingenlog.domain.formats import uuid_or_none
from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.toegang import Aanroeper, Scope
from verwerkingenlog.domain.verwerkingsactie import actie_id_of
from verwerkingenlog.errors import ConfigurationError, NotFound, NotSealed
from verwerkingenlog.operations.beheer import wie
from verwerkingenlog.operations.bewijs import prove_occurrence, prove_versie
from verwerkingenlog.operations.bewijscontrole import Tegels, check_growth, check_proof, keys_from
from verwerkingenlog.operations.installation import check_installation
from verwerkingenlog.operations.log import Log, eigenaar_of
from verwerkingenlog.storage.bulk_commit import BulkCommit
from verwerkingenlog.storage.database import SERVING, open_pool
from verwerkingenlog.storage.group_commit import GroupCommit
from verwerkingenlog.storage.writing import Writer

_APPLICATIE = "verwerkingenlog bewijs"
_CONNECTIONS = 2
"""One that reads, and one that writes the entry of the read (rule L1)."""
_PATIENCE = 30
"""Seconds."""


def register(subparsers: Subparsers) -> None:
    """Declare the command and its two parts."""
    parser = subparsers.add_parser(
        "bewijs",
        help="maak of controleer een bewijs",
        description="Maakt een bewijs van wat er in het log staat, en controleert een bewijs zonder het log.",
    )
    parts = parser.add_subparsers(title="opdrachten", metavar="OPDRACHT", required=True)
    _register_make(parts)
    _register_check(parts)


def _register_make(parts: Subparsers) -> None:
    parser = parts.add_parser(
        "maak",
        help="maak een bewijs van een verwerkingsactie",
        description="Maakt een bewijs van een verwerkingsactie. Staan er personen in, dan is dat een"
        " raadpleging door u, die het log vastlegt.",
    )
    parser.add_argument("actie_id", metavar="ACTIEID", type=_uuid, help="het actieId van de verwerkingsactie")
    parser.add_argument("--versie", metavar="NUMMER", type=_number, help="welke versie; anders de laatste")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--zonder-personen", action="store_true", help="laat alle personen dicht")
    shown.add_argument(
        "--object",
        metavar="VERWERKTOBJECTID",
        type=_uuid,
        help="open alleen wat deze ene persoon mag zien, zoals in de Inzage API",
    )
    parser.add_argument("-o", "--uitvoer", metavar="BESTAND", type=Path, help="schrijf het bewijs hierin")
    parser.set_defaults(run=run_make)


def _register_check(parts: Subparsers) -> None:
    parser = parts.add_parser(
        "controleer",
        help="controleer een bewijs",
        description="Controleert een bewijs en toont wat er bewezen is. Hiervoor is het log niet nodig.",
    )
    parser.add_argument("bestand", metavar="BESTAND", type=Path, help="het bewijs")
    parser.add_argument(
        "--sleutel",
        metavar="SLEUTEL",
        action="append",
        required=True,
        help="de publieke sleutel van het log (naam+hash+sleutel); mag vaker",
    )
    parser.add_argument(
        "--checkpoint",
        metavar="BESTAND",
        type=Path,
        help="een ander checkpoint van het log: controleer ook dat het log tussen die twee alleen groeide",
    )
    parser.add_argument(
        "--tegels",
        metavar="PLEK",
        help="waar de tegels van het log zijn, voor --checkpoint: een map, of een adres als https://…/bewijs/v1",
    )
    parser.set_defaults(run=run_check)


def run_make(args: argparse.Namespace) -> int:
    """Make a proof, in a file that only its owner can read or on standard output."""
    settings = Settings.load(os.environ)
    make = _making(args)
    with address(settings, SERVING) as url:
        proof = asyncio.run(_with_log(settings, url, make))
    if args.uitvoer is None:
        sys.stdout.write(proof.decode())
    else:
        _write(args.uitvoer, proof)
    return 0


def run_check(args: argparse.Namespace) -> int:
    """Check a proof, and tell what is proven."""
    keys = keys_from(args.sleutel)
    bewezen = check_proof(_read(args.bestand), keys)
    lines = [bewezen.tekst]
    if args.checkpoint is not None:
        note = _read(args.checkpoint).decode(errors="replace")
        other = check_growth(bewezen.checkpoint, note, keys, _tegels(args.tegels))
        order = "daarna" if other.size >= bewezen.checkpoint.size else "daarvoor"
        growth = f"tussen dit bewijs en het checkpoint van {order}, met {other.size} bladen, groeide het log"
        lines += ["", f"Ook bewezen: {growth} alleen."]
    sys.stdout.write("\n".join([*lines, ""]))
    return 0


def _making(args: argparse.Namespace) -> Callable[[Log], Awaitable[bytes]]:
    administrator = Aanroeper(_APPLICATIE, wie(), frozenset(Scope))
    if args.object is None:
        return partial(
            prove_versie,
            aanroeper=administrator,
            actie_id=args.actie_id,
            nummer=args.versie,
            leesgegevens=Leesgegevens(),
            personen=not args.zonder_personen,
        )
    if args.versie is not None:
        raise ConfigurationError("--versie kan niet samen met --object: dat gaat over de laatste versie.")
    if actie_id_of(args.object)[0] != args.actie_id:
        raise ConfigurationError("--object: dit verwerkte object hoort niet bij deze verwerkingsactie.")
    return partial(
        prove_occurrence, aanroeper=administrator, object_id=args.object, leesgegevens=Leesgegevens()
    )


async def _with_log(settings: Settings, url: str, make: Callable[[Log], Awaitable[bytes]]) -> bytes:
    async with await open_pool(url, SERVING, _CONNECTIONS) as pool:
        async with pool.acquire() as connection:
            ring = await check_installation(connection, settings.sleutels, settings.sleutels_wachtzin)
        writer = Writer(ring, os.urandom)
        log = Log(
            pool=pool,
            ring=ring,
            writer=writer,
            group_commit=GroupCommit(pool, writer, settings.wachtrij, lambda *_: None),
            bulk_commit=BulkCommit(pool, writer, lambda _: None),
            clock=lambda: datetime.now(UTC),
            random=os.urandom,
            eigenaar=eigenaar_of(settings),
            observe_read=lambda: None,
        )
        try:
            return await make(log)
        except NotSealed:
            raise NotSealed(
                "Deze versie is nog niet verzegeld. Draait er een server, probeer het dan over een seconde"
                " opnieuw. Anders: verwerkingenlog zegel --eenmaal"
            ) from None


def _tegels(place: str | None) -> Tegels:
    if place is None:
        raise ConfigurationError("Geef met --tegels de map of het adres met de tegels van het log.")
    if re.match("https?://", place):
        return partial(_download, place.rstrip("/"))
    return lambda path: _tile_in(Path(place) / path)


def _download(base: str, path: str) -> bytes:
    import httpx  # noqa: PLC0415 - takes longer than a whole command that needs it not

    try:
        answer = httpx.get(f"{base}/{path}", timeout=_PATIENCE)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ConfigurationError(f"{base} is niet bereikbaar ({type(error).__name__}).") from None
    if answer.status_code != httpx.codes.OK:
        raise NotFound(f"{base}/{path} is er niet (status {answer.status_code}).")
    return answer.content


def _tile_in(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise NotFound(f"De tegel {path} is er niet.") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} is niet te lezen: {error.strerror}.") from None


def _write(path: Path, proof: bytes) -> None:
    try:
        # It may hold data of persons; a file that is there already keeps who may read it.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(proof)
    except OSError as error:
        raise ConfigurationError(f"{path} is niet te schrijven: {error.strerror}.") from None


def _uuid(text: str) -> str:
    found = uuid_or_none(text)
    if found is None:
        raise argparse.ArgumentTypeError("geef een UUID")
    return found


def _number(text: str) -> int:
    if re.fullmatch("[1-9][0-9]{0,8}", text) is None:
        raise argparse.ArgumentTypeError("geef een getal vanaf 1")
    return int(text)
