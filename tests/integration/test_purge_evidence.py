"""Purging breaks no proof: what remains is proven as before, and by what was signed before (rules R3, T2)."""

from tests.support.purging import Opschoning, change, connected
from tests.support.sealed import Sealer
from tests.support.store import OTHER, PERSON, a_version
from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.toegang import Aanroeper, Scope
from verwerkingenlog.ledger.checker import (
    VerifierKey,
    open_checkpoint,
    verify_consistency,
    verify_inclusion,
    verify_proof,
)
from verwerkingenlog.ledger.tree import Range, consistency, hashes, inclusion, tiles_of
from verwerkingenlog.operations.bewijs import prove_versie
from verwerkingenlog.operations.log import Log
from verwerkingenlog.storage import boom

READER = Aanroeper("zaaksysteem", "medewerker-1", frozenset(Scope))
UNEXPLAINED = Leesgegevens()


async def path(opschonen: Opschoning, ranges: tuple[Range, ...]) -> tuple[bytes, ...]:
    async with connected(opschonen.database) as connection:
        found = await boom.tiles(connection, tiles_of(ranges))
    return hashes(ranges, boom.reader(found))


async def checkpoint(opschonen: Opschoning) -> str:
    async with connected(opschonen.database) as connection:
        return await boom.checkpoint(connection) or ""


async def leaf_of(opschonen: Opschoning, actie_id: str) -> tuple[int, bytes]:
    """Give where the first version of an actie lies in the tree, and its leaf there."""
    async with connected(opschonen.database) as connection:
        number = await connection.fetchval(
            "select volgnummer from versie where actie_id = $1 and nummer = 1", actie_id
        )
        index = (await boom.leaf_index(connection, [number]))[number]
    [leaf] = await path(opschonen, (Range(index, index + 1),))
    return index, leaf


async def test_R3_old_proofs_of_what_remains_check_with_the_old_checkpoint(
    log: Log, opschonen: Opschoning, seal: Sealer
) -> None:
    kept, going = a_version(PERSON), a_version(PERSON, OTHER, bewaartermijn="P1Y")
    for versie in (going, kept):
        await log.group_commit.register(versie)
    await change(log, going, gebruiker="medewerker-2")
    await change(log, kept, gebruiker="medewerker-2")
    key: VerifierKey = await seal()
    old = open_checkpoint(await checkpoint(opschonen), [key])
    proof = await prove_versie(log, READER, kept.actie_id, 2, UNEXPLAINED, personen=True)
    places = {each.actie_id: await leaf_of(opschonen, each.actie_id) for each in (kept, going)}
    paths = {each: await path(opschonen, inclusion(index, old.size)) for each, (index, _) in places.items()}

    assert (await opschonen()).acties == 1

    await seal()
    new = open_checkpoint(await checkpoint(opschonen), [key])
    assert new.size > old.size
    _, found = verify_proof(proof, [key])
    assert found == old
    for actie_id, (index, leaf) in places.items():
        # The leaf of what went stays too: it says nothing without its content and its salts.
        assert await path(opschonen, inclusion(index, old.size)) == paths[actie_id]
        verify_inclusion(index, old.size, leaf, paths[actie_id], old.root)
        verify_inclusion(index, new.size, leaf, await path(opschonen, inclusion(index, new.size)), new.root)
    extension = await path(opschonen, consistency(old.size, new.size))
    verify_consistency(old.size, new.size, extension, old.root, new.root)


async def test_R3_what_remains_is_proven_anew_after_a_purge(
    log: Log, opschonen: Opschoning, seal: Sealer
) -> None:
    kept = a_version(PERSON)
    for versie in (a_version(PERSON, bewaartermijn="P1Y"), kept, a_version(OTHER, bewaartermijn="P1Y")):
        await log.group_commit.register(versie)
    await opschonen()
    key = await seal()
    proof, found = verify_proof(
        await prove_versie(log, READER, kept.actie_id, 1, UNEXPLAINED, personen=False), [key]
    )
    assert found == open_checkpoint(await checkpoint(opschonen), [key])
    assert kept.actie_id in str(proof.opening)
