"""Who may do what: scopes and the decisions that rest on them (rules S2, P3, G3, A1, U2, W2, D1, H1, I3).

Every function is a pure decision that raises `NotAllowed`; texts never hold content of the log (rule S3).
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import UNSET, Struct

from verwerkingenlog.domain.vertrouwelijkheid import Klasse, Vertrouwelijkheid
from verwerkingenlog.domain.wijziging import Wijziging
from verwerkingenlog.errors import NotAllowed

ALL_KLASSEN = frozenset(Klasse)


class Verb(StrEnum):
    """The four verbs of a scope."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"


class Scope(StrEnum):
    """What an application may be granted, per API (rule S2)."""

    CREATE_NORMAL = "create:normal"
    CREATE_CONFIDENTIAL = "create:confidential"
    READ_NORMAL = "read:normal"
    READ_CONFIDENTIAL = "read:confidential"
    UPDATE_NORMAL = "update:normal"
    UPDATE_CONFIDENTIAL = "update:confidential"
    DELETE_NORMAL = "delete:normal"
    DELETE_CONFIDENTIAL = "delete:confidential"


class Aanroeper(Struct, frozen=True):
    """The application (and the user it names) that makes a call, with its scopes of the API it calls."""

    client_id: str
    gebruiker: str
    scopes: frozenset[Scope]
    oins: tuple[str, ...] = ()
    """The organisations that it may speak for; empty: any (rule L2)."""

    def may(self, verb: Verb, *, confidential: bool = False) -> bool:
        """Tell whether a scope allows the verb; the confidential one includes the normal one (rule S2)."""
        return f"{verb}:confidential" in self.scopes or (not confidential and f"{verb}:normal" in self.scopes)


def require_verb(aanroeper: Aanroeper, verb: Verb) -> None:
    """Demand any scope of the verb, before the input is looked at (rule S4)."""
    if not aanroeper.may(verb):
        raise NotAllowed(f"Deze applicatie heeft de scope {verb}:normal of {verb}:confidential niet.")


def may_create(aanroeper: Aanroeper, vertrouwelijkheid: Vertrouwelijkheid) -> None:
    """Decide on the vertrouwelijkheid of a new actie (rule P3)."""
    if vertrouwelijkheid is Vertrouwelijkheid.OPGEHEVEN:
        raise NotAllowed(
            "Een nieuwe verwerkingsactie kan niet 'opgeheven' zijn. Gebruik 'normaal' of 'vertrouwelijk'."
        )
    if vertrouwelijkheid is Vertrouwelijkheid.VERTROUWELIJK:
        _require_confidential(aanroeper, Verb.CREATE)


def readable_klassen(aanroeper: Aanroeper) -> frozenset[Klasse]:
    """Give the klassen that the Bewerking API shows this reader (rules G3, A1)."""
    return ALL_KLASSEN if aanroeper.may(Verb.READ, confidential=True) else frozenset({Klasse.NORMAAL})


def may_find(aanroeper: Aanroeper, asked: frozenset[Klasse]) -> frozenset[Klasse]:
    """Give the klassen that a search through the Bewerking API covers (rules G3, G4)."""
    if not (asked or ALL_KLASSEN) <= readable_klassen(aanroeper):
        raise NotAllowed(
            "Met de scope read:normal mag u alleen zoeken met vertrouwelijkheid=normaal."
            " Geef dat filter mee, of vraag de scope read:confidential aan."
        )
    return asked or ALL_KLASSEN


def may_read(aanroeper: Aanroeper, klasse: Klasse) -> None:
    """Decide on reading one actie through the Bewerking API (rule A1)."""
    _require_for_klasse(aanroeper, Verb.READ, klasse)


def may_read_history(aanroeper: Aanroeper) -> None:
    """Decide on reading the formal history (rule H1)."""
    _require_confidential(aanroeper, Verb.READ)


def may_replace_value(aanroeper: Aanroeper, new: Vertrouwelijkheid) -> None:
    """Decide on the new value of a PUT, before the state of the actie is known (rules U2, S4)."""
    if new is not Vertrouwelijkheid.NORMAAL:
        _require_confidential(aanroeper, Verb.UPDATE)


def may_replace(
    aanroeper: Aanroeper, klasse: Klasse, before: Vertrouwelijkheid, new: Vertrouwelijkheid
) -> None:
    """Decide on a PUT from the state of the actie and the new value (rule U2)."""
    _require_for_klasse(aanroeper, Verb.UPDATE, klasse)
    if new is Vertrouwelijkheid.OPGEHEVEN and before is not Vertrouwelijkheid.OPGEHEVEN:
        raise NotAllowed(
            "Een PUT kan de vertrouwelijkheid niet opheffen. Doe dat met een PATCH op de hele verwerking."
        )


def may_patch_value(aanroeper: Aanroeper, wijziging: Wijziging) -> None:
    """Decide on what a PATCH changes, before the acties are known (rules W2, S4)."""
    if wijziging.vertrouwelijkheid is not UNSET:
        _require_confidential(aanroeper, Verb.UPDATE)


def may_patch(aanroeper: Aanroeper, klassen: Iterable[Klasse]) -> None:
    """Decide on a PATCH from the klassen of all acties that it would change (rule W2)."""
    for klasse in klassen:
        _require_for_klasse(aanroeper, Verb.UPDATE, klasse)


def may_delete(aanroeper: Aanroeper, klasse: Klasse) -> None:
    """Decide on a DELETE from the state of the actie (rule D1)."""
    _require_for_klasse(aanroeper, Verb.DELETE, klasse)


def inzage_klassen(aanroeper: Aanroeper) -> frozenset[Klasse]:
    """Give the klassen that the Inzage API shows this reader; vertrouwelijk is never one (rule I3)."""
    if aanroeper.may(Verb.READ, confidential=True):
        return frozenset({Klasse.NORMAAL, Klasse.OPGEHEVEN})
    return frozenset({Klasse.NORMAAL})


def _require_for_klasse(aanroeper: Aanroeper, verb: Verb, klasse: Klasse) -> None:
    if klasse is not Klasse.NORMAAL:
        _require_confidential(aanroeper, verb)


def _require_confidential(aanroeper: Aanroeper, verb: Verb) -> None:
    if not aanroeper.may(verb, confidential=True):
        raise NotAllowed(f"Deze applicatie heeft de scope {verb}:confidential niet; die is hiervoor nodig.")
