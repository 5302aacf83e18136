"""What a check must remember of every record, on disk, so that memory does not grow with the archive.

Only hashes lie there, in files without a name that are gone with the process.
"""

import hashlib
import os
import tempfile
from typing import Final

from verwerkingenlog.ledger.checker import HASH_BYTES

_SLOT_BYTES: Final = 16
_STRUCK: Final = bytes(HASH_BYTES)


class _File:
    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this does
        self._descriptor = self._file.fileno()

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


class Leaves(_File):
    """Leaf hashes by number, each to be struck out once."""

    def __init__(self) -> None:
        super().__init__()
        self.struck = 0

    def put(self, first: int, hashes: bytes) -> None:
        """Remember hashes from this number on."""
        os.pwrite(self._descriptor, hashes, first * HASH_BYTES)

    def strike(self, index: int, leaf: bytes | None = None) -> bool:
        """Strike a leaf out; False where it is another one, was struck out before or is not there."""
        found = os.pread(self._descriptor, HASH_BYTES, index * HASH_BYTES)
        if found in {b"", _STRUCK} or leaf not in {None, found}:
            return False
        os.pwrite(self._descriptor, _STRUCK, index * HASH_BYTES)
        self.struck += 1
        return True


class Seen(_File):
    """Which texts were met before: a table of their hashes, with room for `most` of them."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._slots = 2 * most + 1
        self._file.truncate(self._slots * _SLOT_BYTES)
        # Nobody who makes an archive can know which texts share a place.
        self._key = os.urandom(_SLOT_BYTES)

    def add(self, text: str) -> bool:
        """Remember a text; False where it was met before."""
        digest = hashlib.blake2b(text.encode(), digest_size=_SLOT_BYTES, key=self._key).digest()
        slot = int.from_bytes(digest) % self._slots
        while found := os.pread(self._descriptor, _SLOT_BYTES, slot * _SLOT_BYTES).strip(b"\0"):
            if found == digest.strip(b"\0"):
                return False
            slot = (slot + 1) % self._slots
        os.pwrite(self._descriptor, digest, slot * _SLOT_BYTES)
        return True
