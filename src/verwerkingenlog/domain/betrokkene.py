"""Who a record is about: the identity of a betrokkene apart from how it was written (rule M7)."""

import re
from typing import NamedTuple

PERSOON = "persoon"
_BSN = re.compile(r"[0-9]{1,9}")
_OIN = re.compile(r"[0-9]{20}")


class Betrokkene(NamedTuple):
    """The identity of a person: what equals this is the same person, whatever the spelling (rule M7).

    `soort` is `BSN` for a BSN in any case, else exactly as given; `id` has no leading zeros for a BSN.
    """

    objecttype: str
    soort: str
    id: str


def is_bsn(soort: str) -> bool:
    """Tell whether a soort object ID means a BSN; any case counts (rule M7)."""
    return soort.lower() == "bsn"


def is_valid_bsn(object_id: str) -> bool:
    """Tell whether this can be a BSN: 1 to 9 digits; the eleven test is not imposed (rule M7)."""
    return _BSN.fullmatch(object_id) is not None


def is_oin(text: str) -> bool:
    """Tell whether the whole value has the form of an OIN: 20 digits (rules M7, P4)."""
    return _OIN.fullmatch(text) is not None


def identify(soort: str, object_id: str, objecttype: str = PERSOON) -> tuple[Betrokkene, int]:
    """Give the person and the number of leading zeros with which the id was written (rule M7)."""
    if not is_bsn(soort):
        return Betrokkene(objecttype, soort, object_id), 0
    digits = object_id.lstrip("0")
    return Betrokkene(objecttype, "BSN", digits), len(object_id) - len(digits)


def written(betrokkene: Betrokkene, leading_zeros: int) -> str:
    """Give the id as it was written: the inverse of `identify` (rule M7)."""
    return "0" * leading_zeros + betrokkene.id
