"""Every error of the log, in one hierarchy that knows no HTTP and no exit code.

    VerwerkingenlogError
    ├── ConfigurationError          a setting, file or database that the log refuses to start with
    │   └── LogWentBack             the tree does not extend the last checkpoint (rule T2)
    ├── InvalidInput                what was sent breaks a rule; holds all faults at once (rule E1)
    ├── NotAuthenticated            no valid proof of who calls (rule S1)
    ├── NotAllowed                  a scope is missing (rules S2, S3)
    ├── NotFound                    no such thing, or not for this reader (rules A1, I3)
    ├── PreconditionFailed          If-Match names another version (rule E5)
    ├── IdempotencyMismatch         the same Idempotency-Key with another body (rule P6)
    ├── IdempotencyPending          the first call with this key is still under way (rule P6)
    ├── NotSealed                   the tree does not hold it yet, so nothing can be proven (rule T1)
    ├── ProofRefused                a proof file does not hold (rule T2)
    ├── LogAltered                  a record is not what was sealed (rule T3)
    ├── PurgeRefused                another purge runs, or the seal on its manifest does not come (rule R3)
    ├── KeyRefused                  what is asked of a key does not suit its purpose or state (rule M7)
    ├── Overloaded                  more work than can be queued (rule E2)
    ├── StoreUnavailable            the store or the entry of a read failed (rules P2, L1)
    └── ArchiveRefused              an archive that does not open or verify, or that can't be merged (T2)

Messages are Dutch, meant for the person who can act on them, and never hold an objectId, a secret or
another part of a record (rules M7, S3). The edges (`api.problems`, `cli`) turn them into answers.
"""

from typing import NamedTuple


class Fault(NamedTuple):
    """One thing wrong with the input: where (`verwerkteObjecten.0.objectId`), which kind, what would do."""

    name: str
    code: str
    reason: str


class VerwerkingenlogError(Exception):
    """Er ging iets mis in het verwerkingenlog."""

    def __str__(self) -> str:
        """Return the message, or the docstring of the class where none was given."""
        return str(self.args[0]) if self.args else (type(self).__doc__ or "")


class ConfigurationError(VerwerkingenlogError):
    """De instellingen kloppen niet."""


class LogWentBack(ConfigurationError):
    """Het log in de database is niet het vervolg van wat is gepubliceerd."""


class InvalidInput(VerwerkingenlogError):
    """De invoer voldoet niet aan de regels."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.name}: {fault.reason}" for fault in faults))
        self.faults = faults


class NotAuthenticated(VerwerkingenlogError):
    """Stuur een geldig token mee in de kop Authorization: Bearer."""


class NotAllowed(VerwerkingenlogError):
    """Deze applicatie heeft geen recht op deze handeling."""


class NotFound(VerwerkingenlogError):
    """Dit bestaat niet in het log."""


class PreconditionFailed(VerwerkingenlogError):
    """De verwerkingsactie is intussen gewijzigd. Haal haar opnieuw op en probeer het nog eens."""


class IdempotencyMismatch(VerwerkingenlogError):
    """Deze Idempotency-Key is al gebruikt met andere inhoud. Gebruik voor iets nieuws een nieuwe sleutel."""


class IdempotencyPending(VerwerkingenlogError):
    """De eerste aanroep met deze Idempotency-Key loopt nog. Probeer het zo meteen opnieuw."""


class NotSealed(VerwerkingenlogError):
    """Dit is nog niet verzegeld, dus is er nog geen bewijs van. Probeer het over een seconde opnieuw."""


class ProofRefused(VerwerkingenlogError):
    """Dit is niet bewezen."""


class LogAltered(VerwerkingenlogError):
    """Dit is niet meer wat er is verzegeld. Vraag de beheerder om 'verwerkingenlog verifieer' te draaien."""


class PurgeRefused(VerwerkingenlogError):
    """De opschoning kan nu niet doorgaan."""


class KeyRefused(VerwerkingenlogError):
    """Dit kan niet met deze sleutel."""


class Overloaded(VerwerkingenlogError):
    """Het log heeft het te druk. Probeer het zo meteen opnieuw."""


class StoreUnavailable(VerwerkingenlogError):
    """Het log is nu niet bereikbaar. Er is niets vastgelegd of getoond; probeer het later opnieuw."""


class ArchiveRefused(VerwerkingenlogError):
    """Dit archief is niet te gebruiken."""
