"""What the demo prints once it runs: where it is, who lives there and what to try."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from verwerkingenlog.demo.attempts import Attempt
from verwerkingenlog.demo.inhabitants import ROLLEN
from verwerkingenlog.demo.municipality import NAAM

_WIDEST: Final = 100
_SHELL: Final = (
    (re.compile("^curl"), "bold"),
    (re.compile(r"https?://[^\s']+"), "cyan"),
    (re.compile(r'(?<=: )"[^"\n]*"|(?<=: )\d+'), "green"),
    (re.compile(r"(?<=Bearer )\$\([^)]*\)"), "magenta"),
)
"""What is coloured in a command, in colours that can be read on black and on white."""


class Visit(NamedTuple):
    """What a visitor is told."""

    url: str
    metrics: str
    """The address of the metrics; empty when they are off."""
    acties: int
    data: Path
    here: Path
    attempts: tuple[Attempt, ...]


def greet(console: Console, visit: Visit) -> None:
    """Print the welcome; commands are never broken into lines of the terminal's width."""
    width = min(console.width, _WIDEST)
    console.print()
    console.print(_title(visit), width=width)
    _head(console, "Adressen")
    console.print(Padding(_addresses(visit), (0, 0, 0, 2)), width=width)
    _head(console, "Wie u kunt opzoeken")
    console.print(Padding(_roles(), (0, 0, 0, 2)), width=width)
    _head(console, "Probeer", f"plak dit in een tweede venster, in de map {visit.here}")
    console.print()
    for number, attempt in enumerate(visit.attempts, 1):
        _print_attempt(console, number, attempt)
    console.print(
        Text.assemble(("Ctrl-C", "bold"), f" stopt de demo. De gegevens blijven in {visit.data}.\n"),
        soft_wrap=True,
    )


def _title(visit: Visit) -> Panel:
    text = Text.assemble(
        ("Het verwerkingenlog van de gemeente ", "bold"),
        (NAAM, "bold green"),
        f"\n{visit.acties} verwerkingsacties van vijf systemen, uit het laatste half jaar.",
        "\nDe gemeente en haar inwoners zijn verzonnen.",
    )
    return Panel(text, box=box.ROUNDED, border_style="green", padding=(0, 2), expand=False)


def _head(console: Console, title: str, remark: str = "") -> None:
    line = Text.assemble("\n", (title, "bold green"), (f"  {remark}" if remark else "", "dim"))
    console.print(line, soft_wrap=True)


def _grid(rows: Iterable[tuple[Text | str, ...]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for row in rows:
        grid.add_row(*row)
    return grid


def _addresses(visit: Visit) -> Table:
    rows = [
        ("Bewerking API", _link(f"{visit.url}/bewerking/api/v1/documentatie")),
        ("Inzage API", _link(f"{visit.url}/inzage/api/v1/documentatie")),
        ("Bewijzen", _link(f"{visit.url}/bewijs/v1/documentatie")),
        ("OpenAPI", _link(f"{visit.url}/bewerking/api/v1/openapi.yaml")),
        ("", _link(f"{visit.url}/inzage/api/v1/openapi.yaml")),
    ]
    if visit.metrics:
        rows.append(("Metrieken", _link(visit.metrics)))
    return _grid(rows)


def _roles() -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("BSN", style="bold")
    table.add_column("wie")
    table.add_column("ziet in het log")
    for rol in ROLLEN:
        table.add_row(*rol)
    return table


def _print_attempt(console: Console, number: int, attempt: Attempt) -> None:
    console.print(Text.assemble((f"{number}. {attempt.title}", "bold green")), soft_wrap=True)
    command = Text(attempt.command)
    for pattern, style in _SHELL:
        command.highlight_regex(pattern, style)
    # Not indented, so that what is copied from the screen is the command and nothing else.
    console.print(command, soft_wrap=True)
    console.print(Text(f"→ {attempt.notice}\n", "dim"))


def _link(url: str) -> Text:
    return Text(url, f"cyan link {url}", overflow="fold", no_wrap=True)
