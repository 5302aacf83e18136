"""Signing notes (C2SP signed-note). Reading and checking them is `checker`'s."""

from collections.abc import Sequence
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from verwerkingenlog.ledger.checker import KEY_NAME, VerifierKey, to_base64


class Signer:
    """A private Ed25519 key under the name that it signs with; its text never shows the key."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        """Take the key. Raises ValueError for a name that is empty or holds a space or plus sign."""
        if not KEY_NAME.fullmatch(name):
            raise ValueError(name)
        self.verifier = VerifierKey(name, key.public_key().public_bytes_raw())
        self._key = key

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Self:
        """Take the key as its seed of 32 bytes (RFC 8032, section 5.1.5)."""
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    def signature_line(self, text: str) -> str:
        """Sign the text of a note."""
        signature = self.verifier.key_id + self._key.sign(text.encode())
        return f"\N{EM DASH} {self.verifier.name} {to_base64(signature)}\n"


def sign_note(text: str, signers: Sequence[Signer]) -> str:
    """Give the note: the text, which ends in a newline, a blank line, and a line by each signer.

    While keys rotate the old and the new one both sign, so that who knows either can check it.
    """
    if not signers or not text.endswith("\n") or any(c < " " and c != "\n" for c in text):
        raise ValueError(text, len(signers))
    return text + "\n" + "".join(signer.signature_line(text) for signer in signers)
