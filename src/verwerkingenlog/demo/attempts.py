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
            _token(at, ZAAKSYSTEEM) + _curl("-i", acties, _actie(PARTNERS[0], now)),
            "Antwoord 201: de actie staat op schijf.",
        ),
        Attempt(
            "De functionaris leest wat er met gegevens van deze inwoner is gedaan",
            _token(at, PRIVACY) + _readable(at, _curl("-s", f"{acties}/_zoek", _search(PARTNERS[0]))),
            "De nieuwste drie, die van u bovenaan. Achter 'next' staat de volgende pagina.",
        ),
        Attempt(
            "Een inwoner kijkt in het eigen log",
            _token(at, INWONERSPORTAAL)
            + _readable(at, _curl("-s", f"{objecten}/_zoek", _search_period(GETUIGE, now))),
            "Zij was getuige, en ziet niets van het paar. Kijk nog eens: ook het kijken staat erin.",
        ),
        Attempt(
            "De functionaris ziet hoe een actie is verbeterd",
            _token(at, PRIVACY) + _readable(at, _curl("-s", f"{acties}/{gecorrigeerd}/versies")),
            "Twee versies, met wie ze schreef. Er is niets overschreven.",
        ),
    )


def _token(at: Workplace, systeem: Systeem) -> str:
    applicaties, program = _path(at.applicaties), _path(at.programs / "verwerkingenlog")
    return f"TOKEN=$(VERWERKINGENLOG_APPLICATIES={applicaties} \\\n  {program} token {systeem.client_id})\n"


def _curl(option: str, url: str, body: str = "") -> str:
    command = f'curl {option} {shlex.quote(url)} \\\n  -H "Authorization: Bearer $TOKEN"'
    return f"{command} \\\n  -H 'Content-Type: application/json' -d '{body}'" if body else command


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
