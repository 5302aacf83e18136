"""The parts of an HTTP request that the edge checks before an operation sees them (rule E2)."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Final

from verwerkingenlog.api.problems import BodyTooLarge, NotAcceptable, UnsupportedMediaType
from verwerkingenlog.telemetry.observation import Receive

Headers = Sequence[tuple[bytes, bytes]]
"""As ASGI gives them: names in lower case."""

_DISCARDED: Final = 64 * 1024 * 1024
"""How much of a refused body is still taken in: a client that is cut off while it sends, reads no answer."""

_JSON: Final = "application/json"
_UTF8: Final = frozenset({"utf-8", "utf8"})


def header(headers: Headers, name: bytes) -> bytes | None:
    """Give the first value of a header, or None."""
    return next((value for key, value in headers if key == name), None)


def check_acceptable(headers: Headers, media_type: str = _JSON) -> None:
    """Raise `NotAcceptable` where the client does not take this; the narrowest range decides (RFC 9110)."""
    values = [value for key, value in headers if key == b"accept"]
    if not values or values in ([b"*/*"], [media_type.encode()]):
        return
    quality: dict[str, float] = {}
    for part in b",".join(values).decode("latin-1").split(","):
        media_range, _, parameters = part.partition(";")
        quality[media_range.strip().lower()] = _quality(parameters)
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    if next((quality[known] for known in ranges if known in quality), 0.0) <= 0:
        raise NotAcceptable(media_type)


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def check_media_type(headers: Headers, accepted: tuple[str, ...], codings: Collection[str] = ()) -> None:
    """Raise `UnsupportedMediaType` where the body is not said to be one of these, in UTF-8.

    Nor may it be packed, but by one of these codings. A parameter other than `charset` means nothing for JSON
    (RFC 8259) and is passed over.
    """
    values = [value.decode("latin-1").lower() for name, value in headers if name == b"content-type"]
    if len(values) != 1 or content_coding(headers) not in {"identity", *codings}:
        raise UnsupportedMediaType(accepted, codings)
    media_type, *parameters = (part.strip() for part in values[0].split(";"))
    pairs = (part.partition("=") for part in parameters)
    charsets = {value.strip(' "') for name, _, value in pairs if name == "charset"}
    if media_type not in accepted or not charsets <= _UTF8:
        raise UnsupportedMediaType(accepted, codings)


def content_coding(headers: Headers) -> str:
    """Give how the body is packed, in lower case: `identity` where it is not."""
    values = [value for name, value in headers if name == b"content-encoding"]
    coding = b",".join(values).decode("latin-1").strip(" \t").lower() or "identity"
    return "gzip" if coding == "x-gzip" else coding  # the same thing (RFC 9110, 8.4.1.3)


class Body:
    """The body of a request, read once and up to a limit."""

    def __init__(self, receive: Receive, headers: Headers, limit: int) -> None:
        self._receive = receive
        self._headers = headers
        self._limit = limit
        self._complete = False

    async def read(self) -> bytes:
        """Give the whole body. Raises `BodyTooLarge` as soon as it is clear that it passes the limit."""
        announced = header(self._headers, b"content-length")
        if announced is not None and int(announced) > self._limit:
            raise BodyTooLarge(self._limit)
        chunk = await self._next()
        if self._complete and len(chunk) <= self._limit:
            return chunk
        chunks = [chunk]
        size = len(chunk)
        while not self._complete:
            if size > self._limit:
                raise BodyTooLarge(self._limit)
            chunks.append(await self._next())
            size += len(chunks[-1])
        if size > self._limit:
            raise BodyTooLarge(self._limit)
        return b"".join(chunks)

    async def pieces(self, patience: float) -> AsyncIterator[bytes]:
        """Give the body in the pieces in which it comes, whatever its size; once, and instead of `read`.

        Raises `TimeoutError` where a piece takes longer than `patience`, in seconds.
        """
        while not self._complete:
            async with asyncio.timeout(patience):
                piece = await self._next()
            yield piece

    def give_up(self) -> None:
        """Take in nothing more: the answer must close the connection."""
        self._complete = True

    async def discard(self) -> None:
        """Take in what was not read, within reason, so that the client gets to read the answer."""
        size = 0
        while not self._complete and size < _DISCARDED:
            size += len(await self._next())

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        self._complete = not message.get("more_body", False)
        chunk: bytes = message.get("body", b"")
        return chunk


class ClientGone(Exception):
    """The client went away before its request was complete; there is nobody to answer."""
