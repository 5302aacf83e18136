"""The parameters in the query of an address; a misspelt one must not widen an answer (rules G6, W3, W4)."""

import re
from collections.abc import Collection
from typing import Final, Literal
from urllib.parse import unquote_to_bytes

from verwerkingenlog.api.elements import UNKNOWN, Complaint, Wrong, read_uuid
from verwerkingenlog.api.json_body import safe_name
from verwerkingenlog.domain.formats import check_characters
from verwerkingenlog.domain.zoekvraag import PAGE_SIZE
from verwerkingenlog.errors import Fault, InvalidInput

VerwerkingParameter = Literal["verwerkingId", "verwerkingIdAfnemer"]

PAGE_SIZE_PARAMETER: Final = "pageSize"
EMPTY: Final = Complaint("empty", "Geef een waarde, of laat dit weg.")
_REPEATED: Final = Complaint("duplicate", "Geef dit één keer.")
_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_YES_OR_NO: Final = {"ja": True, "nee": False}
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,2}")


def read_parameters(
    query_string: bytes, known: Collection[str], repeatable: Collection[str] = ()
) -> tuple[dict[str, list[str]], list[Fault]]:
    """Read a query into the texts of each parameter, with the faults of form.

    A parameter at fault is there too, with no text. Faults are those of an unknown, empty or repeated
    parameter (rule G6), and of an escape, a byte or a character that does not belong in a text.
    """
    given: dict[str, list[str]] = {}
    faults: list[Fault] = []
    for part in filter(None, query_string.split(b"&")):
        raw_name, _, raw_text = part.partition(b"=")
        name = _read_name(raw_name)
        if name not in known:
            faults.append(UNKNOWN.at(safe_name(name)))
        elif name in given and name not in repeatable:
            faults.append(_REPEATED.at(name))
        else:
            given.setdefault(name, [])
            try:
                given[name].append(_read_text(raw_text))
            except Wrong as wrong:
                faults.append(wrong.complaint.at(name))
    return given, faults


def read_no_parameters(query_string: bytes) -> None:
    """Refuse every parameter, for an operation that has none (rule G6)."""
    if not query_string:
        return
    _, faults = read_parameters(query_string, ())
    if faults:
        raise InvalidInput(*faults)


def read_page_size_only(query_string: bytes) -> int:
    """Read the size of a page, for an operation that has no other parameter (rules G5, H1)."""
    given, faults = read_parameters(query_string, (PAGE_SIZE_PARAMETER,))
    size = PAGE_SIZE
    for text in given.get(PAGE_SIZE_PARAMETER, ()):
        try:
            size = read_page_size(text)
        except Wrong as wrong:
            faults.append(wrong.complaint.at(PAGE_SIZE_PARAMETER))
    if faults:
        raise InvalidInput(*faults)
    return size


def read_yes_or_no(query_string: bytes, name: str, *, default: bool) -> bool:
    """Read a parameter that is `ja` or `nee`, for an operation that has no other (rule G6)."""
    given, faults = read_parameters(query_string, (name,))
    answer = default
    for text in given.get(name, ()):
        if text not in _YES_OR_NO:
            faults.append(Fault(name, "choice", "Geef ja of nee."))
        answer = _YES_OR_NO.get(text, default)
    if faults:
        raise InvalidInput(*faults)
    return answer


def read_verwerking(query_string: bytes) -> tuple[VerwerkingParameter, str]:
    """Read which verwerking a PATCH is about: exactly one of both parameters (rules W3, W4)."""
    names: tuple[VerwerkingParameter, ...] = ("verwerkingId", "verwerkingIdAfnemer")
    given, faults = read_parameters(query_string, names)
    verwerkingen: list[tuple[VerwerkingParameter, str]] = []
    for name in names:
        for text in given.get(name, ()):
            try:
                verwerkingen.append((name, read_uuid(text)))
            except Wrong as wrong:
                faults.append(wrong.complaint.at(name))
    if len(given) != 1:
        reason = "Geef verwerkingId of verwerkingIdAfnemer: precies één van de twee."
        faults.append(Fault(names[len(given) and 1], "required" if not given else "invalid", reason))
    if faults:
        raise InvalidInput(*faults)
    return verwerkingen[0]


def read_page_size(text: str) -> int:
    """Read the number of entries on a page: 1 to 100 (rule G5)."""
    if _NUMBER.fullmatch(text) is None or int(text) > PAGE_SIZE:
        raise Wrong("range", f"Geef een getal van 1 tot en met {PAGE_SIZE}.")
    return int(text)


def _read_name(raw: bytes) -> str:
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode(errors="replace")


def _read_text(raw: bytes) -> str:
    if _BAD_ESCAPE.search(raw):
        raise Wrong("encoding", "Schrijf een procentteken als %25, en andere tekens als % met twee cijfers.")
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise Wrong("encoding", "Schrijf bijzondere tekens als UTF-8, met procenttekens.") from None
    if not text:
        raise Wrong(*EMPTY)
    try:
        return check_characters(text)
    except ValueError as error:
        raise Wrong("character", str(error)) from None
