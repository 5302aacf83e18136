"""What an operation answers, before it is put on the wire."""

from typing import NamedTuple


class Answer(NamedTuple):
    """A status, a body with its media type (none: no body), and headers of its own."""

    status: int
    body: bytes = b""
    media_type: bytes = b"application/json"
    headers: tuple[tuple[bytes, bytes], ...] = ()
