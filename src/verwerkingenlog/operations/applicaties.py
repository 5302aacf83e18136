"""Register, show and withdraw applications in the database; each use case is its own transaction.

Who did it when and what it allows is written down in the log itself (rule R3).
"""

import os

from verwerkingenlog.domain.applicatie import Applicatie
from verwerkingenlog.domain.beheer import Gebeurtenis
from verwerkingenlog.errors import Fault, InvalidInput, NotFound
from verwerkingenlog.operations.beheer import Clock, note
from verwerkingenlog.operations.log import microseconds
from verwerkingenlog.storage import applicaties as storage
from verwerkingenlog.storage.applicaties import Aanmelding
from verwerkingenlog.storage.database import Connection, reachable
from verwerkingenlog.storage.keyring import KeyRing, Randomness


async def register(
    connection: Connection,
    ring: KeyRing,
    clock: Clock,
    applicatie: Applicatie,
    random: Randomness = os.urandom,
) -> None:
    """Register an application; each worker knows it within a moment.

    Raises `InvalidInput` when its client_id is registered already, `StoreUnavailable` when the store fails.
    """
    async with reachable(), connection.transaction():
        added = await storage.insert(connection, applicatie, ring, microseconds(clock()))
        if added:
            inhoud = _allowed(applicatie)
            await note(connection, ring, clock, random, Gebeurtenis.APPLICATIE_TOEGEVOEGD, inhoud)
    if not added:
        raise InvalidInput(
            Fault("client_id", "unique", "deze applicatie is al aangemeld. Trek haar in, of kies een andere.")
        )


async def show(connection: Connection) -> tuple[Aanmelding, ...]:
    """Give every registration, withdrawn ones too, without secrets. Raises `StoreUnavailable`."""
    async with reachable(), connection.transaction():
        return await storage.list_aanmeldingen(connection)


async def withdraw(
    connection: Connection, ring: KeyRing, clock: Clock, client_id: str, random: Randomness = os.urandom
) -> None:
    """Withdraw an application: from now on its tokens are refused, also those that were accepted before.

    Raises `NotFound` when no such application is registered, `StoreUnavailable` when the store fails.
    """
    async with reachable(), connection.transaction():
        withdrawn = await storage.withdraw(connection, client_id, microseconds(clock()))
        if withdrawn:
            inhoud = {"client_id": client_id}
            await note(connection, ring, clock, random, Gebeurtenis.APPLICATIE_INGETROKKEN, inhoud)
    if not withdrawn:
        raise NotFound(f"Er is geen applicatie {client_id} aangemeld in de database.")


async def find(connection: Connection, ring: KeyRing, client_id: str) -> Applicatie:
    """Give the application with a valid registration. Raises `NotFound`, `StoreUnavailable`."""
    async with reachable(), connection.transaction():
        for applicatie in await storage.load_applicaties(connection, ring):
            if applicatie.client_id == client_id:
                return applicatie
    raise NotFound(f"Er is geen applicatie {client_id} aangemeld.")


def _allowed(applicatie: Applicatie) -> dict[str, object]:
    scopes = {"bewerking": applicatie.bewerking, "inzage": applicatie.inzage}
    return {
        "client_id": applicatie.client_id,
        "oins": list(applicatie.oins),
        "scopes": {api: sorted(granted) for api, granted in scopes.items() if granted is not None},
    }
