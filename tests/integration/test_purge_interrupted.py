"""A purge that ends at any statement leaves a whole log, and the next one ends it (rules R2, R3)."""

import pytest
from msgspec.structs import replace

from tests.support.breaking import Breaking
from tests.support.purging import TABLES, Opschoning, change, regels
from tests.support.store import OTHER, PERSON, a_version
from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.opschoning.purge import Voortgang, purge
from verwerkingenlog.operations.opschoning.sealing import Sealing


async def fill(log: Log) -> tuple[list[Versie], Versie]:
    """Give acties that are past their term, and one that is not."""
    expired = [a_version(PERSON, bewaartermijn="P1Y"), a_version(OTHER, bewaartermijn="P2Y")]
    for versie in expired:
        await log.group_commit.register(versie)
    await change(log, expired[0], gebruiker="medewerker-3")
    kept = a_version(OTHER, systeem="Blijft")
    await log.group_commit.register(kept)
    return expired, kept


@pytest.mark.parametrize("lost", [True, False], ids=["lost", "done_but_lost"])
async def test_R3_a_run_that_breaks_at_any_statement_is_ended_by_the_next(
    log: Log, opschonen: Opschoning, *, lost: bool
) -> None:
    await opschonen()
    statement = 0
    while True:
        statement += 1
        expired, kept = await fill(log)
        breaking = Breaking(statement, lost=lost)
        await opschonen.free()
        async with opschonen.begun(wrap=breaking.before) as run:
            try:
                verslag = await purge(run)
            except ConnectionResetError:
                pass
            else:
                assert (verslag.status == "mislukt") is breaking.happened
        await opschonen.check()
        await opschonen.free()
        await opschonen()
        assert [await opschonen.there(versie) for versie in expired] == [False, False]
        assert await opschonen.there(kept)
        assert await opschonen.rows(["open_opschoning", "mogelijk_wees", "betrokkene"]) == {
            "open_opschoning": 0,
            "mogelijk_wees": 0,
            "betrokkene": 1,
        }
        await opschonen.check()
        if not breaking.happened:
            break
    assert statement > 20


async def test_R3_nothing_goes_where_the_seal_does_not_come(log: Log, opschonen: Opschoning) -> None:
    expired, _ = await fill(log)
    async with opschonen.begun() as run:
        patient = Sealing(run.connection, None, run.ring, run.clock, patience=0.2)
        verslag = await purge(replace(run, seal=patient))
    assert (verslag.status, verslag.acties) == ("mislukt", 0)
    assert "kwam niet op tijd" in verslag.fout
    assert [await opschonen.there(versie) for versie in expired] == [True, True]
    assert (await opschonen()).acties == 2


async def test_R2_a_run_that_is_told_to_stop_stops_between_two_steps(log: Log, opschonen: Opschoning) -> None:
    versies = [a_version(PERSON, bewaartermijn="P1Y") for _ in range(6)]
    for versie in versies:
        await log.group_commit.register(versie)
    seen: list[Voortgang] = []
    async with opschonen.begun() as run:
        verslag = await purge(replace(run, window=2, stopped=lambda: len(seen) > 1, observe=seen.append))
    assert (verslag.status, verslag.acties) == ("onderbroken", 4)
    assert [each.acties for each in seen] == [2, 4]
    assert (await opschonen.rows(["betrokkene"])) == {"betrokkene": 1}
    verslag = await opschonen()
    assert (verslag.status, verslag.acties, verslag.betrokkenen) == ("klaar", 2, 1)
    assert await opschonen.rows() == dict.fromkeys(TABLES, 0)


async def test_R2_a_run_that_was_stopped_leaves_its_announcement_to_the_next(
    log: Log, opschonen: Opschoning
) -> None:
    await fill(log)
    stopped = False
    async with opschonen.begun() as run:

        async def seal(_: object) -> None:
            nonlocal stopped
            stopped = True

        verslag = await purge(replace(run, seal=seal, stopped=lambda: stopped))
    assert (verslag.status, verslag.acties) == ("onderbroken", 0)
    verslag = await opschonen(regels())
    assert (verslag.acties, verslag.vervallen_manifesten) == (2, [])
