"""The cursors of pages (rule G5)."""

import base64

import pytest
from msgspec import Struct

from verwerkingenlog.domain.toegang import Aanroeper
from verwerkingenlog.errors import InvalidInput
from verwerkingenlog.operations.cursor import VALID, open_cursor, seal_cursor, turn
from verwerkingenlog.storage.keyring import KeyRing, new_sleutels

RING = KeyRing(new_sleutels())
READER = Aanroeper("lezer", "", frozenset())
NOW = 1_700_000_000_000_000


class State(Struct, frozen=True, array_like=True):
    betrokkene: int


class StateOfAnotherRelease(Struct, frozen=True, array_like=True):
    betrokkene: str


def opened(cursor: str, reader: Aanroeper = READER, kind: str = "bewerking", now: int = NOW) -> State:
    return open_cursor(RING, reader, kind, State, cursor, now)


@pytest.fixture
def cursor() -> str:
    return seal_cursor(RING, READER, "bewerking", State(7), NOW)


def test_G5_a_cursor_gives_back_what_it_holds_for_an_hour(cursor: str) -> None:
    assert opened(cursor, now=NOW + VALID) == State(7)
    with pytest.raises(InvalidInput):
        opened(cursor, now=NOW + VALID + 1)


def test_G5_a_cursor_is_for_one_client_and_one_kind_of_reading(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        opened(cursor, reader=Aanroeper("ander", "", frozenset()))
    with pytest.raises(InvalidInput):
        opened(cursor, kind="inzage")


def test_G5_every_flipped_bit_of_a_cursor_is_refused(cursor: str) -> None:
    sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for place in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises(InvalidInput):
            opened(base64.urlsafe_b64encode(flipped).decode().rstrip("="))


@pytest.mark.parametrize("cursor", ["", "x", "é", "a b", "=" * 8, "A" * 10_000])
def test_G5_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        opened(cursor)


def test_G5_a_cursor_of_another_release_is_refused() -> None:
    other = seal_cursor(RING, READER, "bewerking", StateOfAnotherRelease("x"), NOW)
    with pytest.raises(InvalidInput):
        opened(other)


def test_G5_a_page_is_cut_in_the_direction_of_reading() -> None:
    assert turn([3, 2, 1], 2, older=True, first=True) == ([3, 2], False, True)
    assert turn([2, 1], 2, older=True, first=False) == ([2, 1], True, False)
    assert turn([4, 5, 6], 2, older=False, first=False) == ([5, 4], True, True)
    assert turn([], 2, older=True, first=False) == ([], True, False)
