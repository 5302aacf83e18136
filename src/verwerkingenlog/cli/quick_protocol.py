"""The protocol that first offers each request to `QuickPost`, before the framework sees it (ADR 13).

One connection is in one of three states: at rest, a quick request under way, or one of the framework's.
"""

import asyncio
from http import HTTPStatus
from typing import Final

from verwerkingenlog.api.answer import Answer
from verwerkingenlog.api.answering import headers_of
from verwerkingenlog.api.bewerking.quick_post import QuickPost, Taken
from verwerkingenlog.app import QUICK_POST
from verwerkingenlog.cli.protocol import Protocol

_MOST_AHEAD: Final = 64 * 1024
"""How many bytes a client may send ahead of its answer before it is made to wait."""
_STATUS_LINES: Final = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


class QuickProtocol(Protocol):
    """One connection; what `QuickPost` does not take goes on to `Protocol`, byte for byte as it came."""

    _begun = b""
    """A request of which the rest is still to come."""
    _ahead = b""
    """What came while a quick request was under way."""
    _answering = False
    _ending = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # TCP's is no other
        """Begin; the state of the app says whether there is a quick way."""
        super().connection_made(transport)
        self._quick: QuickPost | None = self.app_state.get(QUICK_POST)

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        if self._answering:
            self._wait(data)
        elif self._quick is None or not self._at_rest():
            super().data_received(data)
        else:
            self._offer(self._quick, self._begun + data)

    def shutdown(self) -> None:
        """Close once the request under way is answered, as the framework does."""
        if self._answering:
            self._ending = True
        else:
            super().shutdown()

    def _at_rest(self) -> bool:
        """Tell whether nothing of a request of the framework is under way or half received."""
        return (
            self._in_head
            and not self._unfinished
            and not self._held
            and (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
        )

    def _offer(self, quick: QuickPost, request: bytes) -> None:
        taken = quick.take(request, self._respond)
        self._begun = request if taken is Taken.UNFINISHED else b""
        if taken is Taken.NO:
            super().data_received(request)
            return
        self._unset_keepalive_if_required()
        self._answering = taken is Taken.YES

    def _wait(self, data: bytes) -> None:
        self._ahead += data
        if len(self._ahead) > _MOST_AHEAD:
            self.flow.pause_reading()

    def _respond(self, answer: Answer) -> None:
        self._answering = False
        if self.transport.is_closing():
            return
        parts = [_STATUS_LINES[answer.status]]
        for name, value in (*self.server_state.default_headers, *headers_of(answer)):
            parts += (name, b": ", value, b"\r\n")
        self.transport.write(b"".join((*parts, b"\r\n", answer.body)))
        if self._ending:
            self.transport.close()
            return
        self.on_response_complete()
        ahead, self._ahead = self._ahead, b""
        if ahead:
            self.data_received(ahead)
