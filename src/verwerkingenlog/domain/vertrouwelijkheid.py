"""How confidential a verwerkingsactie is now, and whether it ever was (rule M8)."""

from enum import StrEnum


class Vertrouwelijkheid(StrEnum):
    """The value that is served and accepted (rule M6: any case in, lower case out)."""

    NORMAAL = "normaal"
    VERTROUWELIJK = "vertrouwelijk"
    OPGEHEVEN = "opgeheven"


class Klasse(StrEnum):
    """Where an actie stands by its whole history; each current actie has exactly one (rule M8)."""

    NORMAAL = "normaal"
    VERTROUWELIJK = "vertrouwelijk"
    OPGEHEVEN = "opgeheven"


def klasse_of(vertrouwelijkheid: Vertrouwelijkheid, before: Klasse = Klasse.NORMAAL) -> Klasse:
    """Give the klasse of a version, from its own value and the klasse of the version before it (rule M8).

    An actie that was ever confidential never becomes `normaal` again: its klasse is then `opgeheven`.
    """
    if vertrouwelijkheid is Vertrouwelijkheid.VERTROUWELIJK:
        return Klasse.VERTROUWELIJK
    if vertrouwelijkheid is Vertrouwelijkheid.OPGEHEVEN or before is not Klasse.NORMAAL:
        return Klasse.OPGEHEVEN
    return Klasse.NORMAAL
