"""Change what is logged: replace, patch and remove (rules U1-U3, W1-W4, D1, E5).

Each change reads the current version, decides, and claims the next version number. Where another change was
first, it starts again from the new state: so versions stay linear and no change rests on what is past.
"""

from collections.abc import Callable
from typing import Literal

from verwerkingenlog.domain.toegang import (
    Aanroeper,
    may_delete,
    may_patch,
    may_patch_value,
    may_replace,
    may_replace_value,
)
from verwerkingenlog.domain.verwerkingsactie import Versie, Verwerkingsactie, lapsed_version, next_version
from verwerkingenlog.domain.wijziging import Wijziging
from verwerkingenlog.errors import Fault, InvalidInput, PreconditionFailed
from verwerkingenlog.operations.log import Log
from verwerkingenlog.storage import reading
from verwerkingenlog.storage.database import Connection, reachable
from verwerkingenlog.storage.rows import Record

Expected = Callable[[int], bool]
"""Whether a client that sent If-Match means this version number (rule E5)."""


def any_version(_: int) -> bool:
    """Expect nothing: the last writer wins."""
    return True


async def replace(
    log: Log,
    aanroeper: Aanroeper,
    actie_id: str | None,
    inhoud: Verwerkingsactie,
    expected: Expected = any_version,
) -> Versie:
    """Replace the whole content of an actie; give the new version (rules U1-U3).

    Raises `NotAllowed`, `InvalidInput` for an actie that is unknown or vervallen, `PreconditionFailed`,
    `StoreUnavailable`.
    """
    may_replace_value(aanroeper, inhoud.vertrouwelijkheid)

    def decide(before: Versie) -> Versie:
        may_replace(aanroeper, before.klasse, before.inhoud.vertrouwelijkheid, inhoud.vertrouwelijkheid)
        return next_version(before, log.kept(inhoud), log.auteur(aanroeper), log.clock())

    return await _change_one(log, actie_id, decide, expected)


async def remove(
    log: Log, aanroeper: Aanroeper, actie_id: str | None, expected: Expected = any_version
) -> None:
    """Write the vervallen version of an actie (rule D1). Raises as `replace` does."""

    def decide(before: Versie) -> Versie:
        may_delete(aanroeper, before.klasse)
        return lapsed_version(before, log.auteur(aanroeper), log.clock())

    await _change_one(log, actie_id, decide, expected)


async def patch(
    log: Log,
    aanroeper: Aanroeper,
    parameter: Literal["verwerkingId", "verwerkingIdAfnemer"],
    verwerking_id: str,
    wijziging: Wijziging,
) -> None:
    """Change all current acties of a verwerking, or none of them (rules W1-W4).

    Raises `NotAllowed`, `InvalidInput` where there is no such verwerking, `StoreUnavailable`.
    """
    may_patch_value(aanroeper, wijziging)
    written = False
    while not written:
        async with reachable(), log.pool.acquire() as connection:
            records = await reading.of_verwerking(
                connection, log.ring, verwerking_id, afnemer=parameter == "verwerkingIdAfnemer"
            )
            may_patch(aanroeper, (record.versie.klasse for record in records))
            if not records:
                raise InvalidInput(
                    Fault(parameter, "unknown", "Er zijn geen verwerkingsacties van deze verwerking.")
                )
            written = await log.writer.succeed(
                connection, [(record, _patched(log, aanroeper, record, wijziging)) for record in records]
            )


def _patched(log: Log, aanroeper: Aanroeper, record: Record, wijziging: Wijziging) -> Versie:
    before = record.versie
    return next_version(before, wijziging.apply(before.inhoud), log.auteur(aanroeper), log.clock())


async def _change_one(
    log: Log, actie_id: str | None, decide: Callable[[Versie], Versie], expected: Expected
) -> Versie:
    while True:
        async with reachable(), log.pool.acquire() as connection:
            record = await _current(log, connection, actie_id)
            versie = decide(record.versie)
            if not expected(record.versie.nummer):
                raise PreconditionFailed
            if await log.writer.succeed(connection, [(record, versie)]):
                return versie


async def _current(log: Log, connection: Connection, actie_id: str | None) -> Record:
    record = actie_id and await reading.current(connection, log.ring, actie_id)
    if not record or record.versie.vervallen:
        raise InvalidInput(Fault("actieId", "unknown", "Deze verwerkingsactie bestaat niet (meer)."))
    return record
