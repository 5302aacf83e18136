"""The key ring: a file beside the database with the keys that make and reverse pseudonyms (rule M7).

Without this file nobody can find or reveal a person in the log, its owner included. Its JSON form is
`{"versie": 1, "sleutels": [{"id": 1, "doel": "zoeken", "sleutel": "<64 hexadecimal digits>"}, ...]}`.
"""

import hmac
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.sql import query

Doel = Literal["zoeken", "onthullen", "dienst", "bewijs", "ondertekenen"]
Randomness = Callable[[int], bytes]

DOELEN: Final[tuple[Doel, ...]] = ("zoeken", "onthullen", "dienst", "bewijs", "ondertekenen")
_OLDEST_DOELEN: Final[tuple[Doel, ...]] = ("zoeken", "onthullen", "dienst")
"""Those of the first release."""
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class Sleutel(msgspec.Struct, frozen=True):
    """One key: its id, what it is for, and its 32 bytes as hexadecimal digits."""

    id: int
    doel: Doel
    sleutel: str

    def __repr__(self) -> str:
        """Leave the key out, so that no traceback or log shows it (rule M7)."""
        return f"Sleutel(id={self.id}, doel={self.doel!r})"

    @property
    def controle(self) -> bytes:
        """A value by which a database recognises this key without knowing it."""
        return hmac.digest(bytes.fromhex(self.sleutel), b"verwerkingenlog controle", "sha256")

    @property
    def publiek(self) -> bytes | None:
        """The 32 bytes of the public key (Ed25519) of one that signs."""
        if self.doel != "ondertekenen":
            return None
        return (
            Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.sleutel)).public_key().public_bytes_raw()
        )


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    versie: Literal[1]
    sleutels: tuple[Sleutel, ...]


class KeyRing:
    """The keys in use, for pseudonyms (`search_index`, `hide`, `reveal`) and the log's own secrets."""

    def __init__(
        self, sleutels: tuple[Sleutel, ...], random: Randomness = os.urandom, generatie: int = 0
    ) -> None:
        self.generatie = generatie
        self.sleutels = sleutels
        self._random = random
        self._search = self._newest("zoeken")
        self._evidence = self._newest("bewijs")
        service = self._newest("dienst")
        # One key, one use: what is compared and what is sealed each have a key of their own.
        self._digest = hmac.digest(service, b"afdruk", "sha256")
        self._sealer = AESGCM(hmac.digest(service, b"verzegeling", "sha256"))
        self.reveal_id = max(key.id for key in sleutels if key.doel == "onthullen")
        self._reveal = {
            key.id: AESGCM(bytes.fromhex(key.sleutel)) for key in sleutels if key.doel == "onthullen"
        }

    async def refresh(self, connection: Connection) -> None:
        """Learn which generation of keys the database is at."""
        self.generatie = await connection.fetchval(query("generatie/current"))

    def _newest(self, doel: Doel) -> bytes:
        newest = max((key for key in self.sleutels if key.doel == doel), key=lambda key: key.id)
        return bytes.fromhex(newest.sleutel)

    def search_index(self, plaintext: bytes) -> bytes:
        """Give the 32-byte index by which a person is found: HMAC-SHA-256 under the search key."""
        return hmac.digest(self._search, plaintext, "sha256")

    def hide(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt with the newest reveal key (AES-256-GCM, nonce first), bound to its context."""
        nonce = self._random(_NONCE_BYTES)
        return nonce + self._reveal[self.reveal_id].encrypt(nonce, plaintext, context)

    def reveal(self, key_id: int, hidden: bytes, context: bytes) -> bytes:
        """Decrypt what `hide` made under this key.

        Raises `ConfigurationError` when the key is not in the ring or the text was altered or exchanged.
        """
        key = self._reveal.get(key_id)
        if key is None:
            raise ConfigurationError(
                f"Sleutel {key_id} ontbreekt in de sleutelbos. Zet de reservekopie terug."
            )
        return _decrypt(key, hidden, context)

    def salts(self, zaad: bytes) -> Callable[[bytes], bytes]:
        """Give what makes the salts of a record from its seed: HMAC-SHA-256 under the evidence key (T1)."""
        evidence = self._evidence
        return lambda label: hmac.digest(evidence, zaad + label, "sha256")

    def digest(self, message: bytes) -> bytes:
        """Give a 32-byte HMAC under the service key, for what must be compared and not kept."""
        return hmac.digest(self._digest, message, "sha256")

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt a secret of the log itself under the service key, bound to its context."""
        nonce = self._random(_NONCE_BYTES)
        return nonce + self._sealer.encrypt(nonce, plaintext, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt what `seal` made. Raises `ConfigurationError` as `reveal` does."""
        return _decrypt(self._sealer, sealed, context)


def _decrypt(key: AESGCM, hidden: bytes, context: bytes) -> bytes:
    try:
        return key.decrypt(hidden[:_NONCE_BYTES], hidden[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError):
        raise ConfigurationError(
            "Een versleuteld gegeven hoort niet bij deze sleutelbos of is veranderd. Controleer of"
            " de sleutelbos bij deze database hoort."
        ) from None


def new_sleutels(random: Randomness = os.urandom, held: tuple[Sleutel, ...] = ()) -> tuple[Sleutel, ...]:
    """Make a fresh key for each purpose that the keys at hand do not serve."""
    first = max((key.id for key in held), default=0) + 1
    missing = [doel for doel in DOELEN if all(key.doel != doel for key in held)]
    return tuple(Sleutel(nr, doel, random(_KEY_BYTES).hex()) for nr, doel in enumerate(missing, first))


def write_ring(path: Path, sleutels: tuple[Sleutel, ...]) -> None:
    """Write a new ring that only its owner can read, and make it durable before it is used.

    Raises `FileExistsError` when there is one: a ring is never overwritten. Raises `ConfigurationError` when
    it can't be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path, _encoded(sleutels))
    except FileExistsError:
        raise
    except OSError as error:
        raise ConfigurationError(
            f"De sleutelbos {path} is niet te maken: {error.strerror}. Geef met VERWERKINGENLOG_SLEUTELS een"
            " andere plek."
        ) from None


def _encoded(sleutels: tuple[Sleutel, ...]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(_File(1, sleutels)), indent=2)


def _draft(path: Path, content: bytes) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _write_once(path: Path, content: bytes) -> None:
    draft = _draft(path, content)
    try:
        # A link, unlike a rename, fails where another process was first.
        os.link(draft, path)
    finally:
        draft.unlink()
    _make_durable(path.parent)


def replace_ring(path: Path, sleutels: tuple[Sleutel, ...]) -> None:
    """Put another ring in the place of the one that is there: whole and durable, or not at all.

    Raises `ConfigurationError` when it can't be written there.
    """
    try:
        draft = _draft(path, _encoded(sleutels))
        draft.replace(path)
    except OSError as error:
        raise ConfigurationError(f"De sleutelbos {path} is niet bij te werken: {error.strerror}.") from None
    _make_durable(path.parent)


def _make_durable(folder: Path) -> None:
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def complete_ring(path: Path, random: Randomness) -> tuple[Sleutel, ...]:
    """Add to a ring of an earlier release the keys that it lacks; give all. Raises as `read_ring` does."""
    held = _read(path)
    added = new_sleutels(random, held)
    if added:
        replace_ring(path, held + added)
    return held + added


def read_ring(path: Path) -> KeyRing:
    """Read the ring. Raises `ConfigurationError` when it is absent, open to others or not a key ring."""
    sleutels = _read(path)
    missing = set(DOELEN) - {key.doel for key in sleutels}
    if missing:
        raise ConfigurationError(
            f"In de sleutelbos {path} ontbreken sleutels voor: {', '.join(sorted(missing))}."
            " Draai eerst: verwerkingenlog migrate"
        )
    return KeyRing(sleutels)


def _read(path: Path) -> tuple[Sleutel, ...]:
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(
            f"De sleutelbos van deze database ontbreekt: {path} bestaat niet."
            " Zet de reservekopie terug, of wijs haar aan met VERWERKINGENLOG_SLEUTELS."
        ) from None
    except OSError as error:
        raise ConfigurationError(f"De sleutelbos {path} is niet te lezen: {error.strerror}.") from None
    if mode & 0o077:
        raise ConfigurationError(
            f"Anderen kunnen bij de sleutelbos {path}. Maak hem alleen leesbaar voor uzelf: chmod 600 {path}"
        )
    try:
        sleutels = msgspec.json.decode(content, type=_File).sleutels
        _check(sleutels)
    except (msgspec.DecodeError, ValueError):
        raise ConfigurationError(f"{path} is geen geldige sleutelbos. Zet de reservekopie terug.") from None
    return sleutels


def _check(sleutels: tuple[Sleutel, ...]) -> None:
    ids = [key.id for key in sleutels]
    if len(set(ids)) != len(ids) or not {key.doel for key in sleutels} >= set(_OLDEST_DOELEN):
        raise ValueError(ids)
    if any(len(bytes.fromhex(key.sleutel)) != _KEY_BYTES for key in sleutels):
        raise ValueError(ids)
