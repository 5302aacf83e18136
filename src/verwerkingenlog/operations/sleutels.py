"""Make, show and destroy keys (rule M7). Replacing one by another is `rotate`'s."""

from typing import Final, NamedTuple

from verwerkingenlog.domain.beheer import Gebeurtenis
from verwerkingenlog.errors import KeyRefused
from verwerkingenlog.ledger.bladen import written_moment
from verwerkingenlog.ledger.checker import VerifierKey
from verwerkingenlog.operations.beheer import Clock, note
from verwerkingenlog.storage import boom, rotating
from verwerkingenlog.storage.database import Connection, reachable
from verwerkingenlog.storage.keyring import KEY_BYTES, Doel, KeyRing, Randomness, Sleutel
from verwerkingenlog.storage.ringfile import RingFile
from verwerkingenlog.storage.sleutels import (
    Geregistreerd,
    change_state,
    list_sleutels,
    next_generation,
    register,
    take_turn,
)

_PERMANENT: Final = {
    "dienst": "Onder deze sleutel staan de geheimen van de applicaties, en hij maakt de links naar volgende"
    " bladzijden. Hij beschermt geen gegevens van personen en wordt daarom niet vervangen.",
    "bewijs": "Van deze sleutel is elk bewijs gemaakt dat het log ooit gaf. Met een andere sleutel klopt geen"
    " enkel bewijs meer, en daarom wordt hij niet vervangen.",
}


class Keeper(NamedTuple):
    """What it takes to change keys; the connection is in the role `KEYS`, and `ring` is made from `file`."""

    connection: Connection
    ring: KeyRing
    file: RingFile
    clock: Clock
    random: Randomness


class Overzicht(NamedTuple):
    """A key as its administrator sees it, without the key.

    `nodig`: how many persons need it, None where that is not how it is used. `controlesleutel`: the C2SP
    verifier key of one that signs, once the log has a name. `aanwezig`: this server has the key.
    """

    sleutel: Geregistreerd
    nodig: int | None
    controlesleutel: str | None
    aanwezig: bool


def require_replaceable(doel: Doel) -> None:
    """Refuse a purpose whose key lasts as long as the log. Raises `KeyRefused` that says why."""
    if doel in _PERMANENT:
        raise KeyRefused(f"De sleutel voor {doel} is niet te vervangen. {_PERMANENT[doel]}")


async def show(keeper: Keeper) -> list[Overzicht]:
    """Give every key that the log ever had, by id. Raises `StoreUnavailable`."""
    connection = keeper.connection
    async with reachable(), connection.transaction(isolation="repeatable_read", readonly=True):
        known = await list_sleutels(connection)
        need = await rotating.need(connection)
        head = await boom.head(connection)
    held = {key.id for key in keeper.file.read()}
    rotating_search = any(key.doel == "zoeken" and key.staat == "komend" for key in known)
    return [
        Overzicht(
            key,
            _nodig(key, need, filling=rotating_search),
            VerifierKey(head.naam, key.publiek).text if head and key.publiek else None,
            key.id in held,
        )
        for key in known
    ]


async def make(keeper: Keeper, doel: Doel) -> int:
    """Make a key that is to follow the one in use, and give its id; nothing uses it yet.

    In the file first, and durable there, before the database knows it. Raises `KeyRefused` where one is
    prepared already, or where the key of this purpose is not to be replaced.
    """
    require_replaceable(doel)
    connection = keeper.connection
    async with reachable(), connection.transaction():
        await take_turn(connection)
        known = await list_sleutels(connection)
        for key in known:
            if key.doel == doel and key.staat == "voorbereid":
                raise KeyRefused(
                    f"Sleutel {key.id} voor {doel} staat al klaar. Neem die in gebruik met: verwerkingenlog"
                    f" sleutel roteer {doel}"
                )
        sleutel = _in_file(keeper, doel, {key.id for key in known})
        await next_generation(connection)
        await register(connection, [sleutel], "voorbereid")
        inhoud = {"sleutels": [{"doel": doel, "id": sleutel.id}]}
        await note(connection, keeper.ring, keeper.clock, keeper.random, Gebeurtenis.SLEUTEL_GEMAAKT, inhoud)
    return sleutel.id


async def destroy(keeper: Keeper, sleutel: int) -> None:
    """Take a key from the ring for good, once it is certain that nothing needs it.

    Raises `KeyRefused` where something does, or where its state says that something may.
    """
    connection = keeper.connection
    async with reachable(), connection.transaction():
        await take_turn(connection)
        key = next((one for one in await list_sleutels(connection) if one.id == sleutel), None)
        if key is None:
            raise KeyRefused(f"Sleutel {sleutel} bestaat niet. Zie: verwerkingenlog sleutel toon")
        if key.staat == "vernietigd":
            # Another server's copy of the ring may still hold it.
            _remove(keeper, sleutel)
            return
        if key.staat != "oud":
            raise KeyRefused(
                f"Sleutel {sleutel} is nog nodig: hij is in gebruik, of staat daarvoor klaar. Alleen een oude"
                " sleutel kan weg."
                f" Vervang hem eerst met: verwerkingenlog sleutel roteer {key.doel}"
            )
        # Before the lock, under which writers wait: of an old key the number that need it can't grow.
        await _require_unneeded(keeper, key)
        await next_generation(connection)
        await change_state(connection, sleutel, "oud", "vernietigd")
        inhoud = {"sleutels": [{"doel": key.doel, "id": sleutel}]}
        await note(
            connection, keeper.ring, keeper.clock, keeper.random, Gebeurtenis.SLEUTEL_VERNIETIGD, inhoud
        )
        # Before the commit: what the log says is gone, is gone. After a crash in between an old key is not
        # there, which nothing misses, and this can be done again.
        _remove(keeper, sleutel)
    await keeper.ring.refresh(connection)


def _nodig(key: Geregistreerd, need: rotating.Nodig, *, filling: bool) -> int | None:
    if key.doel == "onthullen":
        return need.onthullen.get(key.id, 0)
    if key.doel != "zoeken":
        return None
    if key.staat == "actief":
        return need.personen
    if key.staat == "komend":
        return need.personen - need.zonder_tweede
    return need.onder_twee if key.staat == "gaand" and not filling else 0


def _in_file(keeper: Keeper, doel: Doel, known: set[int]) -> Sleutel:
    """Give the key to register: one that an earlier attempt left in the file, or a new one put there."""
    held = keeper.file.read()
    for key in held:
        if key.doel == doel and key.id not in known:
            return key
    number = max(known | {key.id for key in held}) + 1
    made = Sleutel(number, doel, keeper.random(KEY_BYTES).hex(), written_moment(keeper.clock()))
    keeper.file.replace((*held, made), keeper.random)
    return made


def _remove(keeper: Keeper, sleutel: int) -> None:
    held = keeper.file.read()
    kept = tuple(key for key in held if key.id != sleutel)
    if kept != held:
        keeper.file.replace(kept, keeper.random)


async def _require_unneeded(keeper: Keeper, key: Geregistreerd) -> None:
    left = 0
    if key.doel == "onthullen":
        left = await rotating.count_under(keeper.connection, key.id)
    elif key.doel == "zoeken":
        left = await _count_unfindable(keeper)
    if left:
        raise KeyRefused(
            f"Sleutel {key.id} is nog nodig voor {left} personen en blijft. Draaide er tijdens het vervangen"
            " een oudere versie van het log? Werk die bij, en vervang de sleutel nog een keer."
        )


async def _count_unfindable(keeper: Keeper) -> int:
    """Count the persons who are not found by the search key in use: row by row, for an index tells no key."""
    left = 0
    async for page in rotating.pages(keeper.connection):
        left += sum(not rotating.is_findable(keeper.ring, row) for row in page)
    return left
