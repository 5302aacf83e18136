"""Which term a record answers to, and why (rule R2); the organisation's terms per verwerkingsactiviteit."""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from msgspec import Struct

from verwerkingenlog.domain.bewaartermijn import check_bewaartermijn
from verwerkingenlog.domain.formats import check_uuid
from verwerkingenlog.errors import ConfigurationError

_LIST = "verwerkingsactiviteiten"
_FIELDS = ("id", "bewaartermijn", "naam")


class Reden(Enum):
    """Whose term it is that a record answers to (rule R2)."""

    OPGEGEVEN = "opgegeven"
    """Given with the record itself."""
    VERWERKINGSACTIVITEIT = "verwerkingsactiviteit"
    """Set by the organisation for the verwerkingsactiviteit."""
    MAXIMUM = "maximum"
    """Set by the organisation for whatever has no other term."""


class Termijn(NamedTuple):
    """A term (ISO 8601 duration) and why it holds."""

    reden: Reden
    bewaartermijn: str


class Bewaarregels(Struct, frozen=True):
    """The terms of the organisation: per verwerkingsactiviteit (UUID in lower case), and its maximum."""

    per_activiteit: Mapping[str, str]
    maximum: str | None

    def effective_term(
        self, bewaartermijn: str | None, verwerkingsactiviteit_id: str | None
    ) -> Termijn | None:
        """Give the term of a record whose current version has these two; None: it is kept.

        Each criterion counts only where the one before it is missing, so a given term that is longer than
        the organisation's maximum is not cut short (rule R2).
        """
        if bewaartermijn is not None:
            return Termijn(Reden.OPGEGEVEN, bewaartermijn)
        if verwerkingsactiviteit_id is not None and verwerkingsactiviteit_id in self.per_activiteit:
            return Termijn(Reden.VERWERKINGSACTIVITEIT, self.per_activiteit[verwerkingsactiviteit_id])
        return None if self.maximum is None else Termijn(Reden.MAXIMUM, self.maximum)


def parse_bewaartermijnen(document: object) -> dict[str, str]:
    """Read the terms per verwerkingsactiviteit, by its UUID in lower case.

    `document` is the mapping of the YAML file, `{verwerkingsactiviteiten: [{id, bewaartermijn, naam}]}`;
    `naam` is for its readers and may be left out. Raises `ConfigurationError` that names every fault, one
    sentence a line.
    """
    faults: list[str] = []
    terms: dict[str, str] = {}
    for number, entry in enumerate(_entries(document, faults), start=1):
        place = f"{_LIST}[{number}]"
        if not isinstance(entry, dict):
            faults.append(f"{place}: dit is geen verwerkingsactiviteit met velden als id en bewaartermijn.")
            continue
        activiteit_id, term = _entry(place, entry, faults)
        if activiteit_id and activiteit_id in terms:
            faults.append(f"{place}.id: {activiteit_id} staat er meer dan eens. Houd één termijn over.")
        terms[activiteit_id] = term
    if faults:
        raise ConfigurationError("\n".join(faults))
    return terms


def _entries(document: object, faults: list[str]) -> list[object]:
    if not isinstance(document, dict) or not isinstance(document.get(_LIST), list):
        faults.append(f"Er moet een lijst '{_LIST}:' in staan. Schrijf '{_LIST}: []' als die leeg is.")
        return []
    _refuse_unknown("bestand", document, (_LIST,), faults)
    return list(document[_LIST])


def _entry(place: str, entry: dict[object, object], faults: list[str]) -> tuple[str, str]:
    _refuse_unknown(place, entry, _FIELDS, faults)
    if not isinstance(entry.get("naam", ""), str):
        faults.append(f"{place}.naam: dit is geen tekst. Zet een getal of datum tussen aanhalingstekens.")
    activiteit_id, term = entry.get("id"), entry.get("bewaartermijn")
    try:
        activiteit_id = check_uuid(activiteit_id if isinstance(activiteit_id, str) else "")
    except ValueError as fault:
        faults.append(f"{place}.id: {fault}")
        activiteit_id = ""
    term = term if isinstance(term, str) else ""
    try:
        check_bewaartermijn(term)
    except ValueError as fault:
        faults.append(f"{place}.bewaartermijn: {fault}")
    return activiteit_id, term


def _refuse_unknown(
    place: str, entry: dict[object, object], known: tuple[str, ...], faults: list[str]
) -> None:
    faults += [
        f"{place}: het veld {str(key)!r} is onbekend. Bekend zijn: {', '.join(known)}."
        for key in entry
        if key not in known
    ]
