"""What a purge takes away and why, counted (rules R2, R3)."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import chain
from typing import Final, NamedTuple

from msgspec import Struct

from verwerkingenlog.domain.bewaarregels import Termijn

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FIRST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_MOST_ACTIES: Final = 2000
_MOST_ROWS: Final = 20_000


class Groep(NamedTuple):
    """Acties that go for the same reason: their term and why it holds, their system, their activity."""

    reden: str
    bewaartermijn: str
    systeem: str
    verwerkingsactiviteit: str
    """A UUID, or nothing where none was given."""


class Telling(Struct, frozen=True):
    """How many there are, and the first and last tijdstip among them (instants)."""

    acties: int
    versies: int
    eerste: int
    laatste: int

    def plus(self, other: "Telling") -> "Telling":
        """Count both together."""
        return Telling(
            self.acties + other.acties,
            self.versies + other.versies,
            min(self.eerste, other.eerste),
            max(self.laatste, other.laatste),
        )


class VerlopenActie(NamedTuple):
    """An actie whose term has passed: its number, all its versions, and how many rows it takes."""

    actie: int
    versies: tuple[int, ...]
    rijen: int
    tijdstip: int
    """The instant from which the term of its current version ran."""
    groep: Groep


Tellingen = Mapping[Groep, Telling]


def groep_of(termijn: Termijn, systeem: str, verwerkingsactiviteit_id: str | None) -> Groep:
    """Give the group of an actie with this term."""
    return Groep(termijn.reden.value, termijn.bewaartermijn, systeem, verwerkingsactiviteit_id or "")


def count(acties: Iterable[VerlopenActie]) -> dict[Groep, Telling]:
    """Count acties per group."""
    return merged(
        {actie.groep: Telling(1, len(actie.versies), actie.tijdstip, actie.tijdstip)} for actie in acties
    )


def merged(parts: Iterable[Tellingen]) -> dict[Groep, Telling]:
    """Count per group what was counted apart."""
    found: dict[Groep, Telling] = {}
    for groep, telling in chain.from_iterable(part.items() for part in parts):
        found[groep] = found[groep].plus(telling) if groep in found else telling
    return found


def steps(acties: Iterable[VerlopenActie]) -> Iterator[list[VerlopenActie]]:
    """Divide acties in steps that each take a bounded number of rows away (or are one actie)."""
    step: list[VerlopenActie] = []
    rows = 0
    for actie in acties:
        if step and (len(step) == _MOST_ACTIES or rows + actie.rijen > _MOST_ROWS):
            yield step
            step, rows = [], 0
        step.append(actie)
        rows += actie.rijen
    if step:
        yield step


def manifest(acties: Iterable[VerlopenActie]) -> list[int]:
    """Give the numbers of all versions of these acties, in order."""
    return sorted(number for actie in acties for number in actie.versies)


def versies_sha256(versies: Iterable[int]) -> str:
    """Give the hash by which the record of a purge names its versions, in hexadecimal digits.

    SHA-256 over their numbers in order, each as eight bytes, the highest first.
    """
    return hashlib.sha256(b"".join(number.to_bytes(8) for number in sorted(versies))).hexdigest()


def told(tellingen: Tellingen) -> list[dict[str, object]]:
    """Give counts as plain values, in a fixed order: for the record of a purge and for its report."""
    return [
        {
            **groep._asdict(),
            "acties": telling.acties,
            "versies": telling.versies,
            "eerste": written(telling.eerste),
            "laatste": written(telling.laatste),
        }
        for groep, telling in sorted(tellingen.items())
    ]


def total(tellingen: Tellingen) -> Telling:
    """Count all groups together."""
    nothing = Telling(0, 0, _LAST, _FIRST)
    return reduce(Telling.plus, tellingen.values(), nothing)


def written(instant: int) -> str:
    """Write an instant as RFC 3339 in UTC. What lies beyond Python's calendar is brought to its edge."""
    moment = _EPOCH + timedelta(microseconds=max(_FIRST, min(instant, _LAST)))
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


class Opschoonverslag(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a run of the purge did, or would do, as it is kept. Moments are RFC 3339 in UTC."""

    opschoning: str
    """The id of the run, which its records in the log bear too."""
    proef: bool
    status: str
    """`klaar`, `onderbroken` (it was told to stop) or `mislukt`."""
    fout: str
    """A sentence that says why it failed, or nothing."""
    wie: str
    begonnen: str
    """Of what had passed its term at this moment."""
    geeindigd: str
    maximum: str | None
    acties: int
    versies: int
    groepen: list[dict[str, object]]
    """As `told` gives them."""
    overgeslagen: int
    """Acties that stayed because they changed meanwhile."""
    betrokkenen: int
    kenmerken: int
    manifesten: list[int]
    """The numbers of the records that tell what went."""
    vervallen_manifesten: list[int]
    """Records of an earlier run by which nothing goes any more: their acties have another term by now."""
