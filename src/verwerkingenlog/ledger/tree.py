"""Which parts of the tree a proof or a root is made of, and their hashes read from tiles.

First ask for the ranges (`inclusion`, `consistency`, `whole`), then for the tiles that hold them
(`tiles_of`), fetch those, and compute (`hashes`). So a caller fetches all it needs at once, and nothing here
waits. Notation of RFC 6962, section 2.1: D[first:end] are the leaves first up to end, MTH their hash.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import NamedTuple, TypeAlias

from verwerkingenlog.ledger.checker import HASH_BYTES, node_hash, root_hash
from verwerkingenlog.ledger.tiles import HEIGHT, WIDTH

ReadTile: TypeAlias = Callable[[int, int], bytes]
"""Gives the hashes of the tile (level, number), one after the other; it may hold more than was asked for."""


class Range(NamedTuple):
    """The leaves D[first:end] of a tree."""

    first: int
    end: int


class Node(NamedTuple):
    """The root of the full subtree over leaves number * 2**height up to (number + 1) * 2**height."""

    height: int
    number: int


def whole(size: int) -> tuple[Range, ...]:
    """Give the range whose hash is the root of the tree of this size, which is at least 1."""
    if size < 1:
        raise ValueError(size)
    return (Range(0, size),)


def inclusion(index: int, size: int) -> tuple[Range, ...]:
    """Give the ranges of the path from a leaf to the root, leaf first (RFC 6962, section 2.1.1: PATH)."""
    if not 0 <= index < size:
        raise ValueError(index, size)
    path = []
    first, end = 0, size
    while end - first > 1:
        middle = first + largest_power_below(end - first)
        if index < middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(first, middle))
            first = middle
    return tuple(reversed(path))


def consistency(old: int, new: int) -> tuple[Range, ...]:
    """Give the ranges that prove that the tree of size `new` extends the one of size `old`.

    RFC 6962, section 2.1.2: PROOF and SUBPROOF. Of no use, so refused, for an empty old tree.
    """
    if not 0 < old <= new:
        raise ValueError(old, new)
    path = []
    first, end = 0, new
    while end != old:
        middle = first + largest_power_below(end - first)
        if old <= middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(first, middle))
            first = middle
    # The verifier has MTH(D[0:old]) already: SUBPROOF's parameter b.
    last = [Range(first, end)] if first else []
    return (*last, *reversed(path))


def tiles_of(ranges: Iterable[Range]) -> frozenset[tuple[int, int]]:
    """Give the tiles (level, number) that `hashes` will read for these ranges."""
    return frozenset(_place(node)[:2] for part in ranges for node in _nodes(part))


def hashes(ranges: Iterable[Range], read: ReadTile) -> tuple[bytes, ...]:
    """Give MTH of each range, from the tiles that `tiles_of` names."""
    return tuple(_hash(part, read) for part in ranges)


def largest_power_below(count: int) -> int:
    """Give the largest power of two smaller than count (RFC 6962, section 2.1: k)."""
    return 1 << (count - 1).bit_length() - 1


def _nodes(part: Range) -> Iterator[Node]:
    """Give the full subtrees that a range is made of, from left to right, ever smaller."""
    first = part.first
    while first < part.end:
        height = (part.end - first).bit_length() - 1
        yield Node(height, first >> height)
        first += 1 << height


def _place(node: Node) -> tuple[int, int, int]:
    """Give the tile, as (level, number), and the place in it of the first hash under a node."""
    level, rest = divmod(node.height, HEIGHT)
    first = node.number << rest
    return level, first // WIDTH, first % WIDTH


def _node_hash(node: Node, read: ReadTile) -> bytes:
    level, number, first = _place(node)
    count = 1 << node.height % HEIGHT
    tile = read(level, number)
    under = [tile[i * HASH_BYTES : (i + 1) * HASH_BYTES] for i in range(first, first + count)]
    if len(under[-1]) != HASH_BYTES:
        raise ValueError(level, number, len(tile))
    return root_hash(under)


def _hash(part: Range, read: ReadTile) -> bytes:
    """Give MTH of a range: its last subtrees are joined first (RFC 6962, section 2.1)."""
    nodes = [_node_hash(node, read) for node in _nodes(part)]
    return reduce(lambda right, left: node_hash(left, right), reversed(nodes))
