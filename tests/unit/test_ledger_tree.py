"""The tree as tiles: against the plain definition of RFC 6962, for all sizes up to 256 and samples beyond."""

import hashlib
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verwerkingenlog.ledger.checker import (
    HASH_BYTES,
    NotProven,
    leaf_hash,
    root_hash,
    verify_consistency,
    verify_inclusion,
)
from verwerkingenlog.ledger.tiles import (
    WIDTH,
    Tile,
    TilePath,
    edge_root,
    extend,
    full_root,
    parse_tile_path,
    tile_path,
    width_at,
)
from verwerkingenlog.ledger.tree import Range, consistency, hashes, inclusion, tiles_of, whole

LEAVES = [leaf_hash(b"%d" % i) for i in range(70_000)]


class Stored:
    """A tree as a store would keep it."""

    def __init__(self) -> None:
        self.size = 0
        self.root = root_hash([])
        self.edge: tuple[bytes, ...] = ()
        self.tiles: dict[tuple[int, int], bytes] = {}

    def append(self, leaves: list[bytes]) -> None:
        growth = extend(self.size, self.edge, leaves)
        for tile in growth.tiles:
            assert (tile.level, tile.number) not in self.tiles
            self.tiles[tile.level, tile.number] = tile.hashes
        self.size, self.root, self.edge = growth.size, growth.root, growth.edge

    def fetch(self, wanted: frozenset[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        return {place: self._tile(*place) for place in wanted}

    def _tile(self, level: int, number: int) -> bytes:
        return self.tiles.get((level, number)) or self.edge[level]


def stored(size: int) -> Stored:
    tree = Stored()
    tree.append(LEAVES[:size])
    return tree


def definition(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962, section 2.1, defines it, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + definition(leaves[:k]) + definition(leaves[k:])).digest()


BIG = stored(70_000)


def read(tree: Stored, ranges: tuple[Range, ...]) -> tuple[bytes, ...]:
    """Read with exactly the tiles that were announced."""
    held = tree.fetch(tiles_of(ranges))
    return hashes(ranges, lambda level, number: held[level, number])


@pytest.mark.parametrize("size", range(257))
def test_T1_root_is_that_of_the_definition(size: int) -> None:
    expected = definition(LEAVES[:size])
    assert root_hash(LEAVES[:size]) == expected
    assert stored(size).root == expected
    if size:
        assert read(BIG, whole(size)) == (expected,)


def test_T2_inclusion_of_each_leaf_in_all_sizes_up_to_256() -> None:
    roots = [root_hash(LEAVES[:size]) for size in range(257)]
    trees = [stored(256), BIG]
    for size in range(1, 257):
        for index in range(size):
            path = read(trees[index % 2], inclusion(index, size))
            verify_inclusion(index, size, LEAVES[index], path, roots[size])


def test_T2_consistency_of_all_pairs_of_sizes_up_to_256() -> None:
    roots = [root_hash(LEAVES[:size]) for size in range(257)]
    trees = [stored(256), BIG]
    for old, new in itertools.combinations_with_replacement(range(1, 257), 2):
        path = read(trees[old % 2], consistency(old, new))
        verify_consistency(old, new, path, roots[old], roots[new])


@settings(deadline=None)
@given(st.data())
def test_T2_proofs_over_several_levels_of_tiles(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, len(LEAVES)))
    old = data.draw(st.integers(1, new))
    index = data.draw(st.integers(0, new - 1))
    root = read(BIG, whole(new))[0]
    verify_inclusion(index, new, LEAVES[index], read(BIG, inclusion(index, new)), root)
    verify_consistency(old, new, read(BIG, consistency(old, new)), read(BIG, whole(old))[0], root)


def test_T2_a_proof_needs_few_tiles() -> None:
    assert len(tiles_of(inclusion(35_000, 70_000))) <= 2 * 3
    assert len(tiles_of(consistency(35_000, 70_000))) <= 2 * 3
    assert tiles_of(whole(70_000)) == {(0, 273), (1, 1), (2, 0)}


@settings(deadline=None)
@given(st.lists(st.integers(0, 700), max_size=20))
def test_T1_growing_in_batches_gives_the_same_tree(batches: list[int]) -> None:
    tree = Stored()
    for batch in batches:
        tree.append(LEAVES[tree.size : tree.size + batch])
        assert tree.root == root_hash(LEAVES[: tree.size]) == edge_root(tree.edge)
    at_once = stored(tree.size)
    assert (tree.tiles, tree.edge) == (at_once.tiles, at_once.edge)


def test_T1_tiles_are_those_of_the_specification_s_example() -> None:
    assert sorted(place for place in BIG.tiles if place[0]) == [(1, 0)]
    assert len(BIG.tiles) == 273 + 1
    assert [len(part) // HASH_BYTES for part in BIG.edge] == [112, 17, 1]
    assert [len(part) // HASH_BYTES for part in stored(256).edge] == [0, 1]
    assert BIG.tiles[1, 0][:HASH_BYTES] == root_hash(LEAVES[:WIDTH])
    assert BIG.edge[2] == root_hash(LEAVES[: WIDTH**2])
    assert [width_at(0, number, 70_000) for number in (0, 272, 273, 274)] == [256, 256, 112, 0]
    assert [width_at(1, number, 70_000) for number in (0, 1, 2)] == [256, 17, 0]
    assert [width_at(level, 0, 70_000) for level in (2, 3, 63)] == [1, 0, 0]


def test_T1_each_new_tile_comes_once_and_full() -> None:
    growth = extend(300, stored(300).edge, LEAVES[300:800])
    assert growth.tiles == tuple(
        Tile(0, n, b"".join(LEAVES[n * WIDTH : (n + 1) * WIDTH])) for n in range(1, 3)
    )


def test_T1_an_edge_of_another_size_is_refused() -> None:
    for edge in ((), stored(299).edge, stored(556).edge, (stored(300).edge[0],), (*stored(300).edge, b"")):
        with pytest.raises(ValueError, match="300"):
            extend(300, edge, LEAVES[:1])


def test_T1_a_tile_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="96"):
        hashes(inclusion(0, 8), lambda _level, _number: b"".join(LEAVES[:3]))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_T2_no_path_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match=str(size)):
        inclusion(index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 3), (4, 3)])
def test_T2_no_consistency_with_nothing_or_with_the_past(old: int, new: int) -> None:
    with pytest.raises(ValueError, match=str(new)):
        consistency(old, new)


def test_T1_no_range_of_an_empty_tree() -> None:
    with pytest.raises(ValueError, match="0"):
        whole(0)


@settings(deadline=None)
@given(st.data())
def test_T2_another_old_tree_is_not_a_part_of_it(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, new - 1))
    changed = data.draw(st.integers(0, old - 1))
    other = [*LEAVES[:changed], leaf_hash(b"other"), *LEAVES[changed + 1 : old]]
    path = read(BIG, consistency(old, new))
    with pytest.raises(NotProven):
        verify_consistency(old, new, path, root_hash(other), root_hash(LEAVES[:new]))


@given(
    st.builds(
        TilePath,
        st.integers(0, 63),
        st.integers(0, 2000) | st.integers(0, 2**63 - 1),
        st.integers(1, 256),
    )
)
def test_T1_tile_paths_round_trip(tile: TilePath) -> None:
    assert parse_tile_path(tile_path(tile)) == tile


@given(
    st.text("tile/0x1.p256", max_size=30)
    | st.from_regex(r"tile/\d+/(x?\d{3}/)*\d{3}(\.p/\d+)?", fullmatch=True)
)
def test_T1_tile_paths_have_one_spelling(path: str) -> None:
    try:
        tile = parse_tile_path(path)
    except ValueError:
        return
    assert tile_path(tile) == path


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("tile/0/x001/x234/067", TilePath(0, 1234067)),
        ("tile/0/000", TilePath(0, 0)),
        ("tile/63/999.p/255", TilePath(63, 999, 255)),
        ("tile/1/x001/000.p/1", TilePath(1, 1000, 1)),
    ],
)
def test_T1_tile_paths_of_the_specification(path: str, tile: TilePath) -> None:
    assert tile_path(tile) == path
    assert parse_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "tile/0/0", "tile/00/000", "tile/01/000", "tile/64/000", "tile/0/x000/001", "tile/0/001/002",
        "tile/0/x001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/300",
        "/tile/0/000", "tile/0/000/", "tile/0/000\n", "tile/0/\u0660\u0660\u0660", "tile/-1/000",
        "tile/0/-01",
        "tile/entries/000", "tile/0/x009/x223/x372/x036/x854/x775/808", "tile/0/" + "x001/" * 7 + "001",
        "tile/0/000.p", "tile/0/000.P/1", "tile/0/X001/000",
    ],
)  # fmt: skip
def test_T1_other_tile_paths_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        parse_tile_path(path)


@pytest.mark.parametrize("height", range(9))
def test_T1_the_root_of_a_full_row_is_that_of_rfc_6962(height: int) -> None:
    leaves = LEAVES[: 1 << height]
    assert full_root(b"".join(leaves)) == root_hash(leaves)
