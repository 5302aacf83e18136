"""Packed bodies are unpacked as they come, whatever the pieces, and cut off at the limit."""

import asyncio
import gzip
import sys
import zlib
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verwerkingenlog.api.intake import CODINGS, Intake, Patience
from verwerkingenlog.api.problems import BodyTooLarge, BodyTooSlow
from verwerkingenlog.api.request import Body
from verwerkingenlog.errors import InvalidInput, Overloaded
from verwerkingenlog.telemetry.observation import Message

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LIMIT = 1 << 20
PACK: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd.compress, "identity": bytes}
packings = pytest.mark.parametrize("coding", PACK)


def body_of(*pieces: bytes) -> Body:
    """Give a body that comes in these pieces."""
    left = list(pieces)

    async def receive() -> Message:
        piece = left.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    return Body(receive, (), LIMIT)


async def take_in(coding: str, *pieces: bytes, intake: Intake | None = None) -> bytes:
    """Take in a body that is packed so."""
    headers = [(b"content-encoding", coding.encode())]
    async with (intake or Intake(LIMIT, 1)).taken_in(body_of(*pieces), headers) as content:
        return content


def cut(packed: bytes, places: list[int]) -> list[bytes]:
    """Cut into pieces, of which some may be empty."""
    edges = [0, *sorted(place % (len(packed) + 1) for place in places), len(packed)]
    return [packed[first:last] for first, last in pairwise(edges)]


def test_E2_both_codings_are_known() -> None:
    assert CODINGS == ("gzip", "zstd")


@packings
@given(st.lists(st.binary(max_size=300), max_size=4), st.lists(st.integers(0, 10_000), max_size=5))
async def test_E2_pieces_and_parts_make_no_difference(
    coding: str, parts: list[bytes], places: list[int]
) -> None:
    packed = b"".join(PACK[coding](part) for part in parts)
    assert await take_in(coding, *cut(packed, places)) == b"".join(parts)


@packings
@pytest.mark.parametrize("size", [1 << 18, (1 << 18) + 1, (1 << 19) + 258, LIMIT])
async def test_E2_what_is_larger_than_a_step_comes_whole(coding: str, size: int) -> None:
    for content in (bytes(size), bytes(range(256)) * (size // 256) + bytes(size % 256)):
        packed = PACK[coding](content)
        assert await take_in(coding, packed) == content
        assert await take_in(coding, *cut(packed, list(range(0, len(packed), 1000)))) == content


@packings
async def test_E2_the_limit_is_of_what_is_unpacked(coding: str) -> None:
    with pytest.raises(BodyTooLarge):
        await take_in(coding, PACK[coding](bytes(LIMIT + 1)))
    with pytest.raises(BodyTooLarge):
        await take_in(coding, *[PACK[coding](bytes(1 << 16))] * 17)


@pytest.mark.parametrize("coding", CODINGS)
async def test_E2_what_unpacks_to_nothing_without_end_is_too_large(coding: str) -> None:
    with pytest.raises(BodyTooLarge):
        await take_in(coding, *[PACK[coding](b"") * 1000] * 200)


async def test_E2_a_window_that_takes_too_much_memory_is_refused() -> None:
    options: dict[int, int] = {
        zstd.CompressionParameter.window_log: 27,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    packer = zstd.ZstdCompressor(options=options)
    with pytest.raises(InvalidInput):
        await take_in("zstd", packer.compress(b"x") + packer.flush())


@pytest.mark.parametrize("coding", CODINGS)
async def test_E2_every_way_to_damage_it_is_told(coding: str) -> None:
    packed = PACK[coding](b"een verwerkingsactie " * 40)
    for length in range(1, len(packed)):
        with pytest.raises(InvalidInput, match="ingepakt"):
            await take_in(coding, packed[:length])
    for other in (
        b"[]",
        packed + b"x",
        zlib.compress(b"[]"),
        PACK["gzip" if coding == "zstd" else "zstd"](b"[]"),
    ):
        with pytest.raises(InvalidInput, match="ingepakt"):
            await take_in(coding, other)


async def test_E2_so_many_at_once_and_no_more() -> None:
    intake = Intake(LIMIT, 2)
    async with intake.taken_in(body_of(b"1"), ()), intake.taken_in(body_of(b"2"), ()):
        with pytest.raises(Overloaded):
            await take_in("identity", b"3", intake=intake)
    with pytest.raises(BodyTooLarge):
        await take_in("identity", bytes(LIMIT + 1), intake=intake)
    for _ in range(3):
        assert await take_in("identity", b"4", intake=intake) == b"4"


@pytest.mark.parametrize(
    "patience", [Patience(piece=0.05), Patience(whole=0.05)], ids=["a piece", "the whole"]
)
async def test_E2_who_does_not_go_on_loses_the_place(patience: Patience) -> None:
    intake = Intake(LIMIT, 1, patience)

    async def receive() -> Message:
        await asyncio.sleep(3600 if patience.piece < 1 else 0.01)
        return {"type": "http.request", "body": b"1", "more_body": True}

    body = Body(receive, (), LIMIT)
    with pytest.raises(BodyTooSlow):
        async with asyncio.timeout(10), intake.taken_in(body, ()):
            pass
    await asyncio.wait_for(body.discard(), 10)
    assert await take_in("identity", b"2", intake=intake) == b"2"


def test_E2_the_head_may_tell_that_it_is_too_large() -> None:
    intake = Intake(LIMIT, 1)
    intake.check_announced([(b"content-length", b"%d" % LIMIT)])
    with pytest.raises(BodyTooLarge):
        intake.check_announced([(b"content-length", b"%d" % (LIMIT + 1))])
