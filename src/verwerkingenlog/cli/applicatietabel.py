"""The applications as a table for people; it holds no secret."""

from collections.abc import Iterable
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from verwerkingenlog.domain.applicatie import Applicatie
from verwerkingenlog.domain.toegang import Scope
from verwerkingenlog.storage.applicaties import Aanmelding


def table_of(from_file: Iterable[Applicatie], from_database: Iterable[Aanmelding]) -> Table:
    """Give the table: what the file holds, then what the database holds, withdrawn ones too."""
    table = Table()
    for column in ("Applicatie", "Bewerking", "Inzage", "OIN's", "Geldig"):
        table.add_column(column, overflow="fold")
    for applicatie in from_file:
        table.add_row(*_cells(applicatie), Text("staat in het bestand"))
    for aanmelding in from_database:
        style = "dim" if aanmelding.ingetrokken is not None else ""
        table.add_row(*_cells(aanmelding), _period(aanmelding), style=style)
    return table


def _cells(one: Applicatie | Aanmelding) -> list[Text]:
    # Text, since a label may look like markup of Rich's.
    name = one.client_id if one.label == one.client_id else f"{one.client_id}\n{one.label}"
    return [Text(text) for text in (name, _scopes(one.bewerking), _scopes(one.inzage), "\n".join(one.oins))]


def _scopes(scopes: frozenset[Scope] | None) -> str:
    if scopes is None:
        return "niet aangemeld"
    return "\n".join(sorted(scopes)) or "geen scopes"


def _period(aanmelding: Aanmelding) -> Text:
    since = f"sinds {_moment(aanmelding.toegevoegd)}"
    if aanmelding.ingetrokken is None:
        return Text(since)
    return Text(f"{since}\ningetrokken {_moment(aanmelding.ingetrokken)}")


def _moment(instant: int) -> str:
    return datetime.fromtimestamp(instant // 1_000_000, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
