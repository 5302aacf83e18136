"""A log that moves house arrives whole, once, and only if it is what was signed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from pyrage.x25519 import Identity

from tests.support.store import AUTEUR, OTHER, PERSON, a_version
from tests.support.verhuizing import (
    Huis,
    a_house,
    exported,
    histories,
    imported,
    opened,
)
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import (
    Auteur,
    Versie,
    VerwerktObject,
    lapsed_version,
    next_version,
)
from verwerkingenlog.storage import reading
from verwerkingenlog.storage.embedded import Cluster

IDENTITY = Identity.generate()
CONFIDENTIAL = Vertrouwelijkheid.VERTROUWELIJK


@pytest.fixture
async def source(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Huis]:
    async with a_house(cluster, tmp_path) as huis:
        yield huis


@pytest.fixture
async def target(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Huis]:
    async with a_house(cluster, tmp_path) as huis:
        yield huis


async def succeed(huis: Huis, versie: Versie) -> None:
    async with huis.log.pool.acquire() as connection:
        before = await reading.current(connection, huis.log.ring, versie.actie_id)
        assert before is not None
        assert await huis.log.writer.succeed(connection, [(before, versie)])


async def fill(huis: Huis) -> list[str]:
    """Write acties of all kinds; give their ids."""
    moment = datetime.now(UTC)
    plain, lapsed, changing, loose = (
        a_version(PERSON),
        a_version(PERSON, OTHER, verwerking_id="48086bf2-11b7-4603-9526-67d7c3bb6587"),
        a_version(
            VerwerktObject("bsn", "000000012", betrokkenheid="Getuige", soorten_gegevens=("Naam", "é\n")),
            VerwerktObject("Personeelsnummer", "0012"),
            PERSON,
            soort_afnemer_id="BSN",
            afnemer_id="012345678",
            vertrouwelijkheid=CONFIDENTIAL,
            tijdstip=parse_tijdstip("2024-02-29t12:00:00.100000000z"),
            bewaartermijn="P10Y",
            gebruiker="medewerker-7",
            systeem="Burgerzaken",
        ),
        a_version(tijdstip=parse_tijdstip("0000-01-01T00:00:00Z"), verwerkte_objecten=()),
    )
    outsider = a_version(
        OTHER,
        soort_afnemer_id="OIN",
        afnemer_id="00000001821002193000",
        tijdstip=parse_tijdstip("9999-12-31T23:59:59.999999999-23:59"),
    )
    await asyncio.gather(
        *(huis.log.group_commit.register(one) for one in (plain, lapsed, changing, loose, outsider))
    )
    await succeed(huis, lapsed_version(lapsed, AUTEUR, moment))
    other = Auteur("beheersysteem", "")
    lighter = replace(
        changing.inhoud,
        vertrouwelijkheid=Vertrouwelijkheid.NORMAAL,
        verwerkte_objecten=(OTHER, VerwerktObject("Personeelsnummer", "0012")),
    )
    second = next_version(changing, lighter, other, moment)
    await succeed(huis, second)
    await succeed(huis, next_version(second, replace(lighter, verwerkte_objecten=(PERSON,)), AUTEUR, moment))
    return [one.actie_id for one in (plain, lapsed, changing, loose, outsider)]


async def test_M2_M7_a_log_arrives_as_it_was(source: Huis, target: Huis) -> None:
    acties = await fill(source)
    archive, manifest = await exported(source, IDENTITY)
    done = await imported(target, archive, IDENTITY)
    assert (done.geschreven, done.aanwezig) == (5, 0) == (manifest.acties, 0)
    assert manifest.versies == 8
    assert await histories(target, acties) == await histories(source, acties)


async def test_T2_nothing_of_a_person_is_readable_in_the_archive(source: Huis) -> None:
    await fill(source)
    archive, _ = await exported(source, IDENTITY)
    assert b"999993653" not in archive
    assert "999993653" in str(opened(archive, IDENTITY))
