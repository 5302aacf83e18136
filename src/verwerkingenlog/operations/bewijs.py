"""Prove what the log holds: to each reader what that reader may see, and nothing else (rules T2, I4).

What anyone may have, the checkpoint and the tiles of the tree, holds only hashes and signatures.
"""

from collections.abc import Callable
from typing import NamedTuple

from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.toegang import Aanroeper, Verb, inzage_klassen, may_read, may_read_history
from verwerkingenlog.domain.verwerkingsactie import VerwerktObject, actie_id_of, betrokkenen_of
from verwerkingenlog.errors import LogAltered, NotFound, NotSealed
from verwerkingenlog.ledger.bladen import (
    AFNEMER,
    Deel,
    Salts,
    gemeenschappelijk_of,
    intern_of,
    personen_of,
    persoon_label,
)
from verwerkingenlog.ledger.checker import (
    HASH_BYTES,
    NotProven,
    Opened,
    Part,
    VersieOpening,
    opening_leaf,
    parse_checkpoint,
    verify_inclusion,
)
from verwerkingenlog.ledger.proof import make_proof, open_versie
from verwerkingenlog.ledger.tiles import WIDTH, parse_tile_path
from verwerkingenlog.ledger.tree import hashes, inclusion, tiles_of
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.read_entry import afnemer_oin, log_read, once_each
from verwerkingenlog.storage import boom, reading
from verwerkingenlog.storage.database import Connection, reachable
from verwerkingenlog.storage.rows import Record
from verwerkingenlog.storage.writing import leaves_before


class Tegel(NamedTuple):
    """The hashes of a tile; one that is full never changes."""

    hashes: bytes
    full: bool


async def prove_versie(
    log: Log,
    aanroeper: Aanroeper,
    actie_id: str | None,
    nummer: int | None,
    leesgegevens: Leesgegevens,
    *,
    personen: bool,
) -> bytes:
    """Give the proof file of a version, or of the current one where no number is given (rules A1, H1).

    It opens all fields, and all persons or none. With persons it is a read of theirs (rule L1). Raises
    `NotAllowed`; `NotFound` where it is unknown, purged or no id; `NotSealed`, `LogAltered`,
    `StoreUnavailable`.
    """
    afnemer_oin(aanroeper, leesgegevens)
    async with reachable(), log.pool.acquire() as connection:
        record = await _readable(connection, log, aanroeper, actie_id, nummer)
        opening = _opening(record, log, intern=True, shows=lambda _: personen)
        proof = await _proven(connection, record, opening)
    if personen:
        await log_read(log, aanroeper, leesgegevens, once_each(record.versie.inhoud.verwerkte_objecten))
    return proof


async def prove_occurrence(
    log: Log, aanroeper: Aanroeper, object_id: str | None, leesgegevens: Leesgegevens
) -> bytes:
    """Give the proof file of the current version that opens one occurrence of a person (rules I2-I5).

    No internal fields, no other person; the afnemer only if it is the same person. Raises `NotFound` also for
    what this reader may not see; `NotAllowed` (rule L2); `NotSealed`, `LogAltered`, `StoreUnavailable`.
    """
    afnemer_oin(aanroeper, leesgegevens)
    if object_id is None:
        raise NotFound
    actie_id, nummer = actie_id_of(object_id)
    async with reachable(), log.pool.acquire() as connection:
        record = await _current(connection, log, actie_id)
        versie = record.versie
        if versie.vervallen or nummer not in versie.nummers or versie.klasse not in inzage_klassen(aanroeper):
            raise NotFound
        person = versie.inhoud.verwerkte_objecten[versie.nummers.index(nummer)]
        shown = _labels_for(record, person, nummer)
        proof = await _proven(
            connection, record, _opening(record, log, intern=False, shows=shown.__contains__)
        )
    await log_read(log, aanroeper, leesgegevens, [person])
    return proof


async def checkpoint(log: Log) -> str:
    """Give the checkpoint that was last signed (rule T1). Raises `NotSealed` before the first one."""
    async with reachable(), log.pool.acquire() as connection:
        return await _checkpoint(connection)


async def tile(log: Log, path: str) -> Tegel:
    """Give the tile that a path below the log's prefix asks for, such as `tile/0/x001/234.p/17`.

    One that has become larger since is cut to the width that is asked. Raises `NotFound`, `StoreUnavailable`.
    """
    try:
        asked = parse_tile_path(path)
    except ValueError:
        raise NotFound from None
    place = (asked.level, asked.number)
    async with reachable(), log.pool.acquire() as connection:
        found = (await boom.tiles(connection, [place])).get(place, b"")
    wanted = asked.width * HASH_BYTES
    if len(found) < wanted:
        raise NotFound
    return Tegel(found[:wanted], asked.width == WIDTH)


async def _readable(
    connection: Connection, log: Log, aanroeper: Aanroeper, actie_id: str | None, nummer: int | None
) -> Record:
    current = await _current(connection, log, actie_id)
    # What is vervallen does not exist for who may not read the history (rules M2, A1).
    if current.versie.vervallen and not aanroeper.may(Verb.READ, confidential=True):
        raise NotFound
    may_read(aanroeper, current.versie.klasse)
    if nummer is None or nummer == current.versie.nummer:
        return current
    may_read_history(aanroeper)
    record = await reading.version(connection, log.ring, current.versie.actie_id, nummer)
    if record is None:
        raise NotFound
    return record


async def _current(connection: Connection, log: Log, actie_id: str | None) -> Record:
    record = None if actie_id is None else await reading.current(connection, log.ring, actie_id)
    if record is None:
        raise NotFound
    return record


def _labels_for(record: Record, person: VerwerktObject, nummer: int) -> set[bytes]:
    """Give the labels of the parts that are about this person, of those of all persons (rule I4)."""
    labels = {persoon_label(nummer)}
    inhoud = record.versie.inhoud
    if inhoud.afnemer_is_person and inhoud.may_show_afnemer_to(betrokkenen_of([person])[0]):
        labels.add(persoon_label(AFNEMER))
    return labels


def _opening(record: Record, log: Log, *, intern: bool, shows: Callable[[bytes], bool]) -> "_Opening":
    salts = log.ring.salts(record.zaad)
    return _Opening(
        _opened(gemeenschappelijk_of(record.versie), salts),
        _part(intern_of(record.versie), salts, shown=intern),
        tuple(_part(deel, salts, shown=shows(deel.label)) for deel in personen_of(record.versie)),
    )


class _Opening(NamedTuple):
    gemeenschappelijk: Opened
    intern: Part
    personen: tuple[Part, ...]

    def after(self, vorige: bytes) -> VersieOpening:
        return open_versie(self.gemeenschappelijk, self.intern, self.personen, vorige)


def _part(deel: Deel, salts: Salts, *, shown: bool) -> Part:
    return _opened(deel, salts) if shown else deel.commitment(salts)


def _opened(deel: Deel, salts: Salts) -> Opened:
    return Opened(deel.inhoud.decode(), salts(deel.label))


async def _proven(connection: Connection, record: Record, parts: _Opening) -> bytes:
    # The checkpoint first: what is read after it holds all that it tells, for the tree only grows.
    note = await _checkpoint(connection)
    signed = parse_checkpoint(note.rpartition("\n\n")[0] + "\n")
    index = (await boom.leaf_index(connection, [record.volgnummer])).get(record.volgnummer)
    if index is None or index >= signed.size:
        raise NotSealed
    [vorige] = await leaves_before(connection, [record])
    opening = parts.after(vorige)
    ranges = inclusion(index, signed.size)
    try:
        path = hashes(ranges, boom.reader(await boom.tiles(connection, tiles_of(ranges))))
        verify_inclusion(index, signed.size, opening_leaf(opening), path, signed.root)
    except (ValueError, NotProven) as error:
        raise LogAltered from error
    return make_proof(opening, index, path, note)


async def _checkpoint(connection: Connection) -> str:
    note = await boom.checkpoint(connection)
    if note is None:
        raise NotSealed
    return note
