"""Register, show and withdraw applications in the database; each use case is its own transaction."""

from collections.abc import Callable

from verwerkingenlog.domain.applicatie import Applicatie
from verwerkingenlog.errors import Fault, InvalidInput, NotFound
from verwerkingenlog.storage import applicaties as storage
from verwerkingenlog.storage.applicaties import Aanmelding
from verwerkingenlog.storage.database import Connection, reachable
from verwerkingenlog.storage.keyring import KeyRing

Clock = Callable[[], int]
"""Gives the instant in microseconds since 1970 (UTC)."""


async def register(connection: Connection, ring: KeyRing, clock: Clock, applicatie: Applicatie) -> None:
    """Register an application; each worker knows it within a moment.

    Raises `InvalidInput` when its client_id is registered already, `StoreUnavailable` when the store fails.
    """
    async with reachable(), connection.transaction():
        added = await storage.insert(connection, applicatie, ring, clock())
    if not added:
        raise InvalidInput(
            Fault("client_id", "unique", "deze applicatie is al aangemeld. Trek haar in, of kies een andere.")
        )


async def show(connection: Connection) -> tuple[Aanmelding, ...]:
    """Give every registration, withdrawn ones too, without secrets. Raises `StoreUnavailable`."""
    async with reachable(), connection.transaction():
        return await storage.list_aanmeldingen(connection)


async def withdraw(connection: Connection, clock: Clock, client_id: str) -> None:
    """Withdraw an application: from now on its tokens are refused, also those that were accepted before.

    Raises `NotFound` when no such application is registered, `StoreUnavailable` when the store fails.
    """
    async with reachable(), connection.transaction():
        withdrawn = await storage.withdraw(connection, client_id, clock())
    if not withdrawn:
        raise NotFound(f"Er is geen applicatie {client_id} aangemeld in de database.")
