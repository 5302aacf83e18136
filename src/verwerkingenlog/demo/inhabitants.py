"""Who lives in Zevenbeek. Every BSN is fictional: real ones never start with 9999."""

from itertools import islice
from typing import Final, NamedTuple

_FIRST_TEST_BSN: Final = 999_900_000
_WEIGHTS: Final = (9, 8, 7, 6, 5, 4, 3, 2, -1)


class Rol(NamedTuple):
    """An inhabitant with a part in the story, and what the Inzage API shows of it, told to a visitor."""

    bsn: str
    wie: str
    ziet: str


PARTNERS: Final = (
    Rol("999993653", "trouwde onlangs", "het huwelijk, van aangifte tot akte"),
    Rol("999990342", "trouwde met 999993653", "hetzelfde, zonder de ander"),
)
GETUIGE: Final = Rol("999994748", "was hun getuige", "het getuigen, zonder het paar")
VERHUISD: Final = Rol("999991905", "verhuisde met 3 huisgenoten", "de verhuizing, zonder de anderen")
ONDERZOCHT: Final = Rol("999901291", "heeft een uitkering", "ruim 150 acties en een onderzoek")
IN_ONDERZOEK: Final = Rol("999902581", "heeft ook een uitkering", "niet het onderzoek dat nog loopt")
GEZOCHT: Final = Rol("999903871", "belde met een klacht", "het zoeken en de klacht")
NAAMGENOOT: Final = Rol("999904176", "stond in dat zoekresultaat", "alleen dat, zonder de andere 39")
PARKEERDER: Final = Rol("999905168", "kreeg een parkeercontrole", "de actie, zoals die is verbeterd")
VERWISSELD: Final = Rol("999906458", "werd met iemand verwisseld", "niets daarvan: die actie verviel")
ROLLEN: Final = (
    *PARTNERS,
    GETUIGE,
    VERHUISD,
    ONDERZOCHT,
    IN_ONDERZOEK,
    GEZOCHT,
    NAAMGENOOT,
    PARKEERDER,
    VERWISSELD,
)


def passes_eleven_test(bsn: str) -> bool:
    """Tell whether nine digits satisfy the check that a BSN has."""
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, bsn, strict=True)) % 11 == 0


def _others(number: int) -> tuple[str, ...]:
    known = {rol.bsn for rol in ROLLEN}
    candidates = (str(bsn) for bsn in range(_FIRST_TEST_BSN, _FIRST_TEST_BSN + 100_000))
    return tuple(islice((bsn for bsn in candidates if passes_eleven_test(bsn) and bsn not in known), number))


_OTHERS: Final = _others(140)
GETUIGEN: Final = (GETUIGE.bsn, *_OTHERS[:3])
HUISGENOTEN: Final = _OTHERS[3:6]
BUUR: Final = _OTHERS[6]
NAAMGENOTEN: Final = (NAAMGENOOT.bsn, *_OTHERS[10:48])
"""Who shows in a search for a name, beside the one who was looked for."""
INWONERS: Final = _OTHERS[20:]
"""The town at large, for what happens every day."""
