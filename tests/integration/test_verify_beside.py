"""Rule T3: a log that grows, is purged or gets other keys while it is verified gives no findings."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.keys import keeping
from tests.support.postgres import psql
from tests.support.purging import Opschoning
from tests.support.store import PERSON, a_version
from tests.support.verifying import Verifier, now
from verwerkingenlog.domain.verwerkingsactie import VerwerktObject
from verwerkingenlog.ledger.tiles import WIDTH
from verwerkingenlog.operations.rotate import rotate
from verwerkingenlog.operations.sleutels import destroy, make
from verwerkingenlog.operations.verificatie.bevinding import Bevinding
from verwerkingenlog.operations.verificatie.checkpoints import Gepubliceerd
from verwerkingenlog.operations.verificatie.state import Voortgangsbestand
from verwerkingenlog.operations.verificatie.verify import Opdracht, Verslag, verify
from verwerkingenlog.operations.verificatie.workers import Toegang
from verwerkingenlog.storage import rotating
from verwerkingenlog.storage.database import SEALING, connect
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.keyring import Doel
from verwerkingenlog.storage.ringfile import RingFile

LEAVES = 2500
"""More than are looked at together here."""


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have fewer leaves looked at together than a small log has."""
    for module in ("verify", "workers"):
        monkeypatch.setattr(f"verwerkingenlog.operations.verificatie.{module}.STRETCH", 8 * WIDTH)


async def verified(verifier: Verifier, opdracht: Opdracht, each: Callable[[int], Awaitable[None]]) -> Verslag:
    """Verify, and do something beside it after each stretch."""
    connection = await connect(verifier.database, SEALING)
    beside: list[asyncio.Task[None]] = []

    def observe(done: int, _: int) -> None:
        beside.append(asyncio.ensure_future(each(done)))

    try:
        verslag = await verify(connection, verifier.log.ring, now, opdracht, observe)
        await asyncio.gather(*beside)
    finally:
        await connection.close()
    return verslag


@pytest.fixture
async def filled(verifier: Verifier) -> Verifier:
    """Give a log with more leaves than are looked at together."""
    await verifier.write_shapes()
    await verifier.write(*(a_version(PERSON, bewaartermijn="P1Y") for _ in range(LEAVES)))
    await verifier.seal()
    return verifier


async def test_T3_a_log_that_grows_meanwhile_is_sound(filled: Verifier) -> None:
    async def grow(_: int) -> None:
        await filled.write_shapes()
        await filled.seal()
        await filled.write_shapes()

    verslag = await verified(filled, Opdracht(), grow)
    assert verslag.bevindingen == ()
    assert verslag.grootte > LEAVES


async def test_T3_R3_a_log_that_is_purged_meanwhile_is_sound(filled: Verifier, opschonen: Opschoning) -> None:
    purged = False

    async def purge(_: int) -> None:
        nonlocal purged
        if not purged:
            purged = True
            assert (await opschonen()).versies > LEAVES

    assert (await verified(filled, Opdracht(), purge)).bevindingen == ()
    verslag = await filled.verslag(Opdracht())
    assert verslag.bevindingen == ()
    assert verslag.opgeschoond > LEAVES


@pytest.mark.parametrize("doel", ["zoeken", "onthullen", "ondertekenen"])
async def test_T3_M7_a_log_that_gets_other_keys_meanwhile_is_sound(
    filled: Verifier, sleutels: Path, monkeypatch: pytest.MonkeyPatch, doel: Doel
) -> None:
    monkeypatch.setattr(rotating, "PAGE", 2)
    found: list[Bevinding] = []

    async with keeping(filled.database, sleutels) as keeper:
        old = next(key.id for key in keeper.ring.sleutels if key.doel == doel)
        ring = RingFile(sleutels).ring()  # of one who does not know yet what is to come
        await make(keeper, doel)
        rotation = asyncio.create_task(rotate(keeper, doel))
        while not rotation.done():
            await filled.write(a_version(PERSON), a_version(VerwerktObject("Zaaknummer", str(len(found)))))
            found += await filled(ring=ring)
        await rotation
        await filled.seal()
        assert [*found, *await filled()] == []
        if doel != "ondertekenen":  # the old one goes on signing beside the new one
            await destroy(keeper, old)
            assert await filled() == []


class Stopped(Exception):
    """The verification ends here."""


@pytest.fixture
def stopping(
    filled: Verifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Awaitable[None]]:
    """Give what verifies, and stops after the first stretch."""
    monkeypatch.setattr("verwerkingenlog.operations.verificatie.verify.SECONDS_BETWEEN_SAVES", 0.0)

    async def stop() -> None:
        connection = await connect(filled.database, SEALING)

        def observe(done: int, total: int) -> None:
            if done == total:
                raise Stopped

        opdracht = Opdracht(voortgang=Voortgangsbestand(tmp_path / "stand.json"))
        try:
            with pytest.raises(Stopped):
                await verify(connection, filled.log.ring, now, opdracht, observe)
        finally:
            await connection.close()

    return stop


async def test_T3_a_verification_that_was_interrupted_goes_on(
    filled: Verifier, stopping: Callable[[], Awaitable[None]], tmp_path: Path, cluster: Cluster
) -> None:
    tampered = (
        "set session_replication_role = replica;"
        " update verwerkingenlog.versie set gebruiker = 'x' where volgnummer = {}"
    )
    early, late = (
        int(
            psql(
                cluster,
                f"select {pick}(volgnummer) from verwerkingenlog.versie where nummer = 1"
                " and verwerkingenlog.is_gezegeld(volgnummer)"
                " and actie_id not in (select actie_id from verwerkingenlog.versie where nummer > 1)",
                url=filled.database,
            )
        )
        for pick in ("min", "max")
    )
    for number in (early, late):
        psql(cluster, tampered.format(number), url=filled.database)
    await stopping()
    opdracht = Opdracht(voortgang=Voortgangsbestand(tmp_path / "stand.json"), hervat=True)
    checkpoint = await filled.seal()
    verslag = await filled.verslag(opdracht)
    assert verslag.hervat_bij > 0
    assert {one.plek.volgnummer for one in verslag.bevindingen} == {early, late}
    assert not (tmp_path / "stand.json").exists()
    again = await filled.verslag(Opdracht(gepubliceerd=[Gepubliceerd("hier", checkpoint)]))
    assert set(again.bevindingen) == set(verslag.bevindingen)


async def test_T3_what_was_verified_of_another_tree_does_not_count(
    filled: Verifier, stopping: Callable[[], Awaitable[None]], tmp_path: Path, cluster: Cluster
) -> None:
    await stopping()
    psql(
        cluster,
        "set session_replication_role = replica; update verwerkingenlog.tegel"
        " set hashes = set_byte(hashes, 9, get_byte(hashes, 9) # 1) where niveau = 0 and nummer = 0;"
        " update verwerkingenlog.rand set hashes = set_byte(hashes, 9, get_byte(hashes, 9) # 1)"
        " where niveau = 1",
        url=filled.database,
    )
    opdracht = Opdracht(voortgang=Voortgangsbestand(tmp_path / "stand.json"), hervat=True)
    verslag = await filled.verslag(opdracht)
    assert verslag.hervat_bij == 0
    assert verslag.bevindingen


async def test_T3_several_processes_find_the_same(filled: Verifier, sleutels: Path, cluster: Cluster) -> None:
    psql(
        cluster,
        "set session_replication_role = replica; update verwerkingenlog.versie set gebruiker = 'x'"
        " where volgnummer % 500 = 7",
        url=filled.database,
    )
    alone = await filled.verslag(Opdracht())
    toegang = Toegang(filled.database, sleutels, None)
    together = await filled.verslag(Opdracht(toegang=toegang, processen=2))
    assert set(together.bevindingen) == set(alone.bevindingen) != set()
    assert together.wortel == alone.wortel
