"""Connections to PostgreSQL, narrowed to a role, and what the log demands of the server (rule P2)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

import asyncpg

from verwerkingenlog.errors import ConfigurationError, StoreUnavailable
from verwerkingenlog.storage.sql import query

Connection: TypeAlias = asyncpg.Connection
Pool: TypeAlias = asyncpg.Pool

SERVING: Final = "verwerkingenlog_dienst"
KEYS: Final = "verwerkingenlog_sleutels"
APPLICATIONS: Final = "verwerkingenlog_beheer"
SEALING: Final = "verwerkingenlog_zegel"
PURGING: Final = "verwerkingenlog_opschoning"

_SETTING: Final = {
    role: f"VERWERKINGENLOG_DATABASE_URL_{name} (anders VERWERKINGENLOG_DATABASE_URL)"
    for role, name in ((None, "MIGRATIE"), (KEYS, "SLEUTELS"), (PURGING, "OPSCHONING"))
}
"""Where the address of a role comes from, if not from `VERWERKINGENLOG_DATABASE_URL`."""

OLDEST_MAJOR: Final = 16
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PG_EPOCH: Final = 946_684_800_000_000  # microseconds from 1970 to 2000, where PostgreSQL counts from
_PG_EPOCH_MOMENT: Final = _EPOCH + timedelta(microseconds=_PG_EPOCH)
INFINITY: Final = 2**63 - 1
"""As an instant: later than all (`infinity`); its negative counterpart is `-INFINITY - 1`."""

UNREACHABLE: Final = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that breaks in the middle of an answer
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,  # its administrator changed a password
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.CannotConnectNowError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresIOError,
)
"""What says that the store, not the statement, is the trouble."""


_NOT_CONNECTED: Final = (
    OSError,
    UnicodeError,  # a host that can't be a name
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


async def connect(url: str, role: str | None = None) -> Connection:
    """Open one connection, as this role where one is given.

    Raises `ConfigurationError` when the database can't be reached or the role can't be taken.
    """
    try:
        connection = await asyncpg.connect(url, server_settings=_session(role))
    except _NOT_CONNECTED as error:
        raise ConfigurationError(_refusal(error, role)) from None
    await _prepare(connection)
    return connection


async def open_pool(url: str, role: str, size: int) -> Pool:
    """Open a pool of at most `size` connections that act as this role. Raises as `connect` does."""
    try:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            init=_prepare,
            reset=_leave,
            server_settings={**_session(role), "statement_timeout": "60s"},
        )
    except _NOT_CONNECTED as error:
        raise ConfigurationError(_refusal(error, role)) from None


@asynccontextmanager
async def reachable() -> AsyncIterator[None]:
    """Turn the store's absence into `StoreUnavailable`, without its words: they may hold values (rule M7)."""
    try:
        yield
    except UNREACHABLE as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # A connection that breaks while it is given back must not keep a task from ending.
            raise asyncio.CancelledError from error
        raise StoreUnavailable from error


async def check_server(connection: Connection) -> None:
    """Refuse a server that is too old, takes no writes or does not promise durability.

    Raises `ConfigurationError` naming each setting and the value that would do (rule P2).
    """
    if connection.get_server_version().major < OLDEST_MAJOR:
        raise ConfigurationError(f"PostgreSQL {OLDEST_MAJOR} of nieuwer is nodig.")
    row = await connection.fetchrow(query("durability"))
    assert row is not None  # noqa: S101 - a select without from has one row
    if row["read_only"] == "on":
        raise ConfigurationError(
            "In deze database kan het log alleen lezen: zij is een kopie, of staat op alleen-lezen."
            " Geef het adres van de database waarin geschreven wordt."
        )
    off = [name for name, value in row.items() if name != "read_only" and value == "off"]
    if off:
        raise ConfigurationError(
            f"Deze PostgreSQL bewaart niet wat hij bevestigt: {', '.join(off)} staat uit."
            " Zet dit aan; het log bevestigt een verwerking pas als zij veilig op schijf staat."
        )


def instant_parameter(instant: int) -> tuple[int]:
    """Give an instant (microseconds since 1970, UTC) in the form that a connection of ours takes."""
    return (instant if abs(instant) >= INFINITY else instant - _PG_EPOCH,)


def instant_of(value: tuple[int]) -> int:
    """Give the instant of a timestamptz that a connection of ours returned."""
    return value[0] + _PG_EPOCH


def moment_parameter(moment: datetime) -> tuple[int]:
    """Give a moment in the form that a connection of ours takes."""
    since = moment - _PG_EPOCH_MOMENT
    return (since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds,)


def moment_of(value: tuple[int]) -> datetime:
    """Give the moment of a timestamptz of the years 1 to 9999 that a connection of ours returned."""
    return _EPOCH + timedelta(microseconds=instant_of(value))


def _session(role: str | None) -> dict[str, str]:
    settings = {"application_name": "verwerkingenlog", "search_path": "verwerkingenlog", "jit": "off"}
    return settings | ({"role": role} if role else {})


async def _prepare(connection: Connection) -> None:
    # Python's datetime ends at the years 1 and 9999 UTC, which rule M4 passes by an offset.
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        encoder=tuple,  # of a tuple that is the same one, at the least cost
        decoder=tuple,
        format="tuple",
    )


async def _leave(_: Connection) -> None:
    """Ask nothing when a connection is given back: the library's own reset is a round trip for every use.

    The driver still ends a transaction, and nothing that uses the pool changes more of its session.
    """


def _refusal(error: BaseException, role: str | None) -> str:
    setting = _SETTING.get(role, "VERWERKINGENLOG_DATABASE_URL")
    if isinstance(error, asyncpg.InvalidParameterValueError | asyncpg.InsufficientPrivilegeError):
        return (
            f"Deze databasegebruiker heeft de rol {role} niet, of mag niet bij deze database."
            f" Geef in {setting} het adres van een gebruiker die de rol heeft."
            " Is de database nieuw, draai dan eerst 'verwerkingenlog migrate'."
        )
    if isinstance(error, asyncpg.InvalidPasswordError | asyncpg.InvalidAuthorizationSpecificationError):
        return f"De database weigert deze gebruiker of dit wachtwoord. Controleer {setting}."
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return f"De database in het adres bestaat niet op deze server. Controleer {setting}, of maak haar."
    return (
        f"De database is niet bereikbaar ({type(error).__name__})."
        f" Controleer of zij draait en of {setting} klopt."
    )
