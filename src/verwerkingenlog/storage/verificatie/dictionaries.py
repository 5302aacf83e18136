"""The rows that records refer to: revealed, judged, and remembered while a verification runs (M7, T3)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from verwerkingenlog.domain.betrokkene import Betrokkene
from verwerkingenlog.errors import VerwerkingenlogError
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.dictionaries import fingerprint
from verwerkingenlog.storage.keyring import KeyRing, Mac
from verwerkingenlog.storage.pseudonyms import Pseudonym, reveal
from verwerkingenlog.storage.sql import query

Tabel = Literal["betrokkene", "kenmerken", "objectkenmerken"]
_REMEMBERED: Final = 100_000
"""So many of each kind, that memory stays flat."""
_GONE: Final = "De rij is verwijderd."
_USABLE: Final = ("komend", "actief", "gaand")


class Ref(NamedTuple):
    """A row that records refer to."""

    tabel: Tabel
    id: int


class Objectkenmerken(NamedTuple):
    """What is said of an occurrence."""

    soort_object_id: str
    betrokkenheid: str
    soorten_gegevens: tuple[str, ...]


class References:
    """The persons and attributes that a batch of records refers to.

    `faults` tells what is wrong with a row: of one that can't be read nothing else is known, so it is not in
    the dictionaries either.
    """

    def __init__(self, ring: KeyRing) -> None:
        self.kenmerken: dict[int, Mapping[str, Any]] = {}
        self.objectkenmerken: dict[int, Objectkenmerken] = {}
        self.betrokkenen: dict[int, Betrokkene] = {}
        self.faults: dict[Ref, str] = {}
        self._ring = ring

    async def load(self, connection: Connection, versies: Iterable[Any], objecten: Iterable[Any]) -> None:
        """Read what these rows refer to and is not remembered. Within a `snapshot`."""
        versies, objecten = list(versies), list(objecten)
        await self.load_rows(
            connection,
            {row["kenmerken"] for row in versies},
            {row["kenmerken"] for row in objecten} | {row["objectkenmerken"] for row in versies},
            {row["betrokkene"] for row in (*objecten, *versies)} | {row["afnemer"] for row in versies},
        )

    async def load_rows(
        self,
        connection: Connection,
        kenmerken: set[int | None],
        objectkenmerken: set[int | None],
        betrokkenen: set[int | None],
    ) -> None:
        """Read these rows, where they are not remembered. Within a `snapshot`."""
        for known in (self.kenmerken, self.objectkenmerken, self.betrokkenen):
            # Before the reading, for then all that this batch needs stays.
            if len(known) > _REMEMBERED:
                known.clear()
        await self._load_kenmerken(connection, {id_ for id_ in kenmerken if id_ is not None})
        await self._load_objectkenmerken(connection, {id_ for id_ in objectkenmerken if id_ is not None})
        await self._load_betrokkenen(connection, {id_ for id_ in betrokkenen if id_ is not None})

    async def load_one(self, connection: Connection, ref: Ref) -> None:
        """Read one row. Within a `snapshot`."""
        match ref.tabel:
            case "kenmerken":
                await self._load_kenmerken(connection, {ref.id})
            case "objectkenmerken":
                await self._load_objectkenmerken(connection, {ref.id})
            case "betrokkene":
                await self._load_betrokkenen(connection, {ref.id})

    async def load_persons(self, connection: Connection, ids: Iterable[int]) -> None:
        """Read the rows of these persons. Within a `snapshot`."""
        await self._load_betrokkenen(connection, set(ids))

    def drop_faulty(self) -> None:
        """Forget the rows that something is wrong with, and what that is."""
        for tabel, id_ in self.faults:
            match tabel:
                case "kenmerken":
                    self.kenmerken.pop(id_, None)
                case "objectkenmerken":
                    self.objectkenmerken.pop(id_, None)
                case "betrokkene":
                    self.betrokkenen.pop(id_, None)
        self.faults.clear()

    def is_gone(self, ref: Ref) -> bool:
        """Tell whether this row was asked for and is not there."""
        return self.faults.get(ref) == _GONE

    async def _load_kenmerken(self, connection: Connection, ids: set[int]) -> None:
        if new := ids - self.kenmerken.keys():
            rows = await connection.fetch(query("verifying/kenmerken"), list(new))
            for row in rows:
                self._check_fingerprint(Ref("kenmerken", row["id"]), row[1], tuple(row)[2:])
            self.kenmerken.update({row["id"]: dict(row) for row in rows})
            self._missing("kenmerken", new, self.kenmerken)

    async def _load_objectkenmerken(self, connection: Connection, ids: set[int]) -> None:
        if new := ids - self.objectkenmerken.keys():
            rows = await connection.fetch(query("verifying/objectkenmerken"), list(new))
            found = {row["id"]: Objectkenmerken(row[2], row[3], tuple(row[4] or ())) for row in rows}
            for row in rows:
                ref = Ref("objectkenmerken", row["id"])
                self._check_fingerprint(ref, row[1], tuple(found[row["id"]]))
            self.objectkenmerken.update(found)
            self._missing("objectkenmerken", new, self.objectkenmerken)

    async def _load_betrokkenen(self, connection: Connection, ids: set[int]) -> None:
        new = ids - self.betrokkenen.keys()
        if not new:
            return
        keys = await search_keys(connection, self._ring)
        found = {}
        for row in await connection.fetch(query("verifying/betrokkenen"), list(new)):
            person = self._revealed(row)
            if person is not None:
                found[row["id"]] = person
                self._check_index(row, person, keys)
        self.betrokkenen.update(found)
        self._missing("betrokkene", new, self.betrokkenen)

    def _revealed(self, row: Any) -> Betrokkene | None:  # noqa: ANN401 - a record of the driver
        hidden = Pseudonym(row["zoekindex"], row["sleutel"], row["cijfertekst"])
        try:
            return reveal(self._ring, hidden)
        except (VerwerkingenlogError, ValueError, TypeError):
            self.faults[Ref("betrokkene", row["id"])] = "De versleutelde gegevens zijn veranderd."
            return None

    def _check_index(self, row: Any, person: Betrokkene, keys: "SearchKeys") -> None:  # noqa: ANN401
        first, second = row["zoekindex"], row["zoekindex_nieuw"]
        under = keys.indexes("\0".join(person).encode())
        fits = first in under.values() and (second is None or second in under.values())
        if not fits or under.get(keys.active) not in {first, second}:
            self.faults[Ref("betrokkene", row["id"])] = "De zoekindex past niet bij de persoon."

    def _check_fingerprint(self, ref: Ref, found: bytes | None, entry: tuple[Any, ...]) -> None:
        # Without one the row is on its way out, which is the purge's doing.
        if found is not None and found != fingerprint(entry):
            self.faults[ref] = "De vingerafdruk past niet bij de inhoud."

    def _missing(self, tabel: Tabel, ids: Iterable[int], found: Mapping[int, object]) -> None:
        for id_ in ids:
            if id_ not in found:
                self.faults.setdefault(Ref(tabel, id_), _GONE)


class SearchKeys(NamedTuple):
    """The search keys that indexes may be made with now, by id, and the one by which persons are found."""

    keys: Mapping[int, Mac]
    active: int

    def indexes(self, plaintext: bytes) -> dict[int, bytes]:
        """Give the index of a person under each key."""
        return {id_: key(plaintext) for id_, key in self.keys.items()}


async def search_keys(connection: Connection, ring: KeyRing) -> SearchKeys:
    """Give the search keys of the ring that the database says are in use. Within a `snapshot`."""
    staten = {row["id"]: row["staat"] for row in await connection.fetch(query("verifying/sleutels"))}
    held = {key.id: Mac(key.raw) for key in ring.sleutels if key.doel == "zoeken"}
    usable = {id_: key for id_, key in held.items() if staten.get(id_) in _USABLE}
    # A tampered state is told of once, not once a person.
    active = [id_ for id_ in usable if staten[id_] == "actief"] or [max(held)]
    return SearchKeys(usable or held, active[0])
