"""The report of a purge: a table for the screen, and JSON and a page that stay (rule R2)."""

import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from jinja2 import Environment
from rich.table import Table
from rich.text import Text

from verwerkingenlog.domain.bewaartermijn import duration_of
from verwerkingenlog.domain.opschoning import Opschoonverslag
from verwerkingenlog.errors import ConfigurationError

REDENEN: Final = {
    "opgegeven": "opgegeven bij de verwerkingsactie",
    "verwerkingsactiviteit": "vastgesteld voor de verwerkingsactiviteit",
    "maximum": "maximum van de organisatie",
}
_AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
_HOUR, _MINUTE, _SECOND = 3_600_000_000, 60_000_000, 1_000_000


def prepare(folder: Path) -> None:
    """Make the folder for reports, before anything is removed that could not be reported.

    Raises `ConfigurationError` where no file can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"Er is niets verwijderd: in {folder} is geen verslag te schrijven ({error.strerror})."
            " Geef met --rapport een andere map."
        ) from None


def write_report(folder: Path, verslag: Opschoonverslag) -> Path:
    """Write the report as JSON and as a page for people, whole or not at all; give the page."""
    moment = verslag.begonnen.partition(".")[0].replace(":", "")
    path = folder / f"opschoning-{moment}Z-{verslag.opschoning[:8]}.html"
    content = msgspec.json.format(msgspec.json.encode(verslag), indent=2)
    _write(path.with_suffix(".json"), content + b"\n")
    _write(path, page_of(verslag).encode())
    return path


def page_of(verslag: Opschoonverslag) -> str:
    """Give the report as an HTML page that stands alone: no script, nothing from elsewhere, fit to print."""
    text = files("verwerkingenlog.cli").joinpath("opschoonverslag.html.jinja").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"moment": _moment, "dag": _day, "termijn": term_in_words, "getal": _number}
    return environment.from_string(text).render(
        verslag=verslag, redenen=REDENEN, zinnen=list(summary_of(verslag))
    )


def summary_of(verslag: Opschoonverslag) -> Iterator[str]:
    """Tell in sentences what a run did, or would do."""
    acties = _count(verslag.acties, "verwerkingsactie is", "verwerkingsacties zijn")
    if verslag.proef:
        yield f"Dit was een proef: er is niets verwijderd. {acties} de bewaartermijn voorbij."
        return
    yield f"{acties} verwijderd, met {_count(verslag.versies, 'versie', 'versies')}."
    personen = _count(verslag.betrokkenen, "persoon is", "personen zijn")
    yield f"{personen} vergeten, omdat niets in het log meer naar hen verwijst."
    if verslag.overgeslagen:
        blijven = _count(verslag.overgeslagen, "verwerkingsactie is", "verwerkingsacties zijn")
        yield (
            f"{blijven} gebleven, want er kwam intussen een nieuwe versie. De volgende opschoning kijkt er"
            " opnieuw naar."
        )
    if verslag.vervallen_manifesten:
        yield (
            "Een eerdere opschoning die niet af was, had meer aangekondigd. Daarvoor geldt nu een andere"
            " termijn. De aankondiging is vervallen."
        )
    if verslag.status == "onderbroken":
        yield "De opschoning is onderbroken. Start haar opnieuw: zij gaat verder waar zij was."
    if verslag.status == "mislukt":
        yield (
            f"De opschoning kon niet verder. {verslag.fout} Het log is heel. Start de opschoning daarna"
            " opnieuw: zij gaat verder waar zij was."
        )


def table_of(verslag: Opschoonverslag) -> Table:
    """Give what went, or would go, per reason, system and activity."""
    table = Table(title="Over de bewaartermijn heen" if verslag.proef else "Verwijderd")
    for column in ("Termijn", "Systeem", "Verwerkingsactiviteit"):
        table.add_column(column, overflow="fold")
    table.add_column("Aantal", justify="right")
    table.add_column("Van")
    table.add_column("Tot en met")
    for groep in verslag.groepen:
        cells = (
            f"{term_in_words(str(groep['bewaartermijn']))}\n{REDENEN[str(groep['reden'])]}",
            str(groep["systeem"]) or "niet opgegeven",
            str(groep["verwerkingsactiviteit"]) or "niet opgegeven",
            str(groep["acties"]),
            _day(str(groep["eerste"])),
            _day(str(groep["laatste"])),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def term_in_words(bewaartermijn: str) -> str:
    """Write a term in words: P1Y6M is 1 jaar en 6 maanden."""
    duur = duration_of(bewaartermijn)
    if duur is None:
        return "altijd"
    years, months = divmod(duur.months, 12)
    hours, rest = divmod(duur.microseconds, _HOUR)
    minutes, micros = divmod(rest, _MINUTE)
    seconds = f"{micros / _SECOND:.6f}".rstrip("0").rstrip(".").replace(".", ",")
    parts = [
        f"{amount} {one if str(amount) == '1' else more}"
        for amount, one, more in (
            (years, "jaar", "jaar"),
            (months, "maand", "maanden"),
            (duur.days, "dag", "dagen"),
            (hours, "uur", "uur"),
            (minutes, "minuut", "minuten"),
            (seconds, "seconde", "seconden"),
        )
        if str(amount) != "0"
    ]
    return " en ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts) or "0 dagen"


def _write(path: Path, content: bytes) -> None:
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(draft).replace(path)


def _count(number: int, one: str, more: str) -> str:
    return f"{_number(number)} {one if number == 1 else more}"


def _number(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _moment(written: str) -> str:
    return f"{_local(written):%d-%m-%Y om %H:%M} uur"


def _day(written: str) -> str:
    return f"{_local(written):%d-%m-%Y}"


def _local(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    try:
        return moment.astimezone(_AMSTERDAM)
    except OverflowError:  # in the last hours of Python's calendar
        return moment
