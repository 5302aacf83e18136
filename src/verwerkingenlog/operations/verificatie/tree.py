"""The tree above the leaves, built anew and compared with the one in the tables (rules T1, T3)."""

from collections.abc import Sequence
from typing import Final

from verwerkingenlog.ledger.checker import HASH_BYTES
from verwerkingenlog.ledger.tiles import Tile, edge_root, extend
from verwerkingenlog.operations.verificatie.bevinding import Bevinding, Plek, Soort, Wat
from verwerkingenlog.operations.verificatie.scan import Frame
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.verificatie.reading import read_tiles, split

_NO_TILE: Final = "Deze tegel van de boom is weg."


class Tree:
    """What was built so far: `tiles` full tiles of leaves, and the edge of the levels above them."""

    def __init__(self, tiles: int = 0, edge: Sequence[bytes] = ()) -> None:
        self.tiles = tiles
        self.edge = tuple(edge)

    async def add(self, connection: Connection, roots: Sequence[bytes]) -> list[Bevinding]:
        """Append the hashes of full tiles; give what is wrong with the higher tiles that this fills."""
        growth = extend(self.tiles, self.edge, roots)
        self.tiles, self.edge = growth.size, growth.edge
        found = []
        for level, number, hashes in growth.tiles:
            above = Tile(level + 1, number, hashes)
            stored = (await read_tiles(connection, above.level, number, number + 1)).get(number)
            found += _differences(above, stored)
        return found

    def root(self, rest: Sequence[bytes]) -> bytes:
        """Give the root of the tree with these leaves behind the full tiles."""
        return edge_root([b"".join(rest), *self.edge])

    def finish(self, frame: Frame, rest: Sequence[bytes]) -> list[Bevinding]:
        """Give what is wrong with the right edge, above the leaves, and with the root."""
        found = []
        for level, hashes in enumerate(self.edge, 1):
            if frame.rand.get(level, b"") != hashes:
                uitleg = "Deze rand van de boom past niet bij de tegels eronder."
                found.append(Bevinding(Soort.GEWIJZIGD, Plek(Wat.RAND, rij=str(level)), uitleg))
        for level in sorted(set(frame.rand) - set(range(len(self.edge) + 1))):
            uitleg = "Zo hoog is de boom niet."
            found.append(Bevinding(Soort.TOEGEVOEGD, Plek(Wat.RAND, rij=str(level)), uitleg))
        if self.root(rest) != frame.wortel:
            uitleg = "De wortel in de kop is niet die van de boom."
            found.append(Bevinding(Soort.GEWIJZIGD, Plek(Wat.KOP, rij="wortel"), uitleg))
        return found


def _differences(tile: Tile, stored: bytes | None) -> list[Bevinding]:
    plek = Plek(Wat.TEGEL, rij=f"{tile.level}/{tile.number}")
    if stored is None:
        return [Bevinding(Soort.VERWIJDERD, plek, _NO_TILE)]
    under = [
        f"{tile.level - 1}/{tile.number * (len(tile.hashes) // HASH_BYTES) + place}"
        for place, (one, other) in enumerate(zip(split(tile.hashes), split(stored), strict=True))
        if one != other
    ]
    if not under:
        return []
    return [Bevinding(Soort.GEWIJZIGD, plek, f"De hash van tegel {', '.join(under)} klopt hier niet.")]
