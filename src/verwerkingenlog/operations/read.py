"""Read one actie, one verwerkt object, or the formal history of an actie (rules A1, I3, H1, L1)."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.toegang import Aanroeper, inzage_klassen, may_read, may_read_history
from verwerkingenlog.domain.verwerkingsactie import Versie, actie_id_of
from verwerkingenlog.errors import NotFound
from verwerkingenlog.operations.cursor import Pagina, kind_of, open_cursor, seal_cursor
from verwerkingenlog.operations.find import Vondst, narrowed
from verwerkingenlog.operations.log import Log, microseconds
from verwerkingenlog.operations.read_entry import afnemer_oin, log_read, once_each
from verwerkingenlog.storage import reading
from verwerkingenlog.storage.database import reachable

_KIND: Final = "versies"


class _History(Struct, frozen=True, array_like=True):
    """A history under way: what the cursors of its pages hold.

    It ends at the version with number `count`: the entry of the read knows no person of later ones (rule L1).
    """

    actie_id: str
    page_size: int
    count: int
    newest: int
    """The number of the newest version on the page."""


async def read(log: Log, aanroeper: Aanroeper, actie_id: str | None, leesgegevens: Leesgegevens) -> Versie:
    """Give the current version of an actie, with all its persons (rule A1).

    Raises `NotAllowed`; `NotFound` where it is unknown, vervallen or no id; `StoreUnavailable`.
    """
    afnemer_oin(aanroeper, leesgegevens)
    versie = await _current(log, actie_id)
    may_read(aanroeper, versie.klasse)
    await log_read(log, aanroeper, leesgegevens, once_each(versie.inhoud.verwerkte_objecten))
    return versie


async def read_occurrence(
    log: Log, aanroeper: Aanroeper, object_id: str | None, leesgegevens: Leesgegevens
) -> Vondst:
    """Give one occurrence with its actie, and no other person of it (rules I2-I5).

    Raises `NotFound` also for what this reader may not see; `NotAllowed` (rule L2); `StoreUnavailable`.
    """
    afnemer_oin(aanroeper, leesgegevens)
    if object_id is None:
        raise NotFound
    actie_id, nummer = actie_id_of(object_id)
    async with reachable(), log.pool.acquire() as connection:
        record = await reading.current_of_person(connection, log.ring, actie_id, nummer)
    if record is None or record.versie.klasse not in inzage_klassen(aanroeper):
        raise NotFound
    found = narrowed(record.versie, nummer, onvolledig=record.onvolledig)
    person = found.versie.inhoud.verwerkte_objecten[found.versie.nummers.index(nummer)]
    await log_read(log, aanroeper, leesgegevens, [person])
    return found


async def history(
    log: Log, aanroeper: Aanroeper, actie_id: str | None, page_size: int, leesgegevens: Leesgegevens
) -> Pagina[Versie]:
    """Give the versions of an actie, newest first, vervallen ones too (rule H1).

    Raises `NotAllowed`; `NotFound` where it is unknown or no id; `StoreUnavailable`.
    """
    may_read_history(aanroeper)
    afnemer_oin(aanroeper, leesgegevens)
    if actie_id is None:
        raise NotFound
    async with reachable(), log.pool.acquire() as connection:
        count = await reading.history_count(connection, actie_id)
        persons = await reading.history_persons(connection, log.ring, actie_id)
    if not count:
        raise NotFound
    state = _History(actie_id, page_size, count, newest=count)
    versies = await _versies(log, state)
    await log_read(log, aanroeper, leesgegevens, persons)
    return _pagina(log, aanroeper, state, versies)


def is_of_history(log: Log, cursor: str) -> bool:
    """Tell whether a cursor pages through a history rather than through what was found."""
    return kind_of(log.ring, cursor) == _KIND


async def history_more(log: Log, aanroeper: Aanroeper, cursor: str) -> Pagina[Versie]:
    """Give the page of a history behind a cursor; writes no entry (rules G5, L1).

    Raises `NotAllowed`; `InvalidInput` for a cursor that does not work; `StoreUnavailable`.
    """
    may_read_history(aanroeper)
    state = open_cursor(log.ring, aanroeper, _KIND, _History, cursor, microseconds(log.clock()))
    return _pagina(log, aanroeper, state, await _versies(log, state))


async def _current(log: Log, actie_id: str | None) -> Versie:
    if actie_id is not None:
        async with reachable(), log.pool.acquire() as connection:
            record = await reading.current(connection, log.ring, actie_id)
        if record is not None and not record.versie.vervallen:
            return record.versie
    raise NotFound


async def _versies(log: Log, state: _History) -> list[Versie]:
    async with reachable(), log.pool.acquire() as connection:
        return await reading.history(connection, log.ring, state.actie_id, state.newest, state.page_size)


def _pagina(log: Log, aanroeper: Aanroeper, state: _History, versies: list[Versie]) -> Pagina[Versie]:
    now = microseconds(log.clock())

    def cursor(newest: int) -> str:
        return seal_cursor(log.ring, aanroeper, _KIND, replace(state, newest=newest), now)

    before, after = state.newest + state.page_size, state.newest - state.page_size
    return Pagina(
        count=state.count,
        results=versies,
        next=cursor(after) if after > 0 else None,
        previous=cursor(before) if before <= state.count else None,
    )
