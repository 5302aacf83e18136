"""What a visitor can try: commands that work when they are pasted into a shell."""

import shlex
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from verwerkingenlog.demo.inhabitants import GETUIGE, PARTNERS, Rol
from verwerkingenlog.demo.municipality import DIENSTVERLENING, INWONERSPORTAAL, PRIVACY, ZAAKSYSTEEM, Systeem


class Workplace(NamedTuple):
    """Where the commands are pasted: the log's address, and the paths as a shell there writes them."""

    url: str
    programs: Path
    applicaties: Path


class Attempt(NamedTuple):
    """A command, what it does and what to notice in its answer."""

    title: str
    command: str
    notice: str


def attempts(at: Workplace, now: datetime, gecorrigeerd: str) -> tuple[Attempt, ...]:
    """Give what to try; `gecorrigeerd` is the id of the actie that was corrected."""
    acties = f"{at.url}/bewerking/api/v1/verwerkingsacties"
    objecten = f"{at.url}/inzage/api/v1/verwerkte-objecten"
    return (
        Attempt(
            "Een systeem legt iets vast",
            _curl(at, ZAAKSYSTEEM, f"-i {acties}", _actie(PARTNERS[0], now)),
            "Antwoord 201: de actie staat op schijf.",
        ),
        Attempt(
            "De functionaris leest wat er met gegevens van deze inwoner is gedaan",
            _readable(at, _curl(at, PRIVACY, f"-s {acties}/_zoek", _search(PARTNERS[0]))),
            "De nieuwste drie, die van u bovenaan. Achter 'next' staat de volgende pagina.",
        ),
        Attempt(
            "Een inwoner kijkt in het eigen log",
            _readable(at, _curl(at, INWONERSPORTAAL, f"-s {objecten}/_zoek", _search_period(GETUIGE, now))),
            "Zij ziet niets van het bruidspaar. Kijk nog eens: ook het kijken staat erin.",
        ),
        Attempt(
            "De functionaris ziet hoe een actie is verbeterd",
            _readable(at, _curl(at, PRIVACY, f"-s {acties}/{gecorrigeerd}/versies")),
            "Twee versies, met wie ze schreef. Er is niets overschreven.",
        ),
    )


def _curl(at: Workplace, systeem: Systeem, what: str, body: str = "") -> str:
    """Write a request; a token is made when it runs, for it is valid for an hour (rule S1)."""
    lines = [
        f"curl {what} \\",
        '  -H "Authorization: Bearer $(',
        f"    VERWERKINGENLOG_APPLICATIES={_path(at.applicaties)} \\",
        f'    {_path(at.programs / "verwerkingenlog")} token {systeem.client_id})"',
    ]
    request = "\n".join(lines)
    return f"{request} \\\n  -H 'Content-Type: application/json' -d '{body}'" if body else request


def _readable(at: Workplace, command: str) -> str:
    return f"{command} |\n  {_path(at.programs / 'python')} -m json.tool --no-ensure-ascii"


def _path(path: Path) -> str:
    return shlex.quote(str(path))


def _actie(over: Rol, now: datetime) -> str:
    return f"""{{
    "actieNaam": "Opvragen adres",
    "verwerkingNaam": "Vraag over trouwlocatie",
    "verwerkingsactiviteitId": "{DIENSTVERLENING.id}",
    "vertrouwelijkheid": "normaal",
    "tijdstip": "{now.isoformat(timespec="seconds")}",
    "verwerkteObjecten": [{{
      {_person(over)},
      "verwerkteSoortenGegevens": [{{"soortGegeven": "Adres"}}]
    }}]
  }}"""


def _search(over: Rol) -> str:
    return f"""{{
    {_person(over)},
    "pageSize": 3
  }}"""


def _search_period(over: Rol, now: datetime) -> str:
    return f"""{{
    {_person(over)},
    "beginDatum": "{now.year - 1}-01-01", "eindDatum": "{now.year + 1}-01-01"
  }}"""


def _person(rol: Rol) -> str:
    return f'"objecttype": "persoon", "soortObjectId": "BSN", "objectId": "{rol.bsn}"'
