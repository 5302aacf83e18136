"""The tree as tiles of 256 hashes, and how it grows (C2SP tlog-tiles).

A tile of level 0 holds leaf hashes; each hash in a tile of a higher level is the root over a full tile of the
level below. What does not fill a tile yet is the *edge*: the partial tile of each level, level 0 first.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from verwerkingenlog.ledger.checker import HASH_BYTES, root_hash

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
"""How many hashes a full tile has."""
TILE_BYTES: Final = WIDTH * HASH_BYTES

_PATH: Final = re.compile(
    r"tile/(?P<level>[0-9]{1,2})/(?P<number>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[0-9]{1,3}))?"
)
_LEVELS: Final = 64
_NUMBERS: Final = 1 << 63


class Tile(NamedTuple):
    """A full tile."""

    level: int
    number: int
    hashes: bytes


class Growth(NamedTuple):
    """What a tree has become, and the tiles that got full on the way."""

    size: int
    root: bytes
    tiles: tuple[Tile, ...]
    edge: tuple[bytes, ...]


class TilePath(NamedTuple):
    """Which tile a path asks for; one that is not full has less than 256 hashes."""

    level: int
    number: int
    width: int = WIDTH


def width_at(level: int, number: int, size: int) -> int:
    """Give how many hashes this tile has in a tree of this size: 0 to 256 (tlog-tiles, Merkle Tree)."""
    return min(max((size >> HEIGHT * level) - number * WIDTH, 0), WIDTH)


def extend(size: int, edge: Sequence[bytes], leaves: Sequence[bytes]) -> Growth:
    """Append leaf hashes to a tree of this size.

    Costs as much as there are new leaves, and beside that at most 255 hashes for each level. Raises
    ValueError for an edge that is not that of a tree of this size.
    """
    if tuple(map(len, edge)) != _edge_lengths(size):
        raise ValueError(size, [len(hashes) for hashes in edge])
    tiles: list[Tile] = []
    new_edge: list[bytes] = []
    new = leaves
    while new or len(new_edge) < len(edge):
        level = len(new_edge)
        before = edge[level] if level < len(edge) else b""
        full, rest = _cut(before + b"".join(new))
        first = size >> HEIGHT * (level + 1)
        tiles += [Tile(level, first + i, hashes) for i, hashes in enumerate(full)]
        new_edge.append(rest)
        new = [full_root(hashes) for hashes in full]
    return Growth(size + len(leaves), edge_root(new_edge), tuple(tiles), tuple(new_edge))


def full_root(hashes: bytes) -> bytes:
    """Give the root over a full tile: what `root_hash` gives of any row, quicker."""
    while len(hashes) > HASH_BYTES:
        pairs = [hashes[i : i + 2 * HASH_BYTES] for i in range(0, len(hashes), 2 * HASH_BYTES)]
        hashes = b"".join([sha256(b"\x01" + pair).digest() for pair in pairs])
    return hashes


def edge_root(edge: Sequence[bytes]) -> bytes:
    """Give the root of the tree with this edge."""
    below: list[bytes] = []
    for hashes in edge:
        # What lies below a level and fills no tile is the last, incomplete, subtree of that level.
        nodes = _split(hashes) + below
        below = [root_hash(nodes)] if nodes else []
    return root_hash(below)


def tile_path(tile: TilePath) -> str:
    """Write the path of a tile below the log's prefix, as in `tile/0/x001/234.p/17`."""
    digits = str(tile.number)
    groups = digits.zfill(-(-len(digits) // 3) * 3)
    *parents, last = (groups[i : i + 3] for i in range(0, len(groups), 3))
    number = "".join(f"x{group}/" for group in parents) + last
    partial = "" if tile.width == WIDTH else f".p/{tile.width}"
    return f"tile/{tile.level}/{number}{partial}"


def parse_tile_path(path: str) -> TilePath:
    """Read the path of a tile. Raises ValueError for any spelling but that of `tile_path`."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise ValueError(path)
    number = int(match["number"].replace("x", "").replace("/", ""))
    width = WIDTH if match["width"] is None else int(match["width"])
    tile = TilePath(int(match["level"]), number, width)
    within = tile.level < _LEVELS and number < _NUMBERS and 0 < width <= WIDTH
    if not within or tile_path(tile) != path:
        raise ValueError(path)
    return tile


def _edge_lengths(size: int) -> tuple[int, ...]:
    """Give the bytes of the partial tile of each level: floor(s / 256**l) mod 256 hashes."""
    levels = -(-size.bit_length() // HEIGHT)
    return tuple((size >> HEIGHT * level) % WIDTH * HASH_BYTES for level in range(levels))


def _cut(hashes: bytes) -> tuple[list[bytes], bytes]:
    """Cut a row of hashes in full tiles and what is left."""
    end = len(hashes) // TILE_BYTES * TILE_BYTES
    return [hashes[i : i + TILE_BYTES] for i in range(0, end, TILE_BYTES)], hashes[end:]


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES)]
