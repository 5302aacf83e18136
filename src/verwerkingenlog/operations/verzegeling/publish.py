"""Publishing checkpoints: to a directory, and to an address elsewhere (rule T2).

Who holds an earlier checkpoint can tell that the log was changed after it, whoever changed it. Publishing
never holds up the sealer: what fails is counted, told and done again with the next one.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from verwerkingenlog.operations.beheer import Clock
from verwerkingenlog.storage.checkpoints import Checkpoints

_PERIOD: Final = 1.0
"""Seconds between two checkpoints; a disk that keeps each of them would keep nothing else."""
_PATIENCE: Final = 10.0
_HEADERS: Final = {"Content-Type": "text/plain; charset=utf-8"}


class Publisher:
    """Publishes the newest checkpoint that it was given, at most once a second.

    `failed` hears of each that could not be written or posted: the name of an event, and the error.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        url: str | None,
        clock: Clock,
        failed: Callable[[str, Exception], None],
    ) -> None:
        self._checkpoints = checkpoints
        self._url = url
        self._clock = clock
        self._failed = failed
        self._waiting: str | None = None
        self._unposted: str | None = None
        self._last = 0.0
        self._posting: asyncio.Task[None] | None = None

    def take(self, note: str) -> None:
        """Publish this one next."""
        self._waiting = note

    async def publish(self) -> None:
        """Publish what waits, unless that was done less than a second ago."""
        if self._waiting is not None and _now() - self._last >= _PERIOD:
            await self._publish(self._waiting)

    async def finish(self) -> None:
        """Publish what waits now, and wait for what is under way."""
        if self._waiting is not None:
            await self._publish(self._waiting)
        if self._posting is not None:
            await self._posting

    async def _publish(self, note: str) -> None:
        self._last = _now()
        self._waiting = None
        try:
            await asyncio.to_thread(self._checkpoints.publish, note, self._clock().date())
        except OSError as error:
            if self._waiting is None:  # none newer came meanwhile
                self._waiting = note
            self._failed("checkpoint_unwritten", error)
        self._unposted = note
        if self._url is not None and (self._posting is None or self._posting.done()):
            self._posting = asyncio.create_task(self._post(self._url))

    async def _post(self, url: str) -> None:
        import httpx  # noqa: PLC0415 - takes longer than a whole command that needs it not

        try:
            async with httpx.AsyncClient(timeout=_PATIENCE) as client:
                while (note := self._unposted) is not None:
                    self._unposted = None
                    answer = await client.post(url, content=note.encode(), headers=_HEADERS)
                    answer.raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self._failed("checkpoint_unposted", error)


def _now() -> float:
    return asyncio.get_running_loop().time()
