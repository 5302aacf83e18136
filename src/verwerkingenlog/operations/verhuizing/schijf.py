"""What a check must remember of every record, on disk, so that memory does not grow with the archive.

Only hashes lie there, in files without a name that are gone with the process.
"""

import hashlib
import os
import tempfile
from typing import Final

from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.ledger.checker import HASH_BYTES

_SLOT_BYTES: Final = 16
_FREE: Final = frozenset({b"", bytes(_SLOT_BYTES)})
"""A place where nothing was written, beyond the end of the file or before it."""
_STRUCK: Final = bytes(HASH_BYTES)
_PURGED: Final = b"\xff" * HASH_BYTES


class _File:
    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this does
        self._descriptor = self._file.fileno()

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def _read(self, count: int, place: int) -> bytes:
        return os.pread(self._descriptor, count, place)

    def _write(self, data: bytes, place: int) -> None:
        try:
            os.pwrite(self._descriptor, data, place)
        except OSError as error:
            raise ConfigurationError(
                f"De controle heeft ruimte nodig in {tempfile.gettempdir()}: {error.strerror}."
                " Maak ruimte, of wijs met TMPDIR een andere map aan."
            ) from None


class Leaves(_File):
    """Leaf hashes by number, each to be struck out once."""

    def __init__(self) -> None:
        super().__init__()
        self.struck = 0
        self.purged = 0

    def put(self, first: int, hashes: bytes) -> None:
        """Remember hashes from this number on."""
        self._write(hashes, first * HASH_BYTES)

    def strike(self, index: int, leaf: bytes) -> bool:
        """Strike a leaf out; False where it is another one, was struck out before or is not there."""
        if leaf in {_STRUCK, _PURGED} or self._at(index) != leaf:
            return False
        self._mark(index, _STRUCK)
        return True

    def purge(self, index: int) -> bool:
        """Strike out a leaf of which the content is gone; False where it is there after all.

        It may be named more than once: a manifest that was not carried out has one after it.
        """
        found = self._at(index)
        if found in {b"", _STRUCK}:
            return False
        if found != _PURGED:
            self._mark(index, _PURGED)
            self.purged += 1
        return True

    def _at(self, index: int) -> bytes:
        return self._read(HASH_BYTES, index * HASH_BYTES)

    def _mark(self, index: int, mark: bytes) -> None:
        self._write(mark, index * HASH_BYTES)
        self.struck += 1


class Seen(_File):
    """Which texts were met before: a table of their hashes, with room for `most` of them."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._slots = 2 * most + 1
        # Nobody who makes an archive can know which texts share a place.
        self._key = os.urandom(_SLOT_BYTES)

    def add(self, text: str) -> bool:
        """Remember a text; False where it was met before."""
        digest = hashlib.blake2b(text.encode(), digest_size=_SLOT_BYTES, key=self._key).digest()
        slot = int.from_bytes(digest) % self._slots
        while (found := self._read(_SLOT_BYTES, slot * _SLOT_BYTES)) not in _FREE:
            if found == digest:
                return False
            slot = (slot + 1) % self._slots
        self._write(digest, slot * _SLOT_BYTES)
        return True


class Digests(_File):
    """The hashes of lines, to know the same lines by when they come again in the same order."""

    def __init__(self) -> None:
        super().__init__()
        self._added = self._asked = 0

    def add(self, line: bytes) -> None:
        """Remember the next line."""
        self._write(hashlib.sha256(line).digest(), self._added * HASH_BYTES)
        self._added += 1

    def is_next(self, line: bytes) -> bool:
        """Tell whether this is the line that comes next."""
        found = self._read(HASH_BYTES, self._asked * HASH_BYTES)
        self._asked += 1
        return found == hashlib.sha256(line).digest()
