"""`verwerkingenlog beheerlog`: what administrators did to the log."""

import argparse
import os
import sys
from collections.abc import Mapping
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from verwerkingenlog.cli.arguments import Subparsers
from verwerkingenlog.cli.store import with_store
from verwerkingenlog.config import Settings
from verwerkingenlog.operations.beheer import show
from verwerkingenlog.storage.beheer import Beheerrecord
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing

_MOST: Final = 3
"""A list whose parts say more than this many things is shown as how many there are."""


def register(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "beheerlog",
        help="toon wat beheerders met het log deden",
        description="Toont wie wat wanneer met het log deed: sleutels, applicaties, opschonen, verhuizen en"
        " bijwerken. Er staan geen personen in.",
    )
    parser.add_argument("--json", action="store_true", help="een JSON-object per regel, voor een programma")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show every act, from old to new."""

    async def records(connection: Connection, _: KeyRing) -> list[Beheerrecord]:
        return await show(connection)

    found = with_store(Settings.load(os.environ), records)
    if args.json:
        for one in found:
            sys.stdout.write(f"{msgspec.json.encode(_as_json(one)).decode()}\n")
    else:
        Console().print(_table_of(found))
    return 0


def _as_json(one: Beheerrecord) -> dict[str, object]:
    return {
        "volgnummer": one.volgnummer,
        "tijdstip": one.daad.tijdstip,
        "wie": one.daad.wie,
        "gebeurtenis": one.daad.gebeurtenis,
        "inhoud": one.daad.inhoud,
        "verzegeld": one.gezegeld,
    }


def _table_of(records: list[Beheerrecord]) -> Table:
    table = Table(caption="Alle bijzonderheden staan in de uitvoer van --json.", caption_justify="left")
    table.add_column("Nummer", justify="right", no_wrap=True)
    table.add_column("Wanneer", min_width=10)
    table.add_column("Wie", overflow="fold")
    table.add_column("Wat", overflow="fold", ratio=1)
    table.add_column("Verzegeld")
    for one in records:
        what = Text(one.daad.gebeurtenis.replace("_", " "), style="bold")
        # Text, since what an administrator wrote may look like markup of Rich's.
        details = Text("".join(f"\n{line}" for line in _lines(one.daad.inhoud)), style="not bold")
        table.add_row(
            str(one.volgnummer),
            f"{one.daad.tijdstip.astimezone():%Y-%m-%d %H:%M:%S}",
            Text(one.daad.wie),
            what + details,
            "ja" if one.gezegeld else "nog niet",
        )
    return table


def _lines(inhoud: Mapping[str, object]) -> list[str]:
    """Give what a record holds as lines that people read; what is long is counted."""
    shown = ((name, _words(value)) for name, value in inhoud.items())
    return [f"{name.replace('_', ' ')}: {words}" for name, words in shown if words]


def _words(value: object) -> str:
    match value:
        case dict():
            return "; ".join(f"{name} {_words(one)}" for name, one in value.items())
        case list() if any(isinstance(one, dict) and len(one) > _MOST for one in value):
            return str(len(value))
        case list():
            apart = "; " if any(isinstance(one, dict) for one in value) else ", "
            return apart.join(
                " ".join(map(_words, one.values())) if isinstance(one, dict) else _words(one) for one in value
            )
        case _:
            return "" if value is None else str(value)
