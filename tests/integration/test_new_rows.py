"""Nearly every record is written by a short statement that gives only what varies: the row is the same."""

import os
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from tests.support.store import AUTEUR, PERSON, a_version
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import Versie, VerwerktObject
from verwerkingenlog.operations.log import Log
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.writing import Writer

OIN = "00000001821002193000"
UUID = "5f0bef4c-f66f-4311-84a5-19e8bf359eaf"
PLAIN = [
    a_version(),
    a_version(VerwerktObject("bsn", "00012345", betrokkenheid="Getuige", soorten_gegevens=("Naam", "Adres"))),
    a_version(VerwerktObject("nummer", "7"), vertrouwelijkheid=Vertrouwelijkheid.VERTROUWELIJK),
    a_version(PERSON, vertrouwelijkheid=Vertrouwelijkheid.OPGEHEVEN, gebruiker="medewerker-2"),
    a_version(PERSON, tijdstip=parse_tijdstip("2024-04-05T14:35:42.500Z")),
    a_version(PERSON, tijdstip=parse_tijdstip("2024-04-05t14:35:42.5z")),
    a_version(PERSON, tijdstip=parse_tijdstip("0000-02-29T00:00:00-23:59")),
    a_version(PERSON, tijdstip=parse_tijdstip("2024-04-05T14:35:42+00:00"), gebruiker=""),
    a_version(PERSON, verwerking_id=UUID, verwerking_id_afnemer=UUID, afnemer_id=OIN, soort_afnemer_id="OIN"),
]
NOT_PLAIN = [
    a_version(PERSON, PERSON),
    replace(
        a_version(), nummers=(), hoogste_nummer=0, inhoud=replace(a_version().inhoud, verwerkte_objecten=())
    ),
    a_version(PERSON, afnemer_id="999990342", soort_afnemer_id="BSN"),
]


async def stored(
    connection: Connection, versies: Sequence[Versie], writer: Writer, *, short: bool
) -> list[Any]:
    """Write these versions and give what is in the tables then, but for the numbers of the records."""
    records = await writer.new_records(connection, versies)
    records = [record._replace(zaad=bytes([at] * 16)) for at, record in enumerate(records)]
    numbers = await writer.resolve(connection, records)
    transaction = connection.transaction()
    await transaction.start()
    await writer.insert(connection, records, numbers if short else numbers._replace(nieuw={}))
    rows = [
        await connection.fetch(f"select to_jsonb(t) - 'volgnummer' as row from {table} t order by volgnummer")
        for table in ("versie", "(select versie as volgnummer, betrokkene, kenmerken from verwerkt_object)")
    ]
    marks = await connection.fetch("select bladeren from ongezegeld order by eerste desc limit 1")
    await transaction.rollback()
    return [*rows, marks]


@pytest.mark.parametrize("cluster", [18, 16], indirect=True)
async def test_M2_T1_the_short_way_writes_the_same_rows_and_leaves(log: Log) -> None:
    async with log.pool.acquire() as connection:
        writer = Writer(log.ring, os.urandom)
        short = await stored(connection, PLAIN, writer, short=True)
        assert short == await stored(connection, PLAIN, writer, short=False)
        assert [len(rows) for rows in short] == [len(PLAIN), 0, 1]
        for versie in PLAIN:
            alone = await stored(connection, [versie], writer, short=True)
            assert alone == await stored(connection, [versie], writer, short=False)


async def test_M2_the_long_way_is_taken_for_all_where_one_needs_it(log: Log) -> None:
    for versie in NOT_PLAIN:
        async with log.pool.acquire() as connection:
            writer = Writer(log.ring, os.urandom)
            mixed = [a_version(), versie, a_version()]
            records = await writer.new_records(connection, mixed)
            numbers = await writer.resolve(connection, records)
            assert numbers.nieuw.keys() == {records[0].volgnummer, records[2].volgnummer}
            await writer.insert(connection, records, numbers)
            assert AUTEUR.gebruiker in await connection.fetchval(
                "select string_agg(auteur_gebruiker, ' ') from versie where volgnummer = any($1)",
                [record.volgnummer for record in records],
            )
