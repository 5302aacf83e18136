"""The file of an archive: lines, compressed (zstd) and encrypted to who may open it (age).

What is inside never lies anywhere in the clear: it goes through a pipe to a thread that encrypts or decrypts,
a piece at a time, so that memory does not grow with the archive.
"""

import hashlib
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO, Final, Protocol

import pyrage
from pyrage.x25519 import Identity, Recipient

from verwerkingenlog.errors import ArchiveRefused, ConfigurationError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_PIECE: Final = 1 << 18
_LEVEL: Final = 3


class Target(Protocol):
    """What an archive is written into."""

    def write(self, data: bytes, /) -> int:
        """Take all of the data."""

    def flush(self) -> None:
        """Pass on what was held back."""


class LineWriter:
    """Writes lines, and keeps the SHA-256 of all that it wrote."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._hash = hashlib.sha256()

    def write(self, line: bytes) -> None:
        """Write a line, which ends in a newline."""
        self._hash.update(line)
        self._write(line)

    @property
    def sha256(self) -> str:
        """The hash of what was written, as hexadecimal digits."""
        return self._hash.hexdigest()


@contextmanager
def encrypted(target: Target, recipients: Sequence[Recipient]) -> Iterator[LineWriter]:
    """Write lines into an archive, which is complete once this has ended without an error.

    Raises `ConfigurationError` where the target can't take it.
    """
    read_end, write_end = os.pipe()
    source = os.fdopen(read_end, "rb", _PIECE)
    worker = _Worker(lambda: pyrage.encrypt_io(source, target, list(recipients)), source)
    try:
        with os.fdopen(write_end, "wb", _PIECE) as pipe, zstd.ZstdFile(pipe, "wb", level=_LEVEL) as lines:
            yield LineWriter(lines.write)
    except BrokenPipeError:
        worker.join()
        # Its own pipe, that is, and not one of the caller: the worker stopped reading and knows why.
        if worker.failure is None:
            raise
    finally:
        worker.join()
    if worker.failure is not None:
        raise _unwritable(worker.failure)


@contextmanager
def decrypted(source: BinaryIO, identities: Sequence[Identity]) -> Iterator[Iterator[bytes]]:
    """Read the lines of an archive, from its beginning. Reading raises `ArchiveRefused`.

    Lines may come before a later part shows that it was changed: only at the end is all of it known good.
    """
    source.seek(0)
    read_end, write_end = os.pipe()
    target = os.fdopen(write_end, "wb", _PIECE)
    worker = _Worker(lambda: pyrage.decrypt_io(source, target, list(identities)), target)
    pipe = os.fdopen(read_end, "rb", _PIECE)
    try:
        yield _lines(pipe, worker)
    finally:
        # Who reads no further must not leave the worker waiting with a full pipe.
        pipe.close()
        worker.join()


class _Worker(threading.Thread):
    """Does the work beside the thread that has the other end of the pipe, and then closes its own end."""

    def __init__(self, work: Callable[[], None], pipe: BinaryIO) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._pipe = pipe
        self.failure: Exception | None = None
        self.start()

    def run(self) -> None:
        """Do the work. The failure is there to be seen before the other end can notice."""
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - told to the thread that waits for it
            self.failure = error
        with suppress(OSError):
            self._pipe.close()


def _lines(pipe: BinaryIO, worker: _Worker) -> Iterator[bytes]:
    try:
        with zstd.ZstdFile(pipe) as lines:
            yield from lines
    except (zstd.ZstdError, EOFError):
        raise _refusal(worker.failure) from None
    if worker.failure is not None:
        raise _refusal(worker.failure)


def _unwritable(error: Exception) -> ConfigurationError:
    reason = getattr(error, "strerror", None) or error
    return ConfigurationError(f"Het archief is niet te schrijven: {reason}. Zorg voor ruimte en rechten.")


def _refusal(failure: Exception | None) -> ArchiveRefused:
    if isinstance(failure, pyrage.DecryptError):
        return ArchiveRefused(
            "Met deze identiteit gaat het archief niet open, of het is geen archief. Geef met --identiteit"
            " het bestand dat hoort bij de ontvanger waarvoor het is gemaakt."
        )
    return ArchiveRefused(
        "Het archief is niet heel: een deel ontbreekt of is veranderd. Kopieer het opnieuw, en vergelijk de"
        " SHA-256 met die in het manifest."
    )
