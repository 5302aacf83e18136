"""Log a new verwerkingsactie (rules P1-P6)."""

from collections.abc import Callable

from msgspec import Struct

from verwerkingenlog.domain.toegang import Aanroeper, may_create
from verwerkingenlog.domain.verwerkingsactie import Versie, Verwerkingsactie, actie_id_from, first_version
from verwerkingenlog.errors import IdempotencyMismatch, IdempotencyPending
from verwerkingenlog.operations.log import Log, microseconds
from verwerkingenlog.storage import idempotency, reading
from verwerkingenlog.storage.database import reachable
from verwerkingenlog.storage.idempotency import Claim


class IdempotencyKey(Struct, frozen=True):
    """The key that a client gave, and its body as canonical JSON: equal for bodies that are equal as JSON."""

    key: str
    body: bytes


async def register(
    log: Log, aanroeper: Aanroeper, inhoud: Verwerkingsactie, key: IdempotencyKey | None = None
) -> Versie:
    """Log a new actie; returns its first version once that is durable (rule P2).

    With a key that was used before, the version that was given then (rule P6). Raises `NotAllowed` (rule P3),
    `IdempotencyMismatch`, `IdempotencyPending`, `Overloaded`, `StoreUnavailable`.
    """
    versie = _new(log, aanroeper, inhoud)
    if key is None:
        await log.group_commit.register(versie)
        return versie
    claim = _claim(log, aanroeper, key, versie)
    if earlier := await _given_before(log, claim):
        return earlier
    try:
        await log.group_commit.register(versie, claim)
    except IdempotencyPending:
        # The other call with this key was faster: by now it is durable, or it is still under way.
        if earlier := await _given_before(log, claim):
            return earlier
        raise
    return versie


def register_soon(
    log: Log, aanroeper: Aanroeper, inhoud: Verwerkingsactie, settle: Callable[[Versie | Exception], None]
) -> None:
    """Do as `register` does without a key, for a caller who can't wait.

    `settle` hears what that returns or raises once the actie is accepted, and must not raise. Raises
    `NotAllowed` and `Overloaded` at once.
    """
    versie = _new(log, aanroeper, inhoud)
    log.group_commit.enqueue(
        versie, lambda outcome: settle(outcome if isinstance(outcome, Exception) else versie)
    )


def _new(log: Log, aanroeper: Aanroeper, inhoud: Verwerkingsactie) -> Versie:
    may_create(aanroeper, inhoud.vertrouwelijkheid)
    return first_version(actie_id_from(log.random(16)), log.kept(inhoud), log.auteur(aanroeper), log.clock())


def _claim(log: Log, aanroeper: Aanroeper, key: IdempotencyKey, versie: Versie) -> Claim:
    # No client id or key can hold NUL, so two clients never share a claim.
    name = f"sleutel\0{aanroeper.client_id}\0{key.key}".encode()
    return Claim(
        log.ring.digest(name),
        log.ring.digest(b"inhoud\0" + key.body),
        versie.actie_id,
        microseconds(versie.tijdstip_registratie),
    )


async def _given_before(log: Log, claim: Claim) -> Versie | None:
    async with reachable(), log.pool.acquire() as connection:
        earlier = await idempotency.find(connection, claim.key, claim.now)
        if earlier is None:
            return None
        if earlier.body != claim.body:
            raise IdempotencyMismatch
        record = await reading.first(connection, log.ring, earlier.actie_id)
        return None if record is None else record.versie


async def forget_keys(log: Log) -> None:
    """Forget the keys that are older than 24 hours (rule P6). Raises `StoreUnavailable`."""
    async with reachable(), log.pool.acquire() as connection:
        await idempotency.forget(connection, microseconds(log.clock()))
