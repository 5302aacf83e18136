"""A log with a record of every shape, and its verification, for tests of both."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from tests.support.store import AUTEUR, OTHER, PERSON, a_version
from verwerkingenlog.domain.beheer import Gebeurtenis
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import Versie, VerwerktObject, lapsed_version, next_version
from verwerkingenlog.operations.beheer import note
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.verificatie.bevinding import Bevinding, Wat
from verwerkingenlog.operations.verificatie.checkpoints import Gepubliceerd
from verwerkingenlog.operations.verificatie.verify import Opdracht, Verslag, verify
from verwerkingenlog.operations.verzegeling.seal import seal_all
from verwerkingenlog.storage import boom, reading
from verwerkingenlog.storage.database import SEALING, connect
from verwerkingenlog.storage.keyring import KeyRing

THIRD = VerwerktObject("bsn", "0999994748", betrokkenheid="Getuige", soorten_gegevens=("Naam", "Adres"))
_TOGETHER = 500
VERWERKING = "48086bf2-11b7-4603-9526-67d7c3bb6587"


def now() -> datetime:
    return datetime.now(UTC)


class Verifier:
    """Verifies the log of a test, and does to it what the log itself does."""

    def __init__(self, log: Log, database: str, passed_over: Wat | None = None) -> None:
        self.log, self.database = log, database
        self._passed_over = passed_over

    async def __call__(
        self, gepubliceerd: Sequence[str] = (), ring: KeyRing | None = None
    ) -> list[Bevinding]:
        """Give what is found; `gepubliceerd` are notes that were kept elsewhere."""
        opdracht = Opdracht(
            gepubliceerd=[Gepubliceerd(f"bewaard {i}", note) for i, note in enumerate(gepubliceerd)]
        )
        found = (await self.verslag(opdracht, ring)).bevindingen
        return [one for one in found if one.plek.wat is not self._passed_over]

    async def verslag(self, opdracht: Opdracht, ring: KeyRing | None = None) -> Verslag:
        """Give all that a verification says."""
        connection = await connect(self.database, SEALING)
        try:
            return await verify(connection, ring or self.log.ring, now, opdracht, lambda *_: None)
        finally:
            await connection.close()

    async def seal(self) -> str:
        """Seal all that waits, and give the checkpoint."""
        connection = await connect(self.database, SEALING)
        try:
            await seal_all(connection, self.log.ring, now)
            return await boom.checkpoint(connection) or ""
        finally:
            await connection.close()

    async def note(self, gebeurtenis: Gebeurtenis = Gebeurtenis.EXPORT, **inhoud: object) -> int:
        """Write down an act of an administrator."""
        connection = await connect(self.database, SEALING)
        try:
            async with connection.transaction():
                return await note(connection, self.log.ring, now, self.log.random, gebeurtenis, inhoud)
        finally:
            await connection.close()

    async def write(self, *versies: Versie) -> None:
        """Log new acties."""
        for first in range(0, len(versies), _TOGETHER):
            some = versies[first : first + _TOGETHER]
            await asyncio.gather(*(self.log.group_commit.register(versie) for versie in some))

    async def change(self, before: Versie, **changes: object) -> Versie:
        """Write the next version of an actie."""
        return await self._succeed(
            before, next_version(before, replace(before.inhoud, **changes), AUTEUR, now())
        )

    async def lapse(self, before: Versie) -> Versie:
        """End an actie."""
        return await self._succeed(before, lapsed_version(before, AUTEUR, now()))

    async def _succeed(self, before: Versie, after: Versie) -> Versie:
        async with self.log.pool.acquire() as connection:
            record = await reading.current(connection, self.log.ring, before.actie_id)
            assert record is not None
            assert await self.log.writer.succeed(connection, [(record, after)])
        return after

    async def write_shapes(self) -> list[Versie]:
        """Write a version of every shape that there is."""
        unusual = [
            a_version(tijdstip=parse_tijdstip(text))
            for text in (
                "0000-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999999999-23:59",
                "2024-02-29t12:00:00.100000000z",
                "2024-02-29T12:00:00-00:00",
            )
        ]
        dropping = a_version(PERSON, OTHER, THIRD)
        confidential = a_version(OTHER, vertrouwelijkheid=Vertrouwelijkheid.VERTROUWELIJK)
        turning = a_version(PERSON, PERSON, OTHER)
        lapsing = a_version(THIRD, PERSON)
        several = a_version(OTHER, THIRD)
        empty = replace(
            a_version(),
            inhoud=replace(a_version().inhoud, verwerkte_objecten=()),
            nummers=(),
            hoogste_nummer=0,
        )
        full = a_version(
            PERSON,
            handeling_naam="Bekijken",
            verwerking_naam="Verhuizing",
            verwerking_id=VERWERKING,
            verwerking_id_afnemer="a3b1a2c4-11b7-4603-9526-67d7c3bb6587",
            verwerkingsactiviteit_id="5f0bef4c-f66f-4311-84a5-19e8bf359eaf",
            verwerkingsactiviteit_url="https://var.example/1",
            verwerkingsactiviteit_id_afnemer="5f0bef4c-f66f-4311-84a5-19e8bf359eae",
            verwerkingsactiviteit_url_afnemer="https://var.example/2",
            bewaartermijn="P10Y",
            uitvoerder="00000001821002193000",
            systeem="Zaaksysteem",
            gebruiker="medewerker",
            gegevensbron="BRP",
            soort_afnemer_id="OIN",
            afnemer_id="00000001821002193000",
        )
        for_person = a_version(OTHER, soort_afnemer_id="BSN", afnemer_id="00999991905")
        await self.write(*unusual, dropping, confidential, turning, lapsing, empty, full, for_person, several)
        dropped = await self.change(dropping, verwerkte_objecten=(OTHER,))
        dropped = await self.change(dropped, verwerkte_objecten=(PERSON, OTHER), bewaartermijn="P1Y")
        turned = await self.change(turning, vertrouwelijkheid=Vertrouwelijkheid.VERTROUWELIJK)
        raised = await self.change(turned, vertrouwelijkheid=Vertrouwelijkheid.OPGEHEVEN)
        lapsed = await self.lapse(lapsing)
        emptied = await self.change(for_person, verwerkte_objecten=())
        await self.note(bestand="export.age", records=3)
        return [*unusual, several, dropped, confidential, raised, lapsed, empty, full, emptied]


@pytest.fixture
def verifier(log: Log, database: str) -> Verifier:
    """Give what verifies the log."""
    return Verifier(log, database)
