"""Write down what an administrator does (rules M2, R3)."""

import getpass
import os
import socket
from collections.abc import Callable, Mapping
from datetime import datetime

from verwerkingenlog.domain.beheer import Beheerdaad, Gebeurtenis
from verwerkingenlog.storage import beheer
from verwerkingenlog.storage.beheer import Beheerrecord
from verwerkingenlog.storage.database import Connection, reachable
from verwerkingenlog.storage.keyring import KeyRing, Randomness

Clock = Callable[[], datetime]
"""Gives the present moment, with its timezone."""


async def note(
    connection: Connection,
    ring: KeyRing,
    clock: Clock,
    random: Randomness,
    gebeurtenis: Gebeurtenis,
    inhoud: Mapping[str, object],
) -> int:
    """Write down an act of the account that runs this process, and give its number in the log.

    In the transaction of the caller: the act and its record are there together or not at all. `inhoud` holds
    strings, whole numbers, lists and objects of these, and nothing of a betrokkene (rule M7).
    """
    daad = Beheerdaad(tijdstip=clock(), wie=wie(), gebeurtenis=gebeurtenis, inhoud=inhoud)
    return await beheer.record(connection, ring, daad, random)


async def show(connection: Connection) -> list[Beheerrecord]:
    """Give every act, in the order in which they were written down. Raises `StoreUnavailable`."""
    async with reachable():
        return [one async for one in beheer.records(connection)]


def wie() -> str:
    """Give who runs this process: `<account>@<host>`."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as containers have
        account = f"uid-{os.getuid()}"
    return f"{account}@{socket.gethostname()}"
