"""`verwerkingenlog beheerlog`: what administrators did to the log."""

import argparse
import os
import sys

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
    table = Table()
    for column in ("Wanneer", "Wie", "Wat", "Bijzonderheden", "Verzegeld"):
        table.add_column(column, overflow="fold")
    for one in records:
        # Text, since what an administrator wrote may look like markup of Rich's.
        table.add_row(
            f"{one.daad.tijdstip.astimezone():%Y-%m-%d %H:%M:%S}",
            Text(one.daad.wie),
            one.daad.gebeurtenis.replace("_", " "),
            Text(msgspec.json.encode(one.daad.inhoud).decode()),
            "ja" if one.gezegeld else "nog niet",
        )
    return table
