"""How large bodies are taken in: unpacked as they come, up to a limit, and a few at a time (rule E2)."""

import asyncio
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, NamedTuple, Protocol

from verwerkingenlog.api.problems import BodyTooLarge, BodyTooSlow
from verwerkingenlog.api.request import Body, Headers, content_coding, header
from verwerkingenlog.errors import Fault, InvalidInput, Overloaded
from verwerkingenlog.operations.slices import in_slices

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_STEP: Final = 1 << 18
"""The most bytes that are unpacked at once: a few bytes may hold gigabytes."""
_GZIP: Final = 31  # what zlib takes for the format of gzip, with the largest window
_WINDOW: Final[Mapping[int, int]] = {zstd.DecompressionParameter.window_log_max: 23}
"""8 MiB: the most that `Content-Encoding: zstd` may ask of a recipient (RFC 9659)."""


class Patience(NamedTuple):
    """For how many seconds a body is waited for: who is silent, or slow without end, keeps others out."""

    piece: float = 30
    whole: float = 600


_PATIENCE: Final = Patience()


class Intake:
    """The way in for the bodies of an operation: `at_once` of them, each of `limit` bytes unpacked."""

    def __init__(self, limit: int, at_once: int, patience: Patience = _PATIENCE) -> None:
        self._limit = limit
        self._at_once = at_once
        self._patience = patience
        self._held = 0

    def check_announced(self, headers: Headers) -> None:
        """Raise `BodyTooLarge` where the head says already that a body passes the limit."""
        announced = header(headers, b"content-length")
        if announced is not None and int(announced) > self._limit:
            raise BodyTooLarge(self._limit)

    @asynccontextmanager
    async def taken_in(self, body: Body, headers: Headers) -> AsyncIterator[bytes]:
        """Give the whole body, unpacked; until the block ends it counts as one of those at once.

        Raises `Overloaded`, `BodyTooLarge` as soon as it is clear that it passes the limit, `BodyTooSlow`,
        and `InvalidInput` where what is packed is damaged.
        """
        if self._held >= self._at_once:
            raise Overloaded
        self._held += 1
        try:
            yield await self._read(body, headers)
        finally:
            self._held -= 1

    async def _read(self, body: Body, headers: Headers) -> bytes:
        try:
            async with asyncio.timeout(self._patience.whole):
                return await self._unpacked(body, headers)
        except TimeoutError:
            body.give_up()
            raise BodyTooSlow from None

    async def _unpacked(self, body: Body, headers: Headers) -> bytes:
        unpacker = _UNPACKERS[content_coding(headers)]()
        parts: list[bytes] = []
        came = size = 0
        async for piece in body.pieces(self._patience.piece):
            came += len(piece)
            async for part in in_slices(_sound(unpacker.parts(piece))):
                parts.append(part)
                size += len(part)
                # What is packed may also unpack to nothing, without an end.
                if max(came, size) > self._limit:
                    raise BodyTooLarge(self._limit)
        if not unpacker.complete:
            raise _damaged("De ingepakte inhoud is niet compleet: het einde ontbreekt.")
        return b"".join(parts)


class _Unpacker(Protocol):
    @property
    def complete(self) -> bool:
        """Whether what came so far could be all."""

    def parts(self, piece: bytes) -> Iterator[bytes]:
        """Unpack the next piece, a step at a time; a part may be empty."""


class _Plain:
    complete = True

    def parts(self, piece: bytes) -> Iterator[bytes]:
        yield piece


class _Gzip:
    """One member after the other (RFC 1952, 2.2)."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self.complete = True

    def parts(self, piece: bytes) -> Iterator[bytes]:
        part = b""
        # A step that came out full may have left something behind, also without input.
        while piece or (len(part) == _STEP and not self.complete):
            if self.complete:
                self._member = zlib.decompressobj(_GZIP)
            part = self._member.decompress(piece, _STEP)
            self.complete = self._member.eof
            piece = self._member.unused_data if self.complete else self._member.unconsumed_tail
            yield part


class _Zstd:
    """One frame after the other (RFC 8878, 3)."""

    def __init__(self) -> None:
        self._frame = zstd.ZstdDecompressor(options=_WINDOW)
        self.complete = True

    def parts(self, piece: bytes) -> Iterator[bytes]:
        while piece or not (self.complete or self._frame.needs_input):
            if self.complete:
                self._frame = zstd.ZstdDecompressor(options=_WINDOW)
            part = self._frame.decompress(piece, _STEP)
            self.complete = self._frame.eof
            piece = self._frame.unused_data if self.complete else b""
            yield part


def _sound(parts: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from parts
    except (zlib.error, zstd.ZstdError):
        raise _damaged(
            "De ingepakte inhoud is beschadigd, of anders ingepakt dan de kop Content-Encoding zegt."
        ) from None


def _damaged(reason: str) -> InvalidInput:
    return InvalidInput(Fault("body", "packing", reason))


_PACKED: Final[Mapping[str, Callable[[], _Unpacker]]] = {"gzip": _Gzip, "zstd": _Zstd}
_UNPACKERS: Final[Mapping[str, Callable[[], _Unpacker]]] = {"identity": _Plain, **_PACKED}
CODINGS: Final = tuple(_PACKED)
"""How a body may be packed."""
