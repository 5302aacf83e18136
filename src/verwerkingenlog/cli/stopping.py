"""Signals that stop the server: before it serves they interrupt, from then on they are noted."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_STOPS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """What SIGINT and SIGTERM do."""

    def __init__(self, sender: socket.socket, noted: socket.socket) -> None:
        self._sender = sender
        self.noted = noted
        """Becomes readable once a signal came."""

    def note(self) -> None:
        """From here on only note a signal: what runs is brought to its end in order, once."""
        for number in _STOPS:
            signal.signal(number, self._send)

    def _send(self, _number: int, _frame: FrameType | None) -> None:
        with suppress(BlockingIOError):
            self._sender.send(b"\0")


@contextmanager
def stopping() -> Iterator[Stop]:
    """Let both signals raise `KeyboardInterrupt`, so that what was started is undone, until `note` is called.

    Needs the main thread.
    """
    before = {number: signal.signal(number, signal.default_int_handler) for number in _STOPS}
    sender, noted = socket.socketpair()
    sender.settimeout(0)
    try:
        yield Stop(sender, noted)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sender.close()
        noted.close()
