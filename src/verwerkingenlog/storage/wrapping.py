"""A text wrapped by a passphrase: Argon2id (RFC 9106) makes the key, AES-256-GCM encrypts.

How the key was made stands beside the ciphertext and is bound to it, so that nobody can weaken it unseen.
"""

import unicodedata
from collections.abc import Callable
from typing import Annotated, Final, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from msgspec import Meta

_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12

# Not less than our own, nor so much that a file could exhaust the machine that reads it.
_Rondes = Annotated[int, Meta(ge=3, le=64)]
_Geheugen = Annotated[int, Meta(ge=64 * 1024, le=4 * 1024 * 1024)]
_Banen = Annotated[int, Meta(ge=1, le=64)]


class Afleiding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the key is made from the passphrase: passes, memory in KiB, lanes, and the salt as hexadecimal."""

    zout: str
    methode: Literal["argon2id"] = "argon2id"
    rondes: _Rondes = 3
    geheugen: _Geheugen = 64 * 1024
    banen: _Banen = 4


class Wrapped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wrapped text: how its key is made, the nonce and the ciphertext as hexadecimal digits."""

    afleiding: Afleiding
    nonce: str
    cijfertekst: str


class WrongPassphrase(Exception):
    """The passphrase is another, or what it wraps was altered: these can't be told apart."""


class Passphrase:
    """A passphrase, and the key that it last made: making one takes a fifth of a second, on purpose."""

    def __init__(self, text: str) -> None:
        """Take the passphrase; however a keyboard composes its letters, it is the same one."""
        self._text = unicodedata.normalize("NFC", text).encode()
        self._made: tuple[Afleiding, bytes] | None = None

    def __repr__(self) -> str:
        """Leave the passphrase out (rule M7)."""
        return "Passphrase()"

    def wrap(self, plaintext: bytes, random: Callable[[int], bytes]) -> Wrapped:
        """Encrypt, under a key made with a fresh salt."""
        afleiding = Afleiding(random(_SALT_BYTES).hex())
        nonce = random(_NONCE_BYTES)
        cijfertekst = AESGCM(self._key(afleiding)).encrypt(nonce, plaintext, _context(afleiding))
        return Wrapped(afleiding, nonce.hex(), cijfertekst.hex())

    def unwrap(self, wrapped: Wrapped) -> bytes:
        """Decrypt. Raises `WrongPassphrase`, and `ValueError` for what was never wrapped."""
        key = AESGCM(self._key(wrapped.afleiding))
        try:
            return key.decrypt(
                bytes.fromhex(wrapped.nonce), bytes.fromhex(wrapped.cijfertekst), _context(wrapped.afleiding)
            )
        except InvalidTag:
            raise WrongPassphrase from None

    def _key(self, afleiding: Afleiding) -> bytes:
        if self._made is None or self._made[0] != afleiding:
            argon2 = Argon2id(
                salt=bytes.fromhex(afleiding.zout),
                length=_KEY_BYTES,
                iterations=afleiding.rondes,
                lanes=afleiding.banen,
                memory_cost=afleiding.geheugen,
            )
            self._made = afleiding, argon2.derive(self._text)
        return self._made[1]


def _context(afleiding: Afleiding) -> bytes:
    return b"verwerkingenlog sleutelbos\0" + msgspec.json.encode(afleiding)
