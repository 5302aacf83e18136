"""Reading several parts of one call, so that the faults of all of them are told at once (rules E1, S4)."""

from collections.abc import Callable
from typing import TypeVar

from verwerkingenlog.errors import Fault, InvalidInput

A = TypeVar("A")
B = TypeVar("B")


def read_both(first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """Read two parts. Raises one `InvalidInput` with the faults of both."""
    faults: list[Fault] = []
    one = _read(first, faults)
    two = _read(second, faults)
    if faults:
        raise InvalidInput(*faults)
    return one[0], two[0]


def _read(reader: Callable[[], A], faults: list[Fault]) -> tuple[A]:
    try:
        return (reader(),)
    except InvalidInput as error:
        faults.extend(error.faults)
        return ()  # type: ignore[return-value] # never looked at: with a fault there is no result
