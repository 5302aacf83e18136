"""Long work on the event loop, in slices: whoever asks little never waits for whoever asks much."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from time import perf_counter
from typing import Final, TypeVar

T = TypeVar("T")

_LONGEST: Final = 0.002
"""Seconds that a slice takes, about."""


async def in_slices(items: Iterable[T]) -> AsyncIterator[T]:
    """Give each item, and let other work go first whenever that on the items before took a slice of time."""
    started = perf_counter()
    for item in items:
        yield item
        if perf_counter() - started > _LONGEST:
            await asyncio.sleep(0)
            started = perf_counter()
