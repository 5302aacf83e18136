"""Which acties have passed their term: the same look for a dry run and for a purge (rules R1, R2)."""

from collections.abc import AsyncGenerator, Collection
from typing import Final, NamedTuple

from verwerkingenlog.domain.bewaarregels import Bewaarregels
from verwerkingenlog.domain.bewaartermijn import Duur, duration_of
from verwerkingenlog.domain.opschoning import Groep, VerlopenActie, groep_of
from verwerkingenlog.storage import purging
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.purging import Kenmerk

WINDOW: Final = 20_000
"""How many versions are looked at together."""
_REMEMBERED: Final = 100_000


class Deel(NamedTuple):
    """What was found up to and with a number in the log."""

    tot_en_met: int
    acties: list[VerlopenActie]


class Stretch(NamedTuple):
    """The numbers in the log after one and up to another."""

    na: int
    tot_en_met: int


class _Term(NamedTuple):
    duur: Duur
    groep: Groep


async def expired(
    connection: Connection, regels: Bewaarregels, now: int, stretch: Stretch
) -> AsyncGenerator[Deel, None]:
    """Give the acties past their term at this instant, in bounded parts, oldest records first."""
    known: dict[int, _Term | None] = {}
    after = stretch.na
    while after < stretch.tot_en_met and (venster := await purging.window(connection, after, WINDOW)):
        await _learn(connection, regels, venster.kenmerken, known)
        terms = {number: term for number in venster.kenmerken if (term := known[number])}
        until = min(venster.tot_en_met, stretch.tot_en_met)
        durations = {number: term.duur for number, term in terms.items()}
        found = await purging.expired(connection, after, until, durations, now) if durations else []
        acties = [
            VerlopenActie(row.actie, row.versies, row.rijen, row.tijdstip, terms[row.kenmerken].groep)
            for row in found
        ]
        yield Deel(until, acties)
        after = until


async def _learn(
    connection: Connection, regels: Bewaarregels, numbers: Collection[int], known: dict[int, _Term | None]
) -> None:
    if len(known) > _REMEMBERED:
        known.clear()
    new = set(numbers) - known.keys()
    if new:
        known |= dict.fromkeys(new)
        for number, kenmerk in (await purging.kenmerken(connection, new)).items():
            known[number] = _term(regels, kenmerk)


def _term(regels: Bewaarregels, kenmerk: Kenmerk) -> _Term | None:
    termijn = regels.effective_term(kenmerk.bewaartermijn, kenmerk.verwerkingsactiviteit_id)
    duur = termijn and duration_of(termijn.bewaartermijn)
    if termijn is None or duur is None:
        return None
    return _Term(duur, groep_of(termijn, kenmerk.systeem, kenmerk.verwerkingsactiviteit_id))
