"""Replace a key by the one that was prepared, beside live traffic (rule M7).

Each step looks at the states in the database and goes on from there, so that a rotation can end anywhere and
be resumed. Every change of state bumps the generation: a worker that has not heard of it can write nothing.

    onthullen     new actief, old gaand -> every person encrypted anew -> old oud
    zoeken        new komend -> every person gets the second index -> new actief, old gaand
                  -> every person under the new index alone -> old oud
    ondertekenen  new actief, old gaand: both sign -> (the next time) old oud
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final, Literal, NamedTuple

from verwerkingenlog.domain.beheer import Gebeurtenis
from verwerkingenlog.errors import KeyRefused
from verwerkingenlog.ledger.checker import NotProven, VerifierKey, open_note
from verwerkingenlog.operations.beheer import note
from verwerkingenlog.operations.sleutels import Keeper, require_replaceable
from verwerkingenlog.storage import boom, rotating
from verwerkingenlog.storage.database import reachable
from verwerkingenlog.storage.keyring import Doel, Staat
from verwerkingenlog.storage.sleutels import Geregistreerd, change_state, list_sleutels, next_generation

Uitkomst = Literal["klaar", "samen"]
"""klaar: the old key is oud. samen: both keys sign, until the next call."""
Observe = Callable[[int, int], None]
"""Hears the number of the last person who was looked at in this round, and that of the last one there is."""

_FEW: Final = 2000
"""As many rows may be put right while writers wait."""
_PAUSE: Final = 0.2


class _Move(NamedTuple):
    sleutel: Geregistreerd
    staat: Staat


async def rotate(keeper: Keeper, doel: Doel, observe: Observe = lambda *_: None) -> Uitkomst:
    """Begin the rotation to the prepared key, or go on with one that stopped, until it is done.

    Raises `KeyRefused` where no key is prepared, where this server lacks the key, where another rotation is
    under way, and for a purpose whose key is not to be replaced; `StoreUnavailable` when the store fails.
    """
    require_replaceable(doel)
    async with reachable(), _alone(keeper):
        if doel == "zoeken":
            return await _rotate_search(keeper, observe)
        if doel == "onthullen":
            return await _rotate_reveal(keeper, observe)
        return await _rotate_signing(keeper)


async def _rotate_reveal(keeper: Keeper, observe: Observe) -> Uitkomst:
    keys = await _keys(keeper, "onthullen")
    if "gaand" not in keys:
        keys = await _put_in_use(keeper, "onthullen", keys)
    old = keys["gaand"].id
    # Nothing new comes under the old key, so this ends.
    while await rotating.count_under(keeper.connection, old):
        await _go_round(keeper, rotating.rehidden, observe)
    await _change(keeper, Gebeurtenis.ROTATIE_KLAAR, _Move(keys["gaand"], "oud"))
    return "klaar"


async def _rotate_search(keeper: Keeper, observe: Observe) -> Uitkomst:
    keys = await _keys(keeper, "zoeken")
    if "gaand" not in keys:
        if "komend" not in keys:
            new = _prepared(keeper, "zoeken", keys)
            await _change(keeper, Gebeurtenis.ROTATIE_BEGONNEN, _Move(new, "komend"))
            keys = await _keys(keeper, "zoeken")
        # What is written from here on has the second index, so this ends, and what is found then stays so.
        while await rotating.some_unfilled(keeper.connection):
            await _go_round(keeper, rotating.filled, observe)
        await _change(
            keeper,
            Gebeurtenis.ROTATIE_OVERGEGAAN,
            _Move(keys["actief"], "gaand"),
            _Move(keys["komend"], "actief"),
        )
        keys = await _keys(keeper, "zoeken")
    while not await _end_search(keeper, keys["gaand"]):
        await _go_round(keeper, rotating.moved, observe)
    return "klaar"


async def _end_search(keeper: Keeper, old: Geregistreerd) -> bool:
    """End it if no more than a few rows have a second index; those are new, and lose it here."""
    connection = keeper.connection
    if await rotating.some_under_two(connection) or await rotating.unsettled(connection, _FEW) == _FEW:
        return False
    async with connection.transaction():
        await next_generation(connection)
        await rotating.settle(connection)
        if await rotating.unsettled(connection, 1):
            return False
        await _move(keeper, Gebeurtenis.ROTATIE_KLAAR, _Move(old, "oud"))
    await keeper.ring.refresh(connection)
    return True


async def _rotate_signing(keeper: Keeper) -> Uitkomst:
    keys = await _keys(keeper, "ondertekenen")
    if "gaand" not in keys:
        await _put_in_use(keeper, "ondertekenen", keys)
        return "samen"
    await _require_signed(keeper, keys["actief"])
    await _change(keeper, Gebeurtenis.ROTATIE_KLAAR, _Move(keys["gaand"], "oud"))
    return "klaar"


async def _require_signed(keeper: Keeper, new: Geregistreerd) -> None:
    """Refuse while the last checkpoint is not signed by the new key: with it alone none could check it."""
    head = await boom.head(keeper.connection)
    if head is None or head.checkpoint is None:
        return
    try:
        open_note(head.checkpoint, [VerifierKey(head.naam, new.publiek or b"")])
    except NotProven:
        raise KeyRefused(
            "Het laatste checkpoint is nog niet met de nieuwe sleutel ondertekend. Controleer of de server"
            " draait en verzegelt, en probeer het daarna opnieuw."
        ) from None


async def _put_in_use(
    keeper: Keeper, doel: Doel, keys: Mapping[Staat, Geregistreerd]
) -> Mapping[Staat, Geregistreerd]:
    new = _prepared(keeper, doel, keys)
    await _change(keeper, Gebeurtenis.ROTATIE_BEGONNEN, _Move(keys["actief"], "gaand"), _Move(new, "actief"))
    return await _keys(keeper, doel)


def _prepared(keeper: Keeper, doel: Doel, keys: Mapping[Staat, Geregistreerd]) -> Geregistreerd:
    new = keys.get("voorbereid")
    if new is None:
        raise KeyRefused(
            f"Er staat geen nieuwe sleutel klaar voor {doel}. Maak hem met: verwerkingenlog sleutel nieuw"
            f" {doel}. Kopieer de sleutelbos daarna naar elke server."
        )
    if new.id not in {key.id for key in keeper.file.read()}:
        raise KeyRefused(
            f"Sleutel {new.id} voor {doel} staat niet in de sleutelbos van deze server. Kopieer de sleutelbos"
            " van de server waar hij is gemaakt, ook naar de andere servers."
        )
    return new


async def _keys(keeper: Keeper, doel: Doel) -> Mapping[Staat, Geregistreerd]:
    """Give the keys of a purpose by their state; of one that is done with there may be more."""
    return {key.staat: key for key in await list_sleutels(keeper.connection) if key.doel == doel}


async def _change(keeper: Keeper, gebeurtenis: Gebeurtenis, *moves: _Move) -> None:
    async with keeper.connection.transaction():
        await next_generation(keeper.connection)
        await _move(keeper, gebeurtenis, *moves)
    await keeper.ring.refresh(keeper.connection)


async def _move(keeper: Keeper, gebeurtenis: Gebeurtenis, *moves: _Move) -> None:
    """Change the states, in this order, and write it down; the caller holds the lock on the generation."""
    for sleutel, staat in moves:
        if not await change_state(keeper.connection, sleutel.id, sleutel.staat, staat):
            raise KeyRefused(f"Sleutel {sleutel.id} is intussen door een ander gewijzigd. Begin opnieuw.")
    inhoud = {
        "doel": moves[0].sleutel.doel,
        "sleutels": [{"id": sleutel.id, "staat": staat} for sleutel, staat in moves],
    }
    await note(keeper.connection, keeper.ring, keeper.clock, keeper.random, gebeurtenis, inhoud)


async def _go_round(keeper: Keeper, change: rotating.Change, observe: Observe) -> None:
    """Change each person who needs it, a page in a transaction, beside whoever writes and reads."""
    changed = 0
    newest = await rotating.newest(keeper.connection)
    async for page in rotating.pages(keeper.connection):
        changed += await rotating.change(keeper.connection, keeper.ring, page, change)
        observe(page[-1].id, max(newest, page[-1].id))
    if not changed:
        # What is left is held by another transaction for a moment.
        await asyncio.sleep(_PAUSE)


@asynccontextmanager
async def _alone(keeper: Keeper) -> AsyncIterator[None]:
    if not await rotating.take_turn(keeper.connection):
        raise KeyRefused(
            "Er wordt al een sleutel vervangen, hier of op een andere server. Wacht tot dat klaar is."
        )
    try:
        yield
    finally:
        # A connection that is gone took its turn with it.
        if not keeper.connection.is_closed():
            await rotating.leave_turn(keeper.connection)
