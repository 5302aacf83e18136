"""Rule T3: a log that nobody touched is found sound, whatever is in it and whatever happens meanwhile."""

import pytest

from tests.support.postgres import psql
from tests.support.verifying import Verifier
from verwerkingenlog.operations.verificatie.verify import Opdracht
from verwerkingenlog.storage.embedded import Cluster

both_versions = pytest.mark.parametrize("cluster", [18, 16], indirect=True)


@both_versions
async def test_T3_a_sound_log_of_every_shape_has_no_findings(verifier: Verifier) -> None:
    await verifier.write_shapes()
    checkpoint = await verifier.seal()
    await verifier.write_shapes()
    later = await verifier.seal()
    verslag = await verifier.verslag(Opdracht())
    assert verslag.bevindingen == ()
    assert await verifier([checkpoint, later]) == []


async def test_T3_what_waits_for_its_seal_is_verified_too(verifier: Verifier) -> None:
    await verifier.write_shapes()
    assert await verifier() == []
    await verifier.seal()
    await verifier.write_shapes()
    assert await verifier() == []


async def test_T3_an_empty_log_is_sound(verifier: Verifier) -> None:
    assert await verifier() == []


async def test_T3_records_from_before_the_log_had_leaves_are_sound(
    verifier: Verifier, cluster: Cluster, database: str
) -> None:
    await verifier.write_shapes()
    psql(
        cluster,
        "set session_replication_role = replica; update verwerkingenlog.opvolging set vorige = null;"
        " delete from verwerkingenlog.ongezegeld"
        " where eerste in (select volgnummer from verwerkingenlog.versie)",
        url=database,
    )
    assert await verifier() == []
    await verifier.seal()
    assert await verifier() == []
