"""The applications that may call the log, and the form in which they are registered (rules S1, S2).

`parse_applicaties` reads what a file of applications holds, `parse_applicatie` one of them. Both tell all
faults at once, and never repeat a secret.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from verwerkingenlog.domain.betrokkene import is_oin
from verwerkingenlog.domain.toegang import Scope
from verwerkingenlog.errors import ConfigurationError

Api = Literal["bewerking", "inzage"]

MIN_SECRET: Final = 32
"""Characters; HS256 asks for a key of at least 256 bits (RFC 7518, section 3.2)."""
_MAX_SECRET: Final = 1024
_MAX_LABEL: Final = 255

_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,254}")
_PUBLIC_KEY: Final = re.compile(r"BEGIN |\s*(ssh-|ecdsa-|sk-)")
_FIELDS: Final = ("client_id", "secret", "secret_env", "label", "oins", "scopes")
_APIS: Final = ("bewerking", "inzage")


@dataclass(frozen=True, slots=True)
class Applicatie:
    """An application with its shared secret and what it was granted, per API.

    `None` for an API: no client of it. One that is registered for Bewerking has `create:normal` (rule S2).
    """

    client_id: str
    secret: str = field(repr=False)
    label: str
    oins: tuple[str, ...] = ()
    bewerking: frozenset[Scope] | None = None
    inzage: frozenset[Scope] | None = None

    def scopes(self, api: Api) -> frozenset[Scope] | None:
        """Give the scopes for one API; `None` if the registration does not name it (rule S2)."""
        return self.bewerking if api == "bewerking" else self.inzage


def parse_applicaties(document: object, environ: Mapping[str, str]) -> tuple[Applicatie, ...]:
    """Read the content of a file of applications; `environ` is where `secret_env` looks.

    Raises `ConfigurationError` with all faults, one a line.
    """
    faults: list[str] = []
    found = [
        _applicatie(f"applicaties.{number}", entry, environ, faults)
        for number, entry in enumerate(_entries(document, faults))
    ]
    names = [applicatie.client_id for applicatie in found if applicatie]
    faults += [f"client_id {name} staat er meer dan eens in." for name in _repeated(names)]
    _raise_all(faults)
    return tuple(applicatie for applicatie in found if applicatie)


def parse_applicatie(entry: Mapping[str, object], environ: Mapping[str, str]) -> Applicatie:
    """Read one application, in the form that the file has. Raises `ConfigurationError` with all faults."""
    faults: list[str] = []
    applicatie = _applicatie("applicatie", dict(entry), environ, faults)
    _raise_all(faults)
    if applicatie is None:
        raise ConfigurationError
    return applicatie


def granted(api: Api, scopes: frozenset[Scope] | None) -> frozenset[Scope] | None:
    """Add what a registration for an API gives by itself: `create:normal` for Bewerking (rule S2)."""
    if api == "bewerking" and scopes is not None:
        return scopes | {Scope.CREATE_NORMAL}
    return scopes


def _raise_all(faults: list[str]) -> None:
    if faults:
        raise ConfigurationError("\n".join(faults))


def _entries(document: object, faults: list[str]) -> list[object]:
    if not isinstance(document, dict) or not isinstance(document.get("applicaties"), list):
        faults.append("Er moet een lijst 'applicaties:' in staan. Schrijf 'applicaties: []' als die leeg is.")
        return []
    _refuse_unknown("bestand", document, ("applicaties",), faults)
    return list(document["applicaties"])


def _applicatie(
    place: str, entry: object, environ: Mapping[str, str], faults: list[str]
) -> Applicatie | None:
    if not isinstance(entry, dict):
        faults.append(f"{place}: dit is geen applicatie met velden als client_id, secret en scopes.")
        return None
    before = len(faults)
    _refuse_unknown(place, entry, _FIELDS, faults)
    client_id = _client_id(place, entry.get("client_id"), faults)
    place = f"{place} ({client_id})" if client_id else place
    applicatie = Applicatie(
        client_id=client_id,
        secret=_secret(place, entry, environ, faults),
        label=_label(place, entry.get("label", client_id), faults),
        oins=_texts(f"{place}.oins", entry.get("oins", []), _oin_fault, faults),
        **_scopes(place, entry.get("scopes"), faults),
    )
    return applicatie if len(faults) == before else None


def _client_id(place: str, value: object, faults: list[str]) -> str:
    if isinstance(value, str) and _CLIENT_ID.fullmatch(value):
        return value
    faults.append(
        f"{place}.client_id: verplicht; tekst van 1 tot 255 letters, cijfers en . _ : @ / -,"
        " te beginnen met een letter of cijfer. Zet een getal tussen aanhalingstekens."
    )
    return ""


def _secret(place: str, entry: dict[str, object], environ: Mapping[str, str], faults: list[str]) -> str:
    if ("secret" in entry) == ("secret_env" in entry):
        faults.append(f"{place}: geef secret of secret_env, precies één van beide.")
        return ""
    name, value = "secret", entry.get("secret")
    if "secret_env" in entry:
        name = "secret_env"
        value = environ.get(str(entry["secret_env"]))
        if value is None:
            faults.append(f"{place}.secret_env: deze omgevingsvariabele bestaat niet.")
            return ""
    fault = _secret_fault(value)
    if fault:
        faults.append(f"{place}.{name}: {fault}")
    return str(value)


def _secret_fault(value: object) -> str | None:
    if not isinstance(value, str):
        return "het secret moet tekst zijn. Zet een getal tussen aanhalingstekens."
    if not MIN_SECRET <= len(value) <= _MAX_SECRET:
        return f"het secret moet {MIN_SECRET} tot {_MAX_SECRET} tekens lang zijn."
    if not value.isprintable():
        return "het secret mag geen regeleinden of onzichtbare tekens hebben."
    if _PUBLIC_KEY.match(value) or "BEGIN " in value:
        return "dit is een publieke sleutel; die is geen geheim. Kies een willekeurig secret."
    return None


def _label(place: str, value: object, faults: list[str]) -> str:
    if isinstance(value, str) and len(value) <= _MAX_LABEL and value.isprintable():
        return value
    faults.append(f"{place}.label: tekst van hoogstens {_MAX_LABEL} tekens, op één regel.")
    return ""


def _scopes(place: str, value: object, faults: list[str]) -> dict[str, frozenset[Scope] | None]:
    if not isinstance(value, dict):
        faults.append(f"{place}.scopes: verplicht; noem per API (bewerking, inzage) een lijst van scopes.")
        return {}
    _refuse_unknown(f"{place}.scopes", value, _APIS, faults)
    return {
        "bewerking": granted("bewerking", _scope_list(f"{place}.scopes", "bewerking", value, faults)),
        "inzage": granted("inzage", _scope_list(f"{place}.scopes", "inzage", value, faults)),
    }


def _scope_list(
    place: str, api: Api, scopes: dict[str, object], faults: list[str]
) -> frozenset[Scope] | None:
    if api not in scopes:
        return None
    before = len(faults)
    names = _texts(f"{place}.{api}", scopes[api], _scope_fault, faults)
    return frozenset(Scope(name) for name in names) if len(faults) == before else frozenset()


def _scope_fault(name: str) -> str | None:
    known = [scope.value for scope in Scope]
    return None if name in known else f"de scope {name!r} bestaat niet. Kies uit: {', '.join(known)}."


def _oin_fault(text: str) -> str | None:
    return None if is_oin(text) else "een OIN is 20 cijfers."


def _texts(
    place: str, value: object, fault_of: Callable[[str], str | None], faults: list[str]
) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        faults.append(f"{place}: dit moet een lijst van teksten zijn, tussen aanhalingstekens; [] is leeg.")
        return ()
    faults += [f"{place}: {fault}" for item in value if (fault := fault_of(item))]
    faults += [f"{place}: {item!r} staat er meer dan eens in." for item in _repeated(value)]
    return tuple(value)


def _repeated(items: list[str]) -> list[str]:
    return sorted({item for item in items if items.count(item) > 1})


def _refuse_unknown(place: str, entry: dict[str, object], known: tuple[str, ...], faults: list[str]) -> None:
    faults += [
        f"{place}: het veld {str(key)!r} is onbekend. Bekend zijn: {', '.join(known)}."
        for key in entry
        if key not in known
    ]
