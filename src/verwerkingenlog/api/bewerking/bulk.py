"""`_bulk`: many new verwerkingsacties in one call, all or none of them, or each by itself (rules P1-P6)."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final, Literal

import msgspec
from msgspec import Struct

from verwerkingenlog.api.answer import Answer
from verwerkingenlog.api.bewerking.bulk_body import (
    JSON_ARRAY,
    MOST_BYTES,
    NDJSON,
    Acties,
    cut_off,
    faults_at,
    read_actie,
    split,
)
from verwerkingenlog.api.edge import Call, Operation
from verwerkingenlog.api.faults import read_both
from verwerkingenlog.api.intake import Intake
from verwerkingenlog.api.json_body import canonical
from verwerkingenlog.api.koppen import read_idempotency_key
from verwerkingenlog.api.problems import PartProblem, part_problem
from verwerkingenlog.api.query import read_yes_or_no
from verwerkingenlog.api.urls import Urls
from verwerkingenlog.domain.toegang import Verb
from verwerkingenlog.domain.verwerkingsactie import Verwerkingsactie
from verwerkingenlog.errors import Fault, InvalidInput
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.register import IdempotencyKey
from verwerkingenlog.operations.register_many import register_all, register_each
from verwerkingenlog.operations.slices import in_slices

_AT_ONCE: Final = 4
"""How many bulks a worker has in hand: one is written, the others are received or wait."""
_MOST_FAULTS: Final = 100
_MOST_FAULTS_OF_ONE: Final = 10
_PARAMETER: Final = "perStuk"


class _Vastgelegd(Struct, frozen=True, rename="camel"):
    actie_id: str
    url: str
    status: Literal[201] = 201


def bulk_operation(log: Log, urls: Urls, max_bulk: int) -> Operation:
    """Give the operation; its bodies are at most `max_bulk` bytes, unpacked."""
    return Operation(
        "verwerkingsactie_bulk",
        Verb.CREATE,
        _Bulk(log, urls).create,
        (*NDJSON, JSON_ARRAY),
        intake=Intake(max_bulk, _AT_ONCE),
    )


class _Bulk:
    """The handler of `_bulk`."""

    def __init__(self, log: Log, urls: Urls) -> None:
        self._log = log
        self._urls = urls

    async def create(self, call: Call) -> Answer:
        (each, key), acties = read_both(
            lambda: read_both(
                lambda: read_yes_or_no(call.query, _PARAMETER, default=False),
                lambda: read_idempotency_key(call.headers),
            ),
            lambda: split(call.body, call.headers),
        )
        idempotency_key = None if key is None else IdempotencyKey(key, await _digest(acties))
        return await (self._each if each else self._all)(call, acties, idempotency_key)

    async def _all(self, call: Call, acties: Acties, key: IdempotencyKey | None) -> Answer:
        inhouden = await _read_all(acties)
        actie_ids = await register_all(self._log, call.aanroeper, inhouden, key)
        return await _answer(201, [self._vastgelegd(actie_id) async for actie_id in in_slices(actie_ids)])

    async def _each(self, call: Call, acties: Acties, key: IdempotencyKey | None) -> Answer:
        inhouden = await _read_each(acties)
        outcomes = await register_each(self._log, call.aanroeper, inhouden, key)
        return await _answer(
            200,
            [
                self._vastgelegd(outcome) if isinstance(outcome, str) else part_problem(outcome)
                async for outcome in in_slices(outcomes)
            ],
        )

    def _vastgelegd(self, actie_id: str) -> _Vastgelegd:
        return _Vastgelegd(actie_id, self._urls.actie(actie_id))


async def _answer(status: int, results: Sequence[_Vastgelegd | PartProblem]) -> Answer:
    vastgelegd = sum(isinstance(result, _Vastgelegd) for result in results)
    told = b",".join([msgspec.json.encode(result) async for result in in_slices(results)])
    counts = vastgelegd, len(results) - vastgelegd
    return Answer(status, b'{"vastgelegd":%d,"geweigerd":%d,"results":[%b]}' % (*counts, told))


async def _read_all(acties: Acties) -> list[Verwerkingsactie]:
    """Read all acties; raises `InvalidInput` with the faults of each, up to a number (rule E1)."""
    inhouden: list[Verwerkingsactie] = []
    faults: list[Fault] = []
    async for index in in_slices(range(len(acties.written))):
        try:
            inhouden.append(read_actie(acties, index))
        except InvalidInput as error:
            faults += faults_at(index, error)
            if len(faults) > _MOST_FAULTS:
                break
    if faults:
        raise InvalidInput(*cut_off(faults, _MOST_FAULTS))
    return inhouden


async def _read_each(acties: Acties) -> list[Verwerkingsactie | InvalidInput]:
    """Read each actie, or give its own faults, up to a number."""
    inhouden: list[Verwerkingsactie | InvalidInput] = []
    async for index in in_slices(range(len(acties.written))):
        try:
            inhouden.append(read_actie(acties, index))
        except InvalidInput as error:
            inhouden.append(InvalidInput(*cut_off(error.faults, _MOST_FAULTS_OF_ONE)))
    return inhouden


async def _digest(acties: Acties) -> bytes:
    """Give what is equal for bodies that hold equal acties as JSON, in the same order (rule P6)."""
    whole = sha256()
    async for actie in in_slices(acties.written):
        if len(actie) <= MOST_BYTES:
            whole.update(sha256(canonical(actie)).digest())
            continue
        # It is refused unread: its bytes will do.
        own = sha256()
        async for first in in_slices(range(0, len(actie), MOST_BYTES)):
            own.update(actie[first : first + MOST_BYTES])
        whole.update(own.digest())
    return whole.digest()
