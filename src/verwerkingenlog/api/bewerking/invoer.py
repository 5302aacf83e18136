"""What a client of the Bewerking API sends, as values of the domain (rules P4, P5, U1, U3, W1, W3)."""

from typing import Final

from msgspec import UNSET, UnsetType

from verwerkingenlog.api.bewerking.careful import NEW, WHOLE, read_carefully
from verwerkingenlog.api.bewerking.wire import read_quickly
from verwerkingenlog.api.elements import (
    NOT_TEXT,
    REQUIRED,
    UNKNOWN,
    Complaint,
    Wrong,
    read_bewaartermijn,
    read_vertrouwelijkheid,
)
from verwerkingenlog.api.json_body import read_object, safe_name
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import Verwerkingsactie
from verwerkingenlog.domain.wijziging import Wijziging
from verwerkingenlog.errors import Fault, InvalidInput

_NOTHING: Final = Complaint("required", "Geef een bewaartermijn, een vertrouwelijkheid of beide.")


def read_new(body: bytes) -> Verwerkingsactie:
    """Read the actie that a POST sends; raises `InvalidInput` with all faults (rules P4, P5)."""
    return read_quickly(body, whole=False) or read_carefully(body, NEW)


def read_whole(body: bytes) -> Verwerkingsactie:
    """Read the actie that a PUT sends; raises `InvalidInput` with all faults (rules U1, U3)."""
    return read_quickly(body, whole=True) or read_carefully(body, WHOLE)


def read_wijziging(body: bytes) -> Wijziging:
    """Read what a PATCH changes; raises `InvalidInput` with all faults (rules W1, W3)."""
    content, faults = read_object(body)
    if not content:
        faults.append(_NOTHING.at("body"))
    faults.extend(
        UNKNOWN.at(safe_name(name)) for name in content if name not in {"bewaartermijn", "vertrouwelijkheid"}
    )
    wijziging = Wijziging(
        _bewaartermijn(content.get("bewaartermijn", UNSET), faults),
        _vertrouwelijkheid(content.get("vertrouwelijkheid", UNSET), faults),
    )
    if faults:
        raise InvalidInput(*faults)
    return wijziging


def _bewaartermijn(value: object, faults: list[Fault]) -> str | UnsetType | None:
    if value is UNSET:
        return UNSET
    if value is None or value == "":
        return None
    try:
        return read_bewaartermijn(_text(value))
    except Wrong as wrong:
        faults.append(wrong.complaint.at("bewaartermijn"))
        return UNSET


def _vertrouwelijkheid(value: object, faults: list[Fault]) -> Vertrouwelijkheid | UnsetType:
    if value is UNSET:
        return UNSET
    if value is None or value == "":
        faults.append(REQUIRED.at("vertrouwelijkheid"))
        return UNSET
    try:
        return read_vertrouwelijkheid(_text(value))
    except Wrong as wrong:
        faults.append(wrong.complaint.at("vertrouwelijkheid"))
        return UNSET


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Wrong(*NOT_TEXT)
    return value
