"""The quick look: the leaf of a record whose rows are plainly what they should be (rules M2, T1, T3).

It judges nothing. Of a record that it does not know to be right in every column it gives no leaf, and the
careful look (`rows`) makes out what is wrong, if anything is. It is quick since what records share
(attributes, persons, a second of the clock) is made into bytes once and remembered.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from verwerkingenlog.ledger.bladen import GEMEENSCHAPPELIJK, INTERN
from verwerkingenlog.ledger.checker import NO_LEAF, leaf_hash, root_hash, versie_entry
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing, Mac
from verwerkingenlog.storage.sql import query
from verwerkingenlog.storage.verificatie.pieces import Doubt, Pieces
from verwerkingenlog.storage.verificatie.reading import TAMPERED

_MICROSECONDS: Final = 1_000_000
_NORMAAL: Final = 0
_NULL: Final = "null"
_ENTRY: Final = b"\x00" + versie_entry(b"", b"", b"", b"")


class _Rows(NamedTuple):
    """The rows of some records, by the names in their queries; those that are taken apart, in their order."""

    versies: list[Any]
    objecten: Mapping[int, Sequence[Any]]
    beheer: set[int]
    banden: Mapping[int, "_Band"]
    """What later versions follow on."""
    eerder: Mapping[int, Sequence[Any]]
    """The occurrences of persons in those."""


class _Band(NamedTuple):
    """What ties a later version to the record of the version before it, and the leaf of that."""

    ervoor: int
    blad: bytes


class _Vorige(NamedTuple):
    """What a later version follows on: the leaf of the version before it, and the rows of its persons."""

    blad: bytes
    personen: set[int]


class Quick:
    """Looks at many records; between two looks it remembers the pieces that they are made of."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._pieces = Pieces(ring)

    async def leaves(self, connection: Connection, volgnummers: Sequence[int]) -> dict[int, bytes]:
        """Give the leaves of those of these records that are plainly sound. Within a `snapshot`."""
        rows = await _read(connection, volgnummers)
        apart = [row for some in rows.objecten.values() for row in some]
        eerder = [row for some in rows.eerder.values() for row in some]
        await self._pieces.load(
            connection,
            {row["kenmerken"] for row in rows.versies},
            {row["objectkenmerken"] for row in rows.versies} | {row["kenmerken"] for row in apart + eerder},
            {row["betrokkene"] for row in rows.versies + apart + eerder},
        )
        return self._sound(rows)

    def _sound(self, rows: _Rows) -> dict[int, bytes]:
        evidence = self._ring.evidence
        before = dict(self._before(rows))
        found: dict[int, bytes] = {}
        for row in rows.versies:
            if not row["gewoon"]:
                continue
            number = row["volgnummer"]
            try:
                found[number] = self._leaf(evidence, row, rows.objecten.get(number, ()), before.get(number))
            except TAMPERED:
                continue
        # Where two rows have a number, neither is plainly the right one.
        for number in rows.beheer | _repeated([row["volgnummer"] for row in rows.versies]):
            found.pop(number, None)
        return found

    def _before(self, rows: _Rows) -> Iterator[tuple[int, _Vorige]]:
        for number, tie in rows.banden.items():
            persons = set()
            try:
                for _, betrokkene, over, nullen, nummer in rows.eerder.get(tie.ervoor, ()):
                    _ = self._pieces.person[betrokkene, over, nullen, nummer]
                    persons.add(betrokkene)
            except TAMPERED:
                continue
            yield number, _Vorige(tie.blad, persons)

    def _leaf(self, evidence: Mac, row: Any, objecten: Sequence[Any], before: _Vorige | None) -> bytes:  # noqa: ANN401 - a record of the driver
        (
            _,
            _,
            _,
            actie_id,
            nummer,
            hoogste,
            vervallen,
            klasse,
            vertrouwelijkheid,
            kenmerken,
            tijdstip,
            zone,
            registratie,
            verwerking_id,
            verwerking_id_afnemer,
            gebruiker,
            auteur,
            zaad,
            betrokkene,
            objectkenmerken,
            nullen,
        ) = row
        pieces = self._pieces
        seconds, micros = divmod(tijdstip[0], _MICROSECONDS)
        clock, offset = pieces.clock[seconds, zone]
        if micros:
            offset = f".{micros:06}{offset}" if micros % 1000 else f".{micros // 1000:03}{offset}"
        seconds, micros = divmod(registratie[0], _MICROSECONDS)
        registered, _ = pieces.clock[seconds, None]
        p = pieces.common[kenmerken, vertrouwelijkheid, nummer, vervallen]
        verwerking = _NULL if verwerking_id is None else f'"{verwerking_id}"'
        afnemer = _NULL if verwerking_id_afnemer is None else f'"{verwerking_id_afnemer}"'
        common = (
            f'{p[0]}"{actie_id}"{p[1]}"{clock}{offset}"{p[2]}"{registered}.{micros:06}Z"'
            f"{p[3]}{verwerking}{p[4]}{afnemer}{p[5]}"
        ).encode()
        intern = pieces.intern[kenmerken, klasse, hoogste, gebruiker, auteur]
        if betrokkene is None:
            personen = self._apart(evidence, row, objecten)
        elif objecten:
            raise Doubt
        else:
            label, content = pieces.person[betrokkene, objectkenmerken, nullen, 1]
            personen = leaf_hash(sha256(evidence(zaad + label) + content).digest())
        return entry_leaf(
            sha256(evidence(zaad + GEMEENSCHAPPELIJK) + common).digest(),
            sha256(evidence(zaad + INTERN) + intern).digest(),
            personen,
            NO_LEAF if nummer == 1 else _follows(before, objecten),
        )

    def _apart(self, evidence: Mac, row: Any, objecten: Sequence[Any]) -> bytes:  # noqa: ANN401 - a record of the driver
        """Give the root over the persons that have rows of their own."""
        nummer, vervallen, zaad = row["nummer"], row["vervallen"], row["zaad"]
        of_version = row["actie"], row["tijdstip"], row["klasse"]
        leaves, seen, attributes, last = [], set(), set(), 0
        for _, betrokkene, actie, tijdstip, number, kenmerken, klasse, nullen, *told in objecten:
            follows = [not vervallen, betrokkene not in seen, nummer > 1]
            if (actie, tijdstip, klasse) != of_version or told != follows or number <= last:
                raise Doubt
            label, content = self._pieces.person[betrokkene, kenmerken, nullen, number]
            leaves.append(leaf_hash(sha256(evidence(zaad + label) + content).digest()))
            seen.add(betrokkene)
            attributes.add(kenmerken)
            last = number
        if nummer == row["hoogste_nummer"] == len(objecten) == objecten[0]["nummer"] == 1 and not vervallen:
            raise Doubt  # its place is in the row of the version
        self._pieces.require_distinct(seen, attributes)
        return root_hash(leaves)


def entry_leaf(gemeenschappelijk: bytes, intern: bytes, personen: bytes, vorige: bytes) -> bytes:
    """Give the leaf hash of an entry: as `leaf_hash` of `versie_entry`, in one step."""
    return sha256(_ENTRY + gemeenschappelijk + intern + personen + vorige).digest()


def _follows(before: _Vorige | None, objecten: Iterable[Any]) -> bytes:
    """Give the leaf before this version, which drops no person: else it has closing rows."""
    if before is None or not before.personen <= {row["betrokkene"] for row in objecten}:
        raise Doubt
    return before.blad


async def _read(connection: Connection, volgnummers: Sequence[int]) -> _Rows:
    ranges = _ranges(volgnummers)
    versies = await connection.fetch(query("verifying/versies_tussen"), *ranges)
    objecten = _grouped(await connection.fetch(query("verifying/objecten_tussen"), *ranges))
    beheer = await connection.fetch(query("verifying/beheer_tussen"), *ranges)
    banden = await _ties(connection, [row for row in versies if row["gewoon"] and row["nummer"] > 1])
    eerder = []
    if banden:
        numbers = [tie.ervoor for tie in banden.values()]
        eerder = await connection.fetch(query("verifying/voorkomens"), numbers)
    return _Rows(versies, objecten, {row["volgnummer"] for row in beheer}, banden, _grouped(eerder))


async def _ties(connection: Connection, later: Sequence[Any]) -> dict[int, _Band]:
    """Give what ties these later versions to those before them, where nothing speaks against it."""
    if not later:
        return {}
    names = ("volgnummer", "actie_id", "actie", "nummer")
    columns = ([row[name] for row in later] for name in names)
    found = _grouped(await connection.fetch(query("verifying/opvolgers"), *columns))
    ties = {}
    for row in later:
        kin = found.get(row["volgnummer"], ())
        first = min((one["ervoor"] for one in kin if one["nummer"] == 1), default=None)
        before = [one for one in kin if one["nummer"] == row["nummer"] - 1]
        if first != row["actie"] or len(before) != 1:
            continue
        [one] = before
        # In the other partition it leaves closing rows, which are for the careful look.
        alike = (row["klasse"] == _NORMAAL) == (one["klasse"] == _NORMAAL)
        if one["blad"] not in {None, NO_LEAF} and alike:
            ties[row["volgnummer"]] = _Band(one["ervoor"], one["blad"])
    return ties


def _ranges(volgnummers: Iterable[int]) -> tuple[list[int], list[int]]:
    """Give where each row of successive numbers begins, and where it ends."""
    first: list[int] = []
    last: list[int] = []
    for number in volgnummers:
        if last and number == last[-1] + 1:
            last[-1] = number
        else:
            first.append(number)
            last.append(number)
    return first, last


def _grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    grouped: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row[0]].append(row)
    return grouped


def _repeated(numbers: Sequence[int]) -> set[int]:
    if len(set(numbers)) == len(numbers):
        return set()
    return {number for number, times in Counter(numbers).items() if times > 1}
