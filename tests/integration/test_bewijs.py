"""Proofs of what is in a real log: what they open to whom, and what they never open (T2, I4, A1, H1, L1)."""

import pytest

from tests.support.purging import Opschoning
from tests.support.sealed import Sealer
from tests.support.store import AUTEUR, OTHER, PERSON, a_version, an_actie
from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.toegang import Aanroeper, Scope
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import Versie, VerwerktObject, verwerkt_object_id
from verwerkingenlog.errors import LogAltered, NotAllowed, NotFound, NotSealed
from verwerkingenlog.ledger.checker import (
    NO_LEAF,
    Checkpoint,
    Opened,
    VerifierKey,
    VersieOpening,
    from_base64,
    open_checkpoint,
    opening_leaf,
    root_hash,
    verify_proof,
)
from verwerkingenlog.ledger.tiles import WIDTH, TilePath, tile_path, width_at
from verwerkingenlog.operations import bewijs, change
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.read_entry import ACTIE_NAAM
from verwerkingenlog.storage.database import connect

READER = Aanroeper("zaaksysteem", "medewerker-1", frozenset(Scope))
NORMAL = Aanroeper("zaaksysteem", "medewerker-1", frozenset({Scope.READ_NORMAL}))
UNEXPLAINED = Leesgegevens()
CONFIDENTIAL = Vertrouwelijkheid.VERTROUWELIJK
THIRD = VerwerktObject("BSN", "999994748")


async def registered(log: Log, *objecten: VerwerktObject, **changes: object) -> Versie:
    versie = a_version(*objecten, **changes)
    await log.group_commit.register(versie)
    return versie


async def proof_of(log: Log, actie: Versie, nummer: int | None = None, *, personen: bool = True) -> bytes:
    return await bewijs.prove_versie(log, READER, actie.actie_id, nummer, UNEXPLAINED, personen=personen)


async def citizens_proof(log: Log, actie: Versie, nummer: int) -> bytes:
    object_id = verwerkt_object_id(actie.actie_id, nummer)
    return await bewijs.prove_occurrence(log, READER, object_id, UNEXPLAINED)


def checked(proof: bytes, key: VerifierKey) -> tuple[VersieOpening, Checkpoint]:
    """Give what a proof opens, once it is found to hold."""
    held, checkpoint = verify_proof(proof, [key])
    assert isinstance(held.opening, VersieOpening)
    return held.opening, checkpoint


def persons_in(opening: VersieOpening) -> list[object]:
    return [deel.fields.get("objectId", deel.fields.get("afnemerId")) for deel, _ in opening.geopend]


async def entries(database: str) -> int:
    """Count the entries that reads have left (rule L1)."""
    connection = await connect(database)
    found: int = await connection.fetchval(
        "select count(*) from versie_volledig where actie_naam = $1", ACTIE_NAAM
    )
    await connection.close()
    return found


async def test_T2_a_proof_of_a_version_opens_all_fields_and_persons(log: Log, seal: Sealer) -> None:
    actie = await registered(log, PERSON, OTHER, systeem="Zaaksysteem")
    key = await seal()
    opening, _ = checked(await proof_of(log, actie), key)
    assert isinstance(opening.gemeenschappelijk, Opened)
    assert opening.gemeenschappelijk.fields["actieId"] == actie.actie_id
    assert isinstance(opening.intern, Opened)
    assert opening.intern.fields["systeem"] == "Zaaksysteem"
    assert opening.intern.fields["applicatie"] == AUTEUR.applicatie
    assert persons_in(opening) == [PERSON.object_id, OTHER.object_id]
    assert opening.alle
    assert opening.vorige == NO_LEAF


async def test_T2_M7_a_proof_without_persons_holds_none_and_is_no_read(
    log: Log, database: str, seal: Sealer
) -> None:
    actie = await registered(log, PERSON, OTHER, soort_afnemer_id="BSN", afnemer_id=THIRD.object_id)
    key = await seal()
    proof = await proof_of(log, actie, personen=False)
    opening, _ = checked(proof, key)
    assert opening.geopend == ()
    assert isinstance(opening.intern, Opened)
    shown = opening.intern.inhoud + getattr(opening.gemeenschappelijk, "inhoud", "")
    assert not any(person.object_id in shown for person in (PERSON, OTHER, THIRD))
    assert await entries(database) == 0


async def test_T2_an_afnemer_who_is_a_person_is_opened_with_the_persons(log: Log, seal: Sealer) -> None:
    actie = await registered(log, PERSON, soort_afnemer_id="BSN", afnemer_id=THIRD.object_id)
    key = await seal()
    opening, _ = checked(await proof_of(log, actie), key)
    assert persons_in(opening) == [THIRD.object_id, PERSON.object_id]


async def test_T2_each_version_follows_on_the_leaf_of_the_one_before(log: Log, seal: Sealer) -> None:
    actie = await registered(log, PERSON)
    await change.replace(log, READER, actie.actie_id, an_actie(PERSON, OTHER, actie_naam="Verbeterd"))
    await change.remove(log, READER, actie.actie_id)
    key = await seal()
    leaves = [NO_LEAF]
    for nummer in (1, 2, 3):
        opening, _ = checked(await proof_of(log, actie, nummer), key)
        assert isinstance(opening.gemeenschappelijk, Opened)
        fields = opening.gemeenschappelijk.fields
        assert (fields["versie"], fields["vervallen"]) == (nummer, nummer == 3)
        assert opening.vorige == leaves[-1]
        leaves.append(opening_leaf(opening))
    assert await proof_of(log, actie) == await proof_of(log, actie, 3)


async def test_I4_a_citizens_proof_opens_the_common_fields_and_their_own_occurrence(
    log: Log, seal: Sealer
) -> None:
    actie = await registered(
        log, PERSON, OTHER, systeem="Zaaksysteem", soort_afnemer_id="BSN", afnemer_id=THIRD.object_id
    )
    key = await seal()
    proof = await citizens_proof(log, actie, 2)
    opening, _ = checked(proof, key)
    assert isinstance(opening.gemeenschappelijk, Opened)
    assert opening.gemeenschappelijk.fields["afnemerId"] is None
    assert isinstance(opening.intern, bytes)
    assert persons_in(opening) == [OTHER.object_id]
    assert not opening.alle
    text = proof.decode() + from_base64(proof.decode().splitlines()[1].removeprefix("extra ")).decode()
    assert not any(hidden in text for hidden in (PERSON.object_id, THIRD.object_id, "Zaaksysteem"))


async def test_I4_an_afnemer_is_opened_to_the_same_person(log: Log, seal: Sealer) -> None:
    written_otherwise = PERSON.object_id.zfill(9)
    actie = await registered(log, OTHER, PERSON, OTHER, soort_afnemer_id="bsn", afnemer_id=written_otherwise)
    key = await seal()
    assert persons_in(checked(await citizens_proof(log, actie, 2), key)[0]) == [written_otherwise] * 2
    assert persons_in(checked(await citizens_proof(log, actie, 3), key)[0]) == [OTHER.object_id]


@pytest.mark.parametrize("vertrouwelijkheid", [CONFIDENTIAL, Vertrouwelijkheid.NORMAAL])
async def test_A1_H1_a_normal_reader_gets_what_is_current_and_normal(
    log: Log, seal: Sealer, vertrouwelijkheid: Vertrouwelijkheid
) -> None:
    actie = await registered(log, PERSON, vertrouwelijkheid=vertrouwelijkheid)
    await change.replace(log, READER, actie.actie_id, an_actie(PERSON, vertrouwelijkheid=vertrouwelijkheid))
    await seal()

    async def asked(nummer: int) -> bytes:
        return await bewijs.prove_versie(log, NORMAL, actie.actie_id, nummer, UNEXPLAINED, personen=False)

    if vertrouwelijkheid is CONFIDENTIAL:
        with pytest.raises(NotAllowed):
            await asked(2)
    else:
        assert await asked(2)
    for nummer in (1, 3):
        with pytest.raises(NotAllowed):
            await asked(nummer)
    await change.remove(log, READER, actie.actie_id)
    for nummer in (1, 2, 3):
        with pytest.raises(NotFound):
            await asked(nummer)


async def test_H1_what_does_not_exist_is_not_found(log: Log, seal: Sealer) -> None:
    actie = await registered(log, PERSON)
    await seal()
    with pytest.raises(NotFound):
        await proof_of(log, actie, 2)
    with pytest.raises(NotFound):
        await proof_of(log, a_version())
    with pytest.raises(NotFound):
        await bewijs.prove_versie(log, READER, None, 1, UNEXPLAINED, personen=True)
    for object_id in (None, verwerkt_object_id(actie.actie_id, 2), actie.actie_id):
        with pytest.raises(NotFound):
            await bewijs.prove_occurrence(log, READER, object_id, UNEXPLAINED)


async def test_I3_what_inzage_does_not_show_has_no_proof(log: Log, seal: Sealer) -> None:
    actie = await registered(log, PERSON, vertrouwelijkheid=CONFIDENTIAL)
    await seal()
    with pytest.raises(NotFound):
        await citizens_proof(log, actie, 1)
    await change.replace(log, READER, actie.actie_id, an_actie(PERSON))
    await seal()
    assert await citizens_proof(log, actie, 1)
    with pytest.raises(NotFound):
        await bewijs.prove_occurrence(log, NORMAL, verwerkt_object_id(actie.actie_id, 1), UNEXPLAINED)
    await change.remove(log, READER, actie.actie_id)
    await seal()
    with pytest.raises(NotFound):
        await citizens_proof(log, actie, 1)


async def test_L1_a_proof_that_opens_persons_is_a_read_of_them(log: Log, database: str, seal: Sealer) -> None:
    actie = await registered(log, PERSON, OTHER)
    await seal()
    await proof_of(log, actie)
    assert await entries(database) == 1
    await citizens_proof(log, actie, 1)
    assert await entries(database) == 2
    with pytest.raises(NotFound):
        await citizens_proof(log, actie, 3)
    assert await entries(database) == 2


async def test_L1_what_is_not_sealed_is_refused_and_no_read(log: Log, database: str, seal: Sealer) -> None:
    actie = await registered(log, PERSON)
    with pytest.raises(NotSealed):
        await proof_of(log, actie)
    with pytest.raises(NotSealed):
        await bewijs.checkpoint(log)
    await seal()
    later = await registered(log, PERSON)
    with pytest.raises(NotSealed):
        await citizens_proof(log, later, 1)
    assert await entries(database) == 0
    assert await proof_of(log, actie)


async def test_T3_a_record_that_was_changed_has_no_proof(log: Log, database: str, seal: Sealer) -> None:
    actie = await registered(log, PERSON, gebruiker="u1")
    await seal()
    connection = await connect(database)
    await connection.execute("alter table versie disable trigger all; update versie set gebruiker = 'u2';")
    await connection.close()
    with pytest.raises(LogAltered):
        await proof_of(log, actie)
    assert await entries(database) == 0


async def test_R3_what_was_purged_has_no_proof_and_an_earlier_one_still_holds(
    log: Log, seal: Sealer, opschonen: Opschoning
) -> None:
    long_ago = parse_tijdstip("2016-11-24T12:00:00Z")
    gone, stays = await registered(log, tijdstip=long_ago, bewaartermijn="P1Y"), await registered(log)
    key = await seal()
    before = await proof_of(log, gone)
    await opschonen()
    with pytest.raises(NotFound):
        await proof_of(log, gone)
    with pytest.raises(NotFound):
        await citizens_proof(log, gone, 1)
    assert checked(before, key)
    assert checked(await proof_of(log, stays), key)


async def test_T1_anyone_can_rebuild_the_root_from_the_tiles(log: Log, seal: Sealer) -> None:
    for _ in range(WIDTH + 44):
        await registered(log)
    key = await seal()
    signed = open_checkpoint(await bewijs.checkpoint(log), [key])
    assert signed.size >= WIDTH + 44
    read = b""
    for number in range(2):
        path = tile_path(TilePath(0, number, width_at(0, number, signed.size)))
        tegel = await bewijs.tile(log, path)
        assert tegel.full == (number == 0)
        read += tegel.hashes
    leaves = [read[place : place + 32] for place in range(0, len(read), 32)]
    assert root_hash(leaves) == signed.root
    above = await bewijs.tile(log, tile_path(TilePath(1, 0, 1)))
    assert above.hashes == root_hash(leaves[:WIDTH])


async def test_T1_a_partial_tile_can_be_had_when_it_is_full_long_since(log: Log, seal: Sealer) -> None:
    for _ in range(WIDTH + 1):
        await registered(log)
    await seal()
    full = await bewijs.tile(log, "tile/0/000")
    for width in (1, 100, WIDTH - 1):
        part = await bewijs.tile(log, f"tile/0/000.p/{width}")
        assert part == (full.hashes[: width * 32], False)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/001",
        "tile/1/000.p/1",
        "tile/0/000.p/200",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/0",
        "tile/00/000",
        "tile/63/000",
        "tile/64/000",
        "tile/0/x000/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/000/",
        "tile/entries/000",
        "tile/0/\u0660\u0660\u0660",
        "tile/",
    ],
)
async def test_T1_a_tile_that_is_not_there_is_not_found(log: Log, seal: Sealer, path: str) -> None:
    await registered(log)
    await seal()
    with pytest.raises(NotFound):
        await bewijs.tile(log, path)
