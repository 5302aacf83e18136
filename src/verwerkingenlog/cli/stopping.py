"""Signals that stop the server: before it serves they interrupt, from then on they are noted."""

import signal
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, what a service manager sends, and what a terminal that is closed sends."""


class Stop:
    """What SIGINT and SIGTERM do."""

    def __init__(self, numbers: Iterable[int], sender: socket.socket, noted: socket.socket) -> None:
        self._numbers = numbers
        self._sender = sender
        self.noted = noted
        """Becomes readable once a signal came."""

    def note(self) -> None:
        """From here on only note a signal: what runs is brought to its end in order, once."""
        for number in self._numbers:
            signal.signal(number, self._send)

    def _send(self, _number: int, _frame: FrameType | None) -> None:
        with suppress(BlockingIOError):
            self._sender.send(b"\0")


@contextmanager
def stopping() -> Iterator[Stop]:
    """Let the signals raise `KeyboardInterrupt`, so that what was started is undone, until `note` is called.

    Needs the main thread.
    """
    # Who starts it with `nohup` wants it to outlive the terminal.
    numbers = [
        number for number in _STOPS if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
    ]
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    sender, noted = socket.socketpair()
    sender.settimeout(0)
    try:
        yield Stop(numbers, sender, noted)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sender.close()
        noted.close()
