"""The record of what administrators did; sealed like every other record (rule T1)."""

from collections.abc import AsyncIterator
from typing import Any, Final, NamedTuple

import msgspec

from verwerkingenlog.domain.beheer import Beheerdaad, Gebeurtenis
from verwerkingenlog.ledger.bladen import beheer_blad, written_moment
from verwerkingenlog.storage.database import Connection, moment_of, moment_parameter
from verwerkingenlog.storage.keyring import KeyRing, Randomness
from verwerkingenlog.storage.sql import query
from verwerkingenlog.storage.writing import SEED_BYTES, new_block

_PAGE: Final = 500
# For strings, whole numbers and names in ASCII these bytes are those of RFC 8785 (JCS).
_jcs: Final = msgspec.json.Encoder(order="sorted").encode


class Beheerrecord(NamedTuple):
    """An act as it lies in the log: its number, the act, its seed, and whether the tree holds it yet."""

    volgnummer: int
    daad: Beheerdaad
    zaad: bytes
    gezegeld: bool


async def record(connection: Connection, ring: KeyRing, daad: Beheerdaad, random: Randomness) -> int:
    """Write down an act, in the transaction of the caller, and give its number in the log."""
    volgnummer = (await new_block(connection))[0]
    zaad = random(SEED_BYTES)
    await connection.execute(
        query("beheer/insert"),
        volgnummer,
        moment_parameter(daad.tijdstip),
        daad.wie,
        daad.gebeurtenis.value,
        inhoud_text(daad),
        zaad.hex(),
        beheer_blad(canonical(daad), ring.salts(zaad)),
    )
    return volgnummer


def inhoud_text(daad: Beheerdaad) -> str:
    """Give what there is to say of an act as it is stored: canonical JSON."""
    return _jcs(daad.inhoud).decode()


def canonical(daad: Beheerdaad) -> bytes:
    """Give the JCS bytes that the leaf of an act commits to."""
    return _jcs(
        {
            "gebeurtenis": daad.gebeurtenis.value,
            "inhoud": daad.inhoud,
            "tijdstip": written_moment(daad.tijdstip),
            "wie": daad.wie,
        }
    )


async def records(connection: Connection) -> AsyncIterator[Beheerrecord]:
    """Give every act, in the order of their numbers."""
    last = 0
    while rows := await connection.fetch(query("beheer/list"), last, _PAGE):
        for row in rows:
            yield from_row(row)
        last = rows[-1]["volgnummer"]


def from_row(row: Any) -> Beheerrecord:  # noqa: ANN401 - a record of the driver
    """Give the act in a row of `beheer/list`."""
    daad = Beheerdaad(
        tijdstip=moment_of(row["tijdstip"]),
        wie=row["wie"],
        gebeurtenis=Gebeurtenis(row["gebeurtenis"]),
        inhoud=msgspec.json.decode(row["inhoud"]),
    )
    return Beheerrecord(row["volgnummer"], daad, row["zaad"].bytes, row["gezegeld"])
