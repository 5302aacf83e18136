"""Rule T3: a manifest excuses the removal of what went by it, and of nothing that stayed."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from tests.support.postgres import psql
from tests.support.purging import Opschoning, change, regels
from tests.support.store import PERSON, a_version
from tests.support.verifying import Verifier
from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.opschoning.purge import purge
from verwerkingenlog.operations.verificatie.bevinding import Soort
from verwerkingenlog.storage.embedded import Cluster


class Interrupted(Exception):
    """The run ends here."""


@pytest.fixture
async def versie(log: Log) -> Versie:
    versie = a_version(PERSON)
    await log.group_commit.register(versie)
    return versie


def remove_first(cluster: Cluster, database: str, actie_id: str) -> int:
    """Remove the first version of an actie as a superuser; give its number in the log."""
    select = f"select volgnummer from versie where actie_id = '{actie_id}' and nummer = 1"
    settings = "set search_path = verwerkingenlog; set session_replication_role = replica;"
    number = int(psql(cluster, settings + select, url=database))
    psql(
        cluster,
        f"{settings} delete from verwerkt_object where versie = {number};"
        f"delete from versie where volgnummer = {number}",
        url=database,
    )
    return number


async def test_T3_what_an_announcement_that_lapsed_names_is_not_excused(
    cluster: Cluster, database: str, opschonen: Opschoning, verifier: Verifier, versie: Versie
) -> None:
    async with opschonen.begun(regels("P1Y")) as run:

        async def end(records: Sequence[int]) -> None:
            await run.seal(records)
            raise Interrupted

        with pytest.raises(Interrupted):
            await purge(replace(run, seal=end))
    async with opschonen.begun(regels("P100Y")) as run:
        await purge(run)
    await verifier.seal()
    assert await verifier() == []
    opschonen.tampered = True
    removed = remove_first(cluster, database, versie.actie_id)
    assert [(one.soort, one.plek.volgnummer) for one in await verifier()] == [(Soort.VERWIJDERD, removed)]


async def test_T3_a_version_of_an_actie_that_stayed_is_not_excused(
    cluster: Cluster, database: str, log: Log, opschonen: Opschoning, verifier: Verifier, versie: Versie
) -> None:
    changed: list[Versie] = []
    async with opschonen.begun(regels("P1Y")) as run:

        async def seal_and_change(records: Sequence[int]) -> None:
            await run.seal(records)
            if not changed:
                changed.append(await change(log, versie))

        assert (await purge(replace(run, seal=seal_and_change))).overgeslagen == 1
    await verifier.seal()
    assert await verifier() == []
    opschonen.tampered = True
    remove_first(cluster, database, versie.actie_id)
    [finding] = await verifier()
    assert finding.soort is Soort.VERWIJDERD
    assert (finding.plek.actie_id, finding.plek.versie) == (versie.actie_id, 1)
