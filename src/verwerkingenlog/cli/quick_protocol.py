"""The protocol that first offers each request to `QuickPost`, before the framework sees it (ADR 13).

One connection is in one of three states: at rest, a quick request under way, or one of the framework's.
"""

import asyncio
import typing
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, Literal

from verwerkingenlog.app import QUICK_POST
from verwerkingenlog.cli.protocol import Protocol

_MOST_AHEAD: Final = 64 * 1024
"""How many bytes a client may send ahead of its answer before it is made to wait."""
_STATUS_LINES: Final = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


class Quick(typing.Protocol):
    """What may answer by itself; `api.bewerking.quick_post.QuickPost` does."""

    def take(
        self, data: bytes, respond: Callable[[int, bytes], None]
    ) -> Literal["taken", "left", "unfinished"]:
        """Take these bytes and respond later, leave them, or ask for the rest that is still to come."""


class QuickProtocol(Protocol):
    """One connection; what `QuickPost` does not take goes on to `Protocol`, byte for byte as it came."""

    _begun = b""
    """A request of which the rest is still to come."""
    _ahead = b""
    """What came while a quick request was under way."""
    _between = True
    """Whether the parser has had all of the last request and nothing of the next: else a part of a head, in
    which a client may write what it likes, would be read as a request."""
    _answering = False
    _ending = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # TCP's is no other
        """Begin; the state of the app says whether there is a quick way."""
        super().connection_made(transport)
        self._quick: Quick | None = self.app_state.get(QUICK_POST)

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        if self._answering:
            self._wait(data)
            return
        data, self._begun = self._begun + data, b""
        if self._quick is None or not self._at_rest():
            super().data_received(data)
        else:
            self._offer(self._quick, data)

    def on_message_begin(self) -> None:
        """Start to read a head."""
        self._between = False
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """Finish the request."""
        super().on_message_complete()
        self._between = True

    def shutdown(self) -> None:
        """Close once the request under way or half received is answered, as the framework does."""
        if self._answering:
            self._ending = True
            return
        begun, self._begun = self._begun, b""
        if begun:
            super().data_received(begun)
        super().shutdown()

    def _at_rest(self) -> bool:
        """Tell whether nothing of a request of the framework is under way or half received."""
        return (
            self._between
            and not self._held
            and getattr(self.cycle, "response_complete", True)
            and not self.flow.write_paused
        )

    def _offer(self, quick: Quick, request: bytes) -> None:
        taken = quick.take(request, self._respond)
        if taken == "left":
            super().data_received(request)
            return
        self._unset_keepalive_if_required()
        if taken == "unfinished":
            self._begun = request
        else:
            self._answering = True

    def _wait(self, data: bytes) -> None:
        self._ahead += data
        if len(self._ahead) > _MOST_AHEAD:
            self.flow.pause_reading()

    def _respond(self, status: int, rest: bytes) -> None:
        self._answering = False
        if self.transport.is_closing():
            return
        lines = [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        if self._ending:
            lines.append(b"connection: close\r\n")
        self.transport.write(b"".join([_STATUS_LINES[status], *lines, rest]))
        if self._ending:
            self.transport.close()
            return
        self.on_response_complete()
        ahead, self._ahead = self._ahead, b""
        if ahead:
            self.data_received(ahead)
