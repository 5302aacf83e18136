"""The registrations of applications in the database; a secret stands there encrypted under the key ring."""

import logging
from collections.abc import Callable
from typing import Final, NamedTuple

import asyncpg

from verwerkingenlog.domain.applicatie import Applicatie
from verwerkingenlog.domain.toegang import Scope
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.database import Connection, instant_of, instant_parameter
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.sql import query

CHANNEL: Final = "verwerkingenlog_applicaties"
"""Every change of a registration is announced here (NOTIFY), with an empty payload."""

_log = logging.getLogger(__name__)


class Aanmelding(NamedTuple):
    """A registration without its secret; the moments are instants in microseconds since 1970 (UTC)."""

    client_id: str
    label: str
    oins: tuple[str, ...]
    bewerking: frozenset[Scope] | None
    inzage: frozenset[Scope] | None
    toegevoegd: int
    ingetrokken: int | None


async def insert(connection: Connection, applicatie: Applicatie, ring: KeyRing, now: int) -> bool:
    """Add a registration as of the instant `now`; `False` if the client_id has a valid one already."""
    sealed = ring.seal(applicatie.secret.encode(), _context(applicatie.client_id))
    added = await connection.fetchval(
        query("applicaties/insert"),
        applicatie.client_id,
        applicatie.label,
        sealed,
        applicatie.oins,
        _names(applicatie.bewerking),
        _names(applicatie.inzage),
        instant_parameter(now),
    )
    return added is not None


async def withdraw(connection: Connection, client_id: str, now: int) -> bool:
    """End the valid registration as of the instant `now` and forget its secret; `False` if there is none."""
    return (
        await connection.fetchval(query("applicaties/withdraw"), client_id, instant_parameter(now))
        is not None
    )


async def list_aanmeldingen(connection: Connection) -> tuple[Aanmelding, ...]:
    """Give every registration, withdrawn ones too, by client_id and then from old to new."""
    return tuple(
        Aanmelding(
            row["client_id"],
            row["label"],
            tuple(row["oins"]),
            _scopes(row["bewerking"]),
            _scopes(row["inzage"]),
            instant_of(row["toegevoegd"]),
            instant_of(row["ingetrokken"]) if row["ingetrokken"] else None,
        )
        for row in await connection.fetch(query("applicaties/list"))
    )


async def load_applicaties(connection: Connection, ring: KeyRing) -> tuple[Applicatie, ...]:
    """Give every application with a valid registration.

    One whose secret the ring can't open is left out, with an error in the log: it harms no other.
    """
    rows = await connection.fetch(query("applicaties/valid"))
    return tuple(applicatie for row in rows if (applicatie := _applicatie(row, ring)))


async def listen(connection: Connection, changed: Callable[[], None]) -> None:
    """Call `changed` after each change that any session commits, and once when the connection is lost."""
    connection.add_termination_listener(lambda *_: changed())
    await connection.add_listener(CHANNEL, lambda *_: changed())


def _applicatie(row: asyncpg.Record, ring: KeyRing) -> Applicatie | None:
    client_id = row["client_id"]
    try:
        secret = ring.open(row["secret"], _context(client_id)).decode()
    except ConfigurationError:
        _log.error("applicatie_unreadable", extra={"client_id": client_id})
        return None
    return Applicatie(
        client_id,
        secret,
        row["label"],
        tuple(row["oins"]),
        _scopes(row["bewerking"]),
        _scopes(row["inzage"]),
    )


def _context(client_id: str) -> bytes:
    return b"applicatie\0" + client_id.encode()


def _names(scopes: frozenset[Scope] | None) -> list[str] | None:
    return None if scopes is None else sorted(scopes)


def _scopes(names: list[str] | None) -> frozenset[Scope] | None:
    return None if names is None else frozenset(Scope(name) for name in names)
