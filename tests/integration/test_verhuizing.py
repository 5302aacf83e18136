"""A log that moves house arrives whole, once, and only where it does not meet another of the same name."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from pyrage.x25519 import Identity

from tests.support.postgres import psql
from tests.support.purging import Opschoning, follow
from tests.support.store import AUTEUR, OTHER, PERSON, a_version
from tests.support.verhuizing import (
    Huis,
    a_house,
    beheerlog,
    exported,
    exported_as_it_is,
    found,
    histories,
    ids,
    imported,
    many,
    now,
    of_sort,
    opened,
    removing,
    seal,
    write,
)
from verwerkingenlog.domain.beheer import Gebeurtenis
from verwerkingenlog.domain.opschoning import versies_sha256
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Klasse, Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import (
    Auteur,
    VerwerktObject,
    lapsed_version,
    next_version,
)
from verwerkingenlog.errors import ArchiveRefused, ConfigurationError
from verwerkingenlog.operations.beheer import note
from verwerkingenlog.operations.verificatie.verify import Opdracht, verify
from verwerkingenlog.storage import purging
from verwerkingenlog.storage.database import PURGING, SEALING, connect
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.sql import query
from verwerkingenlog.storage.verhuizing import prefer_indexes, take_turn

IDENTITY = Identity.generate()
NORMAL, CONFIDENTIAL = Vertrouwelijkheid.NORMAAL, Vertrouwelijkheid.VERTROUWELIJK
NUMBERED = VerwerktObject("Personeelsnummer", "0012")
AFNEMER = VerwerktObject("BSN", "012345678")
both_versions = pytest.mark.parametrize("cluster", [18, 16], indirect=True)


class StopHereError(Exception):
    pass


@pytest.fixture
async def source(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Huis]:
    async with a_house(cluster, tmp_path) as huis:
        yield huis


@pytest.fixture
async def target(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Huis]:
    async with a_house(cluster, tmp_path) as huis:
        yield huis


async def fill(huis: Huis) -> list[str]:
    """Write acties of all kinds; give their ids."""
    moment = datetime.now(UTC)
    plain = a_version(PERSON)
    lapsed = a_version(PERSON, OTHER, verwerking_id="48086bf2-11b7-4603-9526-67d7c3bb6587")
    changing = a_version(
        VerwerktObject("bsn", "000000012", betrokkenheid="Getuige", soorten_gegevens=("Naam", "é\n")),
        NUMBERED,
        PERSON,
        PERSON,
        soort_afnemer_id="BSN",
        afnemer_id=AFNEMER.object_id,
        vertrouwelijkheid=CONFIDENTIAL,
        tijdstip=parse_tijdstip("2024-02-29t12:00:00.100000000z"),
        bewaartermijn="P10Y",
        gebruiker="medewerker-7",
        systeem="Burgerzaken",
    )
    nobody = a_version(tijdstip=parse_tijdstip("0000-01-01T00:00:00Z"), verwerkte_objecten=())
    chain = a_version(
        OTHER,
        soort_afnemer_id="OIN",
        afnemer_id="00000001821002193000",
        tijdstip=parse_tijdstip("9999-12-31T23:59:59.999999999-23:59"),
        verwerking_id_afnemer="6d0d2c3e-8f4b-4a52-9d2e-1b7c5a9e0f42",
    )
    acties = (plain, lapsed, changing, nobody, chain)
    await asyncio.gather(*map(huis.log.group_commit.register, acties))
    await follow(huis.log, lapsed_version(lapsed, AUTEUR, moment))
    lighter = replace(changing.inhoud, vertrouwelijkheid=NORMAL, verwerkte_objecten=(OTHER, NUMBERED))
    second = next_version(changing, lighter, Auteur("beheersysteem", ""), moment)
    await follow(huis.log, second)
    await follow(
        huis.log, next_version(second, replace(lighter, verwerkte_objecten=(PERSON,)), AUTEUR, moment)
    )
    return [versie.actie_id for versie in acties]


async def require_verified(huis: Huis) -> None:
    await seal(huis)
    connection = await connect(huis.url, SEALING)
    try:
        verslag = await verify(
            connection, huis.log.ring, lambda: datetime.now(UTC), Opdracht(), lambda *_: None
        )
    finally:
        await connection.close()
    assert verslag.bevindingen == ()


@both_versions
async def test_M2_M3_I5_every_history_arrives_as_it_was(source: Huis, target: Huis) -> None:
    acties = await fill(source)
    archive, manifest = await exported(source, IDENTITY)
    done = await imported(target, archive, IDENTITY)
    assert (done.geschreven, done.aanwezig, manifest.acties, manifest.versies) == (5, 0, 5, 8)
    assert await histories(target, acties) == await histories(source, acties)
    await require_verified(target)


async def test_M7_M8_persons_are_found_as_before_by_keys_of_the_new_log(
    cluster: Cluster, source: Huis, target: Huis
) -> None:
    await fill(source)
    archive, _ = await exported(source, IDENTITY)
    await imported(target, archive, IDENTITY)
    for person in (PERSON, OTHER, NUMBERED, AFNEMER, VerwerktObject("BSN", "12")):
        assert await found(target, person) == await found(source, person)
    assert (await found(target, PERSON))[Klasse.OPGEHEVEN]
    before, after = (
        set(psql(cluster, "select zoekindex from verwerkingenlog.betrokkene", url=huis.url).split())
        for huis in (source, target)
    )
    assert len(before) == len(after)
    assert not before & after


async def test_R3_what_was_purged_stays_away_and_is_accounted_for(source: Huis, target: Huis) -> None:
    gone, kept = a_version(PERSON, bewaartermijn="P1D"), a_version(OTHER)
    for versie in (gone, kept):
        await source.log.group_commit.register(versie)
    await follow(source.log, lapsed_version(gone, AUTEUR, datetime.now(UTC)))
    await Opschoning(source.log, source.url)()
    archive, manifest = await exported(source, IDENTITY)
    assert (manifest.acties, manifest.versies, manifest.opgeschoond) == (1, 1, 2)
    await imported(target, archive, IDENTITY)
    assert await histories(target, [gone.actie_id, kept.actie_id]) == {
        gone.actie_id: [],
        kept.actie_id: [kept],
    }


async def test_R3_a_manifest_that_lapsed_takes_nothing_away_and_a_later_one_counts_once(
    source: Huis, target: Huis
) -> None:
    gone, kept = a_version(PERSON, bewaartermijn="P1D"), a_version(OTHER)
    for versie in (gone, kept):
        await source.log.group_commit.register(versie)
    async with source.log.pool.acquire() as connection:
        named = [row["volgnummer"] for row in await connection.fetch("select volgnummer from versie")]
    connection = await connect(source.url, PURGING)
    async with connection.transaction():
        about = {"versies_sha256": versies_sha256(named)}
        number = await note(connection, source.log.ring, now, os.urandom, Gebeurtenis.OPSCHONING, about)
        await purging.write_manifest(connection, number, named)
        await purging.drop_manifest(connection, number)
    await connection.close()
    await Opschoning(source.log, source.url)()
    archive, manifest = await exported(source, IDENTITY)
    assert (manifest.acties, manifest.opgeschoond) == (1, 1)
    assert (await imported(target, archive, IDENTITY)).geschreven == 1


async def test_M2_only_what_is_sealed_is_exported_and_the_rest_is_told(source: Huis) -> None:
    first, later = a_version(PERSON), a_version(PERSON)
    await source.log.group_commit.register(first)
    archive, manifest = await exported(source, IDENTITY)
    await source.log.group_commit.register(later)
    assert manifest.later == 0
    assert later.actie_id not in str(opened(archive, IDENTITY))


async def test_M2_a_log_that_was_never_sealed_is_not_exported(source: Huis) -> None:
    with pytest.raises(ConfigurationError, match="verwerkingenlog zegel"):
        await exported_as_it_is(source, IDENTITY)


async def test_M2_an_export_while_the_log_grows_is_whole(source: Huis, target: Huis) -> None:
    await write(source, many(300))

    async def grow() -> None:
        for _ in range(20):
            await source.log.group_commit.register(a_version(OTHER))
            await seal(source)

    (archive, manifest), _ = await asyncio.gather(exported(source, IDENTITY), grow())
    done = await imported(target, archive, IDENTITY)
    assert done.geschreven == manifest.acties >= 300


async def test_M7_a_page_of_an_export_never_reads_a_whole_table(source: Huis) -> None:
    await write(source, many(500))  # and no statistics yet
    async with removing(source) as verhuizer:
        await prefer_indexes(verhuizer.dienst)
        plan = await verhuizer.dienst.fetch(f"explain {query('verhuizing/acties').replace('$1', '100')}")
    steps = "\n".join(row[0] for row in plan)
    assert "Index Scan using versie_normaal_volgnummer" in steps
    assert "Seq Scan" not in steps
    assert "Bitmap" not in steps


async def test_M2_an_import_into_a_log_in_use_harms_neither(source: Huis, target: Huis) -> None:
    await write(source, many(1500))
    archive, _ = await exported(source, IDENTITY)
    own = [a_version(PERSON) for _ in range(60)]

    async def use() -> None:
        for versie in own:
            await target.log.group_commit.register(versie)
            await follow(target.log, lapsed_version(versie, AUTEUR, datetime.now(UTC)))

    await asyncio.gather(imported(target, archive, IDENTITY), use())
    assert all(len(one) == 2 for one in (await histories(target, [v.actie_id for v in own])).values())
    await require_verified(target)


async def test_M2_one_import_at_a_time(source: Huis, target: Huis) -> None:
    archive, _ = await exported(source, IDENTITY)
    async with removing(target) as other:
        assert await take_turn(other.dienst)
        with pytest.raises(ConfigurationError, match="loopt al een import"):
            await imported(target, archive, IDENTITY)


async def test_M3_two_logs_become_one(cluster: Cluster, tmp_path: Path, target: Huis) -> None:
    own = many(5)
    await write(target, own)
    for _ in range(2):
        async with a_house(cluster, tmp_path) as other:
            acties = await fill(other)
            archive, _ = await exported(other, IDENTITY)
            await imported(target, archive, IDENTITY)
            assert await histories(target, acties) == await histories(other, acties)
    assert await histories(target, ids(own)) == {versies[0].actie_id: versies[::-1] for versies in own}
    assert len((await found(target, PERSON))[Klasse.NORMAAL]) == 3
    await require_verified(target)


async def test_M3_an_actie_that_is_here_with_other_content_stops_the_import(
    source: Huis, target: Huis
) -> None:
    acties = many(6)
    await write(source, acties)
    other = [[replace(acties[n][0], auteur=Auteur("ander", ""))] for n in (1, 4)]
    shorter = [acties[3][:1]]
    await write(target, other + shorter)
    archive, _ = await exported(source, IDENTITY)
    told: list[str] = []
    with pytest.raises(ArchiveRefused, match="heeft 3 van deze"):
        await imported(target, archive, IDENTITY, conflict=told.append)
    assert sorted(told) == sorted(ids(other + shorter))
    assert len([one for one in (await histories(target, ids(acties))).values() if one]) == 3
    assert Gebeurtenis.IMPORT_BEGONNEN not in [one.daad.gebeurtenis for one in await beheerlog(target)]


async def test_M2_an_import_again_changes_nothing_even_after_changes(source: Huis, target: Huis) -> None:
    acties = await fill(source)
    archive, _ = await exported(source, IDENTITY)
    await imported(target, archive, IDENTITY)
    (plain,) = (await histories(target, acties))[acties[0]]
    await follow(target.log, lapsed_version(plain, AUTEUR, datetime.now(UTC)))
    before = await histories(target, acties)
    done = await imported(target, archive, IDENTITY)
    assert (done.geschreven, done.aanwezig, done.eerder_klaar) == (0, 5, True)
    assert await histories(target, acties) == before


@pytest.mark.parametrize("seed", range(3))
async def test_M2_an_import_that_stopped_anywhere_is_ended_by_the_next(
    source: Huis, target: Huis, seed: int
) -> None:
    acties = many(1600)
    await write(source, acties)
    archive, _ = await exported(source, IDENTITY)
    points = random.Random(seed)  # noqa: S311 - only has to vary
    for _ in range(3):
        left = points.randrange(1, 7)

        def stop(*_: int) -> None:
            nonlocal left
            left -= 1
            if not left:
                raise StopHereError

        with pytest.raises(StopHereError):
            await imported(target, archive, IDENTITY, progress=stop)
    done = await imported(target, archive, IDENTITY)
    assert done.geschreven + done.aanwezig == 1600
    assert await histories(target, ids(acties)) == await histories(source, ids(acties))
    await require_verified(target)


async def test_T1_export_and_import_are_on_record(source: Huis, target: Huis) -> None:
    await fill(source)
    archive, manifest = await exported(source, IDENTITY)
    await imported(target, archive, IDENTITY)
    made = (await beheerlog(source))[-1].daad
    assert made.gebeurtenis is Gebeurtenis.EXPORT
    assert made.inhoud["sha256"] == manifest.sha256
    assert made.inhoud["ontvangers"] == [str(IDENTITY.to_public())]
    begun, ended = (one.daad for one in (await beheerlog(target))[-2:])
    assert (begun.gebeurtenis, ended.gebeurtenis) == (Gebeurtenis.IMPORT_BEGONNEN, Gebeurtenis.IMPORT_KLAAR)
    assert begun.inhoud["checkpoint"] == ended.inhoud["checkpoint"] == manifest.checkpoint
    assert (ended.inhoud["geschreven"], ended.inhoud["versies"]) == (5, 8)


async def test_T2_the_archive_has_every_leaf_and_no_key(source: Huis) -> None:
    await fill(source)
    archive, manifest = await exported(source, IDENTITY)
    lines = opened(archive, IDENTITY)
    assert len(list(of_sort(lines, "actie"))) == manifest.acties
    assert b"999993653" not in archive
    text = str(lines)
    assert "999993653" in text
    assert all(key.sleutel not in text for key in source.log.ring.sleutels)
