"""Which acties have passed their term: the same look for a dry run and for a purge (rules R1, R2)."""

from collections.abc import AsyncGenerator, Collection
from typing import Final, NamedTuple

from verwerkingenlog.domain.bewaarregels import Bewaarregels
from verwerkingenlog.domain.bewaartermijn import Duur, duration_of
from verwerkingenlog.domain.opschoning import Groep, VerlopenActie, groep_of
from verwerkingenlog.storage import purging
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.purging import Kenmerk

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


class Selection:
    """Selects by these rules what has passed its term at an instant, from `window` versions at a time."""

    def __init__(self, regels: Bewaarregels, now: int, window: int) -> None:
        self._regels = regels
        self._now = now
        self._window = window
        self._known: dict[int, _Term | None] = {}

    async def expired(self, connection: Connection, stretch: Stretch) -> AsyncGenerator[Deel, None]:
        """Give the acties past their term, in bounded parts, oldest records first."""
        after = stretch.na
        while after < stretch.tot_en_met:
            venster = await purging.window(connection, after, self._window)
            if venster is None:
                return
            terms = await self._terms(connection, venster.kenmerken)
            durations = {number: term.duur for number, term in terms.items()}
            until = min(venster.tot_en_met, stretch.tot_en_met)
            found = await purging.expired(connection, after, until, durations, self._now) if terms else []
            acties = [
                VerlopenActie(row.actie, row.versies, row.rijen, row.tijdstip, terms[row.kenmerken].groep)
                for row in found
            ]
            yield Deel(until, acties)
            after = until

    async def _terms(self, connection: Connection, numbers: Collection[int]) -> dict[int, _Term]:
        """Give the terms of kenmerken by their number, without those that keep for ever."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        new = set(numbers) - self._known.keys()
        if new:
            for number, kenmerk in (await purging.kenmerken(connection, new)).items():
                self._known[number] = _term(self._regels, kenmerk)
        return {number: term for number in numbers if (term := self._known.get(number))}


def _term(regels: Bewaarregels, kenmerk: Kenmerk) -> _Term | None:
    termijn = regels.effective_term(kenmerk.bewaartermijn, kenmerk.verwerkingsactiviteit_id)
    duur = termijn and duration_of(termijn.bewaartermijn)
    if termijn is None or duur is None:
        return None
    return _Term(duur, groep_of(termijn, kenmerk.systeem, kenmerk.verwerkingsactiviteit_id))
