"""A transport that writes the parts of an answer at once."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

Buffer = bytes | bytearray | memoryview


class Joining(asyncio.Transport):
    """Passes on, once per turn of the event loop, what was written in that turn.

    Uvicorn writes head and body apart, and the event loop makes a system call of each. `soon` calls a
    function in the next turn.
    """

    def __init__(self, transport: asyncio.Transport, soon: Callable[[Callable[[], None]], object]) -> None:
        super().__init__()
        self._transport = transport
        self._soon = soon
        self._parts: list[Buffer] = []

    def write(self, data: Buffer) -> None:
        """Write these bytes at the end of this turn."""
        if not self._parts:
            self._soon(self._pass_on)
        self._parts.append(data)

    def writelines(self, list_of_data: Iterable[Buffer]) -> None:
        """Write all of these."""
        for data in list_of_data:
            self.write(data)

    def close(self) -> None:
        """Close, after what was written."""
        self._pass_on()
        self._transport.close()

    def abort(self) -> None:
        """Close at once; what was written is lost."""
        self._parts = []
        self._transport.abort()

    def is_closing(self) -> bool:
        """Tell whether it closes or is closed."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - the library's form
        """Give what the connection knows of itself."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Take in nothing for a while."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take in what comes again."""
        self._transport.resume_reading()

    def _pass_on(self) -> None:
        parts, self._parts = self._parts, []
        # By now it may be closed, by the client or after a fault in what followed: the loop takes that ill.
        if parts and not self._transport.is_closing():
            self._transport.write(b"".join(parts))
