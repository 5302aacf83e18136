"""Paging under changes: what was there at the first page is shown once, and nothing else (rules G5, H1)."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from tests.support.store import OTHER, PERSON, a_version, an_actie
from verwerkingenlog.domain.applicatie import Api
from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.toegang import Aanroeper, Scope
from verwerkingenlog.domain.verwerkingsactie import Versie, VerwerktObject
from verwerkingenlog.domain.zoekvraag import Zoekvraag
from verwerkingenlog.operations import change, read
from verwerkingenlog.operations.cursor import Pagina
from verwerkingenlog.operations.find import Vondst, find, find_more
from verwerkingenlog.operations.log import Log

READER = Aanroeper("zaaksysteem", "medewerker-1", frozenset(Scope))
UNEXPLAINED = Leesgegevens()
both_apis = pytest.mark.parametrize("api", ["bewerking", "inzage"])


async def register_series(log: Log, *objecten: VerwerktObject, count: int) -> list[str]:
    """Register acties, all of one moment; give their ids in the order of an answer."""
    versies = [a_version(*objecten) for _ in range(count)]
    for versie in versies:
        await log.group_commit.register(versie)
    return sorted((versie.actie_id for versie in versies), reverse=True)


def shown(pagina: Pagina[Vondst]) -> list[tuple[str, int]]:
    return [(vondst.versie.actie_id, vondst.nummer) for vondst in pagina.results]


async def first_page(log: Log, api: Api, page_size: int) -> Pagina[Vondst]:
    return await find(log, READER, api, Zoekvraag(gevraagd=PERSON, page_size=page_size), UNEXPLAINED)


async def turned(log: Log, api: Api, cursor: str | None) -> Pagina[Vondst]:
    assert cursor is not None
    return await find_more(log, READER, api, cursor)


@both_apis
async def test_G5_nothing_is_missed_behind_a_page_that_emptied_forward(log: Log, api: Api) -> None:
    ids = await register_series(log, count=4)
    first = await first_page(log, api, 2)
    for actie_id in ids[2:]:
        await change.remove(log, READER, actie_id)
    second = await turned(log, api, first.next)
    assert shown(second) == []
    assert shown(await turned(log, api, second.previous)) == [(ids[0], 1), (ids[1], 1)]


@both_apis
async def test_G5_nothing_is_missed_behind_a_page_that_emptied_backward(log: Log, api: Api) -> None:
    ids = await register_series(log, count=4)
    first = await first_page(log, api, 2)
    second = await turned(log, api, first.next)
    for actie_id in ids[:2]:
        await change.remove(log, READER, actie_id)
    back = await turned(log, api, second.previous)
    assert shown(back) == []
    assert shown(await turned(log, api, back.next)) == [(ids[2], 1), (ids[3], 1)]


async def test_G5_I2_pages_may_part_the_occurrences_of_one_actie(log: Log) -> None:
    [actie_id] = await register_series(log, PERSON, PERSON, PERSON, count=1)
    first = await first_page(log, "inzage", 2)
    second = await turned(log, "inzage", first.next)
    back = await turned(log, "inzage", second.previous)
    assert shown(first) == shown(back) == [(actie_id, 3), (actie_id, 2)]
    assert shown(second) == [(actie_id, 1)]
    assert back.previous is second.next is None


async def change_name(log: Log, versie: Versie, name: str, *objecten: VerwerktObject) -> None:
    inhoud = replace(an_actie(*objecten), actie_naam=name)
    await change.replace(log, READER, versie.actie_id, inhoud)


def names(versies: Sequence[Versie]) -> list[str]:
    return [versie.inhoud.actie_naam for versie in versies]


async def test_H1_L1_a_history_shows_no_version_that_its_read_did_not_log(log: Log) -> None:
    versie = a_version(PERSON)
    await log.group_commit.register(versie)
    await change_name(log, versie, "tweede", PERSON)
    first = await read.history(log, READER, versie.actie_id, 1, UNEXPLAINED)
    # The entry of the read knows nothing of this person, so no page of it may show them.
    await change_name(log, versie, "derde", OTHER)
    assert first.next is not None
    second = await read.history_more(log, READER, first.next)
    assert names(second.results) == ["Zoeken personen"]
    assert second.previous is not None
    back = await read.history_more(log, READER, second.previous)
    assert names(back.results) == ["tweede"]
    assert back.previous is None
