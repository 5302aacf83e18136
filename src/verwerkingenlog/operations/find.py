"""Find what is current about one person, page by page (rules G1-G5, I1-I4, L1)."""

from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from verwerkingenlog.domain.applicatie import Api
from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.toegang import Aanroeper, inzage_klassen, may_find, readable_klassen
from verwerkingenlog.domain.vertrouwelijkheid import Klasse
from verwerkingenlog.domain.verwerkingsactie import Versie, betrokkenen_of
from verwerkingenlog.domain.zoekvraag import Zoekvraag
from verwerkingenlog.operations.cursor import Pagina, Turned, open_cursor, seal_cursor, turn
from verwerkingenlog.operations.log import Log, microseconds
from verwerkingenlog.operations.read_entry import afnemer_oin, log_read
from verwerkingenlog.storage import reading
from verwerkingenlog.storage.database import Connection, reachable
from verwerkingenlog.storage.reading import AFTER_ALL, BEFORE_ALL, Place, Selection


class Vondst(Struct, frozen=True):
    """One result: a version with only one person in it, and the number of the occurrence that it is about.

    `onvolledig`: something about others was left out (rule G2).
    """

    versie: Versie
    nummer: int
    onvolledig: bool


class _Reading(Struct, frozen=True, array_like=True):
    """A read under way: what the cursors of its pages hold. No person, only their number in the store."""

    selection: Selection
    page_size: int
    place: Place = reading.FIRST
    older: bool = True
    count: int = 0
    entry: int = 0
    """The number of the read's own entry, which is not part of its answer (rule L1)."""


class _Entry(NamedTuple):
    place: Place
    vondst: Vondst


async def find(
    log: Log, aanroeper: Aanroeper, api: Api, vraag: Zoekvraag, leesgegevens: Leesgegevens
) -> Pagina[Vondst]:
    """Give the first page; the read is logged before this returns (rule L1).

    Raises `NotAllowed` (rules G3, L2) and `StoreUnavailable`.
    """
    klassen = may_find(aanroeper, vraag.klassen) if api == "bewerking" else inzage_klassen(aanroeper)
    afnemer_oin(aanroeper, leesgegevens)
    async with reachable(), log.pool.acquire() as connection:
        number = await log.writer.betrokkenen.find(connection, vraag.betrokkene)
        state = _Reading(_selection(vraag, klassen, api, number or 0), vraag.page_size)
        # In one transaction, so that the count is that of this page.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            state = replace(state, count=await reading.count(connection, state.selection))
            page = await _page(log, connection, state)
    state = replace(state, entry=await log_read(log, aanroeper, leesgegevens, [vraag.gevraagd]))
    if page.entries:
        # Going back never passes the first page: what is newer is not part of this read.
        eind = min(state.selection.eind, page.entries[0].place.tijdstip + 1)
        state = replace(state, selection=state.selection._replace(eind=eind))
    return _pagina(log, aanroeper, state, page)


async def find_more(log: Log, aanroeper: Aanroeper, api: Api, cursor: str) -> Pagina[Vondst]:
    """Give the page behind a cursor, without what the reader may not see any more; writes no entry (L1).

    Raises `InvalidInput` for a cursor that does not work (rule G5), and `StoreUnavailable`.
    """
    now = microseconds(log.clock())
    state = open_cursor(log.ring, aanroeper, api, _Reading, cursor, now)
    allowed = readable_klassen(aanroeper) if api == "bewerking" else inzage_klassen(aanroeper)
    selection = state.selection._replace(klassen=state.selection.klassen & allowed)
    state = replace(state, selection=selection)
    async with reachable(), log.pool.acquire() as connection:
        page = await _page(log, connection, state)
    return _pagina(log, aanroeper, state, page)


def narrowed(versie: Versie, nummer: int, *, onvolledig: bool) -> Vondst:
    """Give a version that holds only one person as that person's result: no other shows (rules G2, I4)."""
    person = betrokkenen_of(versie.inhoud.verwerkte_objecten)[0]
    if versie.inhoud.may_show_afnemer_to(person):
        return Vondst(versie, nummer, onvolledig)
    inhoud = replace(versie.inhoud, afnemer_id=None)
    return Vondst(replace(versie, inhoud=inhoud), nummer, onvolledig=True)


def _selection(vraag: Zoekvraag, klassen: frozenset[Klasse], api: Api, number: int) -> Selection:
    return Selection(
        betrokkene=number,
        klassen=klassen,
        begin=BEFORE_ALL if vraag.begin is None else vraag.begin,
        eind=AFTER_ALL if vraag.eind is None else vraag.eind,
        verwerkingsactiviteit_id=vraag.verwerkingsactiviteit_id,
        each_occurrence=api == "inzage",
    )


async def _page(log: Log, connection: Connection, state: _Reading) -> Turned[_Entry]:
    beyond = reading.Beyond(state.place, older=state.older, but=state.entry)
    found = await reading.page(connection, state.selection, beyond, state.page_size + 1)
    page = turn(found, state.page_size, older=state.older, first=state.place == reading.FIRST)
    records = await reading.of_person(connection, log.ring, page.entries, state.selection.betrokkene)
    entries = [
        _Entry(place, narrowed(records[versie].versie, place.nummer, onvolledig=records[versie].onvolledig))
        for place, versie in page.entries
        if versie in records  # a purge may have taken it since
    ]
    return Turned(entries, page.before, page.after)


def _pagina(log: Log, aanroeper: Aanroeper, state: _Reading, page: Turned[_Entry]) -> Pagina[Vondst]:
    now = microseconds(log.clock())

    def cursor(place: Place, *, older: bool) -> str:
        there = replace(state, place=place, older=older)
        return seal_cursor(log.ring, aanroeper, _kind(state), there, now)

    newest, oldest = _edges(state, page.entries)
    return Pagina(
        count=state.count,
        results=[entry.vondst for entry in page.entries],
        next=cursor(oldest, older=True) if page.after else None,
        previous=cursor(newest, older=False) if page.before else None,
    )


def _edges(state: _Reading, entries: list[_Entry]) -> tuple[Place, Place]:
    """Give the places right after the newest entry of a page and right before its oldest.

    A page of which all lapsed meanwhile has both where it would have begun.
    """
    if not entries:
        return state.place, state.place
    newest, oldest = entries[0].place, entries[-1].place
    if state.selection.each_occurrence:
        return newest._replace(nummer=newest.nummer + 1), oldest
    # Here an actie is one entry, whichever number its occurrence has in a later version.
    return newest._replace(nummer=reading.HIGHEST), oldest._replace(nummer=reading.LOWEST)


def _kind(state: _Reading) -> Api:
    return "inzage" if state.selection.each_occurrence else "bewerking"
