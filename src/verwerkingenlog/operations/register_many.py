"""Log many new verwerkingsacties in one call (rules P2, P3, P6).

All ids of a bulk follow from one random number, and that is what its Idempotency-Key remembers: so one row is
enough to give thousands of ids again, and the transaction that writes the acties decides on the key too.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

from verwerkingenlog.domain.toegang import Aanroeper, may_create
from verwerkingenlog.domain.verwerkingsactie import Verwerkingsactie, actie_id_from, first_version
from verwerkingenlog.errors import (
    IdempotencyMismatch,
    IdempotencyPending,
    NotAllowed,
    VerwerkingenlogError,
)
from verwerkingenlog.operations.log import Log, microseconds
from verwerkingenlog.operations.register import IdempotencyKey
from verwerkingenlog.operations.slices import in_slices
from verwerkingenlog.storage import idempotency
from verwerkingenlog.storage.database import reachable
from verwerkingenlog.storage.idempotency import Claim

Outcome: TypeAlias = str | VerwerkingenlogError
"""What became of one actie: its actieId, or why it is not in the log."""

_NUMBER_BYTES: Final = 16
_NOT_THEN: Final = (
    "Deze verwerkingsactie staat niet (meer) in het log: zij is bij de eerste aanroep met deze"
    " Idempotency-Key geweigerd, of daarna opgeschoond."
)


class _Bulk(NamedTuple):
    """One call: the number that its ids follow from, its moment, and what it leaves behind under its key."""

    number: bytes
    moment: datetime
    claim: Claim | None

    def actie_id(self, index: int) -> str:
        return actie_id_from(sha256(self.number + index.to_bytes(4, "big")).digest()[:_NUMBER_BYTES])


async def register_all(
    log: Log, aanroeper: Aanroeper, inhouden: Sequence[Verwerkingsactie], key: IdempotencyKey | None = None
) -> list[str]:
    """Log all of these acties or none; gives their actieIds in order, once all are durable (rule P2).

    With a key that was used before, the ids that were given then (rule P6). Raises `NotAllowed` (rule P3),
    `IdempotencyMismatch`, `IdempotencyPending`, `StoreUnavailable`.
    """
    async for index, inhoud in in_slices(enumerate(inhouden)):
        refusal = _refusal(aanroeper, inhoud)
        if refusal is not None:
            raise NotAllowed(f"Verwerkingsactie {index}, geteld vanaf 0: {refusal}")
    bulk = _new_bulk(log, aanroeper, "alle", key)
    ids, _ = await _write(log, aanroeper, bulk, dict(enumerate(inhouden)))
    return ids


async def register_each(
    log: Log,
    aanroeper: Aanroeper,
    inhouden: Sequence[Verwerkingsactie | VerwerkingenlogError],
    key: IdempotencyKey | None = None,
) -> list[Outcome]:
    """Log each of these acties that may be logged, all at once; gives what became of each, in order.

    What is an error already is passed on. Those that were logged are durable (rules P2, P3). With a key under
    which any was logged before nothing is written, and the ids that were given then are given (rule P6).
    Raises `IdempotencyMismatch`, `IdempotencyPending`, `StoreUnavailable`.
    """
    outcomes: dict[int, Outcome] = {}
    good: dict[int, Verwerkingsactie] = {}
    async for index, inhoud in in_slices(enumerate(inhouden)):
        wrong = inhoud if isinstance(inhoud, VerwerkingenlogError) else _refusal(aanroeper, inhoud)
        if wrong is not None:
            outcomes[index] = wrong
        elif isinstance(inhoud, Verwerkingsactie):
            good[index] = inhoud
    if good:
        bulk = _new_bulk(log, aanroeper, "elk", key)
        ids, earlier = await _write(log, aanroeper, bulk, good)
        logged = await _present(log, ids) if earlier else set(ids)
        for index, actie_id in zip(good, ids, strict=True):
            outcomes[index] = actie_id if actie_id in logged else IdempotencyMismatch(_NOT_THEN)
    return [outcomes[index] for index in range(len(inhouden))]


def _refusal(aanroeper: Aanroeper, inhoud: Verwerkingsactie) -> NotAllowed | None:
    try:
        may_create(aanroeper, inhoud.vertrouwelijkheid)
    except NotAllowed as refusal:
        return refusal
    return None


def _new_bulk(
    log: Log, aanroeper: Aanroeper, mode: Literal["alle", "elk"], key: IdempotencyKey | None
) -> _Bulk:
    number, moment = log.random(_NUMBER_BYTES), log.clock()
    if key is None:
        return _Bulk(number, moment, None)
    # No client id or key can hold NUL, so this is neither the claim of another client nor that of one actie.
    name = f"bulk\0{aanroeper.client_id}\0{key.key}".encode()
    body = log.ring.digest(f"bulk\0{mode}\0".encode() + key.body)
    return _Bulk(
        number, moment, Claim(log.ring.digest(name), body, str(UUID(bytes=number)), microseconds(moment))
    )


async def _write(
    log: Log, aanroeper: Aanroeper, bulk: _Bulk, inhouden: Mapping[int, Verwerkingsactie]
) -> tuple[list[str], bool]:
    """Write these acties, by their place in the bulk; give their ids, and whether an earlier call gave them.

    Then nothing was written.
    """
    earlier = await _given_before(log, bulk, inhouden)
    if earlier is not None:
        return earlier, True
    auteur = log.auteur(aanroeper)
    versies = [
        first_version(bulk.actie_id(index), log.kept(inhoud), auteur, bulk.moment)
        async for index, inhoud in in_slices(inhouden.items())
    ]
    try:
        await log.bulk_commit.register(versies, bulk.claim)
    except IdempotencyPending:
        # The other call with this key was faster: by now it is durable, or it is still under way.
        earlier = await _given_before(log, bulk, inhouden)
        if earlier is None:
            raise
        return earlier, True
    return [versie.actie_id for versie in versies], False


async def _given_before(log: Log, bulk: _Bulk, indexes: Iterable[int]) -> list[str] | None:
    if bulk.claim is None:
        return None
    async with reachable(), log.pool.acquire() as connection:
        earlier = await idempotency.find(connection, bulk.claim.key, bulk.claim.now)
    if earlier is None:
        return None
    if earlier.body != bulk.claim.body:
        raise IdempotencyMismatch
    given = bulk._replace(number=UUID(earlier.actie_id).bytes)
    return [given.actie_id(index) async for index in in_slices(indexes)]


async def _present(log: Log, actie_ids: Sequence[str]) -> set[str]:
    async with reachable(), log.pool.acquire() as connection:
        return await idempotency.written(connection, actie_ids)
