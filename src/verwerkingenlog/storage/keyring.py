"""The key ring: the keys that make and reverse pseudonyms, and guard the log's own secrets (rule M7).

The file beside the database (`ringfile`) is the truth on the bytes of a key, the table `sleutel` on its
state. Who holds the file alone, or the database alone, holds no person.
"""

import hmac
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any, Final, Literal, NamedTuple, get_args

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from verwerkingenlog.errors import ConfigurationError, StoreUnavailable
from verwerkingenlog.ledger.note import Signer
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.sql import query

Doel = Literal["zoeken", "onthullen", "dienst", "bewijs", "ondertekenen"]
Staat = Literal["voorbereid", "komend", "actief", "gaand", "oud", "vernietigd"]
"""voorbereid: known, not used. komend: written beside the one in use. gaand: being replaced. oud: nothing
needs it."""
Randomness = Callable[[int], bytes]

DOELEN: Final[tuple[Doel, ...]] = get_args(Doel)
KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_BLOCK: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))
_NEEDED: Final = {"komend", "actief", "gaand"}
"""The states of keys without which a server can't do its work."""
_log = logging.getLogger(__name__)


class Sleutel(msgspec.Struct, frozen=True, omit_defaults=True):
    """One key: its id, what it is for, its 32 bytes as hexadecimal digits, when it was made (RFC 3339)."""

    id: int
    doel: Doel
    sleutel: str
    gemaakt: str | None = None

    def __repr__(self) -> str:
        """Leave the key out, so that no traceback or log shows it (rule M7)."""
        return f"Sleutel(id={self.id}, doel={self.doel!r})"

    @property
    def raw(self) -> bytes:
        """The key itself."""
        return bytes.fromhex(self.sleutel)

    @property
    def controle(self) -> bytes:
        """A value by which a database recognises this key without knowing it."""
        return hmac.digest(self.raw, b"verwerkingenlog controle", "sha256")

    @property
    def publiek(self) -> bytes | None:
        """The 32 bytes of the public key (Ed25519) of one that signs."""
        if self.doel != "ondertekenen":
            return None
        return Ed25519PrivateKey.from_private_bytes(self.raw).public_key().public_bytes_raw()


class Bekend(NamedTuple):
    """What the database knows of a key."""

    id: int
    doel: Doel
    controle: bytes
    staat: Staat


class Mac:
    """HMAC-SHA-256 under one key of at most 64 bytes (RFC 2104).

    What hangs on the key alone is done once: for short messages that is most of the work.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        padded = key.ljust(_BLOCK, b"\x00")
        self._inner, self._outer = sha256(padded.translate(_INNER)), sha256(padded.translate(_OUTER))

    def __call__(self, message: bytes) -> bytes:
        """Give the 32 bytes for this message."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


class KeyRing:
    """The keys in use, for pseudonyms (`search_index`, `hide`, `reveal`) and the log's own secrets.

    Held in many places and never replaced: `refresh` exchanges all that is inside at once. `reread` reads the
    keys anew from where they are kept.
    """

    def __init__(
        self,
        sleutels: tuple[Sleutel, ...],
        random: Randomness = os.urandom,
        reread: Callable[[], tuple[Sleutel, ...]] | None = None,
    ) -> None:
        """Take the newest key of each purpose for the one in use, until `refresh` tells better."""
        self._random = random
        self._reread = reread
        newest = {key.doel: key for key in sorted(sleutels, key=lambda key: key.id)}
        self._keys = _Keys(sleutels, {key.id: "actief" for key in newest.values()}, 0)

    @property
    def sleutels(self) -> tuple[Sleutel, ...]:
        """Every key at hand, in use or not."""
        return self._keys.sleutels

    @property
    def generatie(self) -> int:
        """As of which generation of the database the states of the keys are."""
        return self._keys.generatie

    @property
    def reveal_id(self) -> int:
        """The key that `hide` uses."""
        return self._keys.reveal_id

    @property
    def evidence(self) -> Mac:
        """What makes the salt of a part of a record from its seed and the label of the part (rule T1)."""
        return self._keys.evidence

    async def refresh(self, connection: Connection, *, anew: bool = False) -> None:
        """Learn the state of each key and the generation from the database, and read keys that are new.

        `anew` reads all keys again, whether or not one is missing here.

        Raises `StoreUnavailable`, which names the key, when one in use is not to be had; the ring then stays
        as it was. Raises `ConfigurationError` when the keys are those of another database.
        """
        rows = await connection.fetch(query("sleutels/present"))
        if not rows:
            raise ConfigurationError("Bij deze database horen nog geen sleutels.")
        bekend = [_bekend(row) for row in rows]
        sleutels = self.sleutels
        if self._reread is not None and (anew or lacking(bekend, sleutels)):
            sleutels = self._reread()
        if missing := lacking(bekend, sleutels):
            raise _unavailable(missing[0])
        staten = {key.id: key.staat for key in bekend}
        # What was destroyed is forgotten here too.
        held = tuple(key for key in sleutels if staten.get(key.id) != "vernietigd")
        self._keys = _Keys(held, staten, rows[0]["generatie"])

    def search_index(self, plaintext: bytes) -> bytes:
        """Give the 32-byte index by which a person is found: HMAC-SHA-256 under the search key."""
        return self._keys.search(plaintext)

    def second_search_index(self, plaintext: bytes) -> bytes | None:
        """Give what a new row holds as its second index; None but while one search key follows another."""
        second = self._keys.second_search
        return None if second is None else second(plaintext)

    def hide(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt with the reveal key in use (AES-256-GCM, nonce first), bound to its context."""
        nonce = self._random(_NONCE_BYTES)
        return nonce + self._keys.reveal[self.reveal_id].encrypt(nonce, plaintext, context)

    def reveal(self, key_id: int, hidden: bytes, context: bytes) -> bytes:
        """Decrypt what `hide` made under this key.

        Raises `StoreUnavailable` when the key is not in the ring, `ConfigurationError` when the text was
        altered or exchanged.
        """
        key = self._keys.reveal.get(key_id)
        if key is None and self._reread is not None:
            # A key that came into use a moment ago; the file may have it.
            self._keys = self._keys.with_sleutels(self._reread())
            key = self._keys.reveal.get(key_id)
        if key is None:
            raise _unavailable(Bekend(key_id, "onthullen", b"", "actief"))
        return _decrypt(key, hidden, context)

    def salts(self, zaad: bytes) -> Callable[[bytes], bytes]:
        """Give what makes the salts of a record from its seed: HMAC-SHA-256 under the evidence key (T1)."""
        evidence = self._keys.evidence
        return lambda label: evidence(zaad + label)

    def signers(self, naam: str) -> tuple[Signer, ...]:
        """Give who signs checkpoints under this name: the key in use, then one that is being replaced (T1).

        Raises `ValueError` for a name that can't be the origin of a checkpoint.
        """
        return tuple(Signer.from_seed(naam, seed) for seed in self._keys.signing)

    def digest(self, message: bytes) -> bytes:
        """Give a 32-byte HMAC under the service key, for what must be compared and not kept."""
        return self._keys.digest(message)

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt a secret of the log itself under the service key, bound to its context."""
        nonce = self._random(_NONCE_BYTES)
        return nonce + self._keys.sealer.encrypt(nonce, plaintext, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt what `seal` made. Raises `ConfigurationError` when that was altered or exchanged."""
        return _decrypt(self._keys.sealer, sealed, context)


class _Keys:
    """The inside of a ring: one state of all keys, never changed once made."""

    def __init__(self, sleutels: tuple[Sleutel, ...], staten: Mapping[int, Staat], generatie: int) -> None:
        self.sleutels = sleutels
        self.generatie = generatie
        self._staten = staten
        (search,) = self._in("zoeken", "actief")
        self.search = Mac(search)
        self.second_search = self._second_search()
        (evidence,) = self._in("bewijs", "actief")
        self.evidence = Mac(evidence)
        (service,) = self._in("dienst", "actief")
        # One key, one use: what is compared and what is sealed each have a key of their own.
        self.digest = Mac(hmac.digest(service, b"afdruk", "sha256"))
        self.sealer = AESGCM(hmac.digest(service, b"verzegeling", "sha256"))
        (self.reveal_id,) = (
            key.id for key in sleutels if key.doel == "onthullen" and staten.get(key.id) == "actief"
        )
        # Whatever their state: a row may be under a key that came into use after the states were read.
        self.reveal = {key.id: AESGCM(key.raw) for key in sleutels if key.doel == "onthullen"}
        self.signing = (*self._in("ondertekenen", "actief"), *self._in("ondertekenen", "gaand"))

    def with_sleutels(self, sleutels: tuple[Sleutel, ...]) -> "_Keys":
        """Give the same states with the keys that were read anew."""
        added = [key for key in sleutels if key.id not in {held.id for held in self.sleutels}]
        return _Keys((*self.sleutels, *added), self._staten, self.generatie)

    def _in(self, doel: Doel, staat: Staat) -> Iterable[bytes]:
        return [key.raw for key in self.sleutels if key.doel == doel and self._staten.get(key.id) == staat]

    def _second_search(self) -> Mac | None:
        """Give the key of the second index: the one to come or, once that is in use, itself again.

        The last keeps a person who still stands under the old key from being added anew.
        """
        for key in self._in("zoeken", "komend"):
            return Mac(key)
        return self.search if self._in("zoeken", "gaand") else None


def lacking(bekend: Iterable[Bekend], sleutels: Iterable[Sleutel]) -> list[Bekend]:
    """Give the keys in use that are not among these.

    Raises `ConfigurationError` where one has the id of another key.
    """
    held = {key.id: key for key in sleutels}
    missing = []
    for key in bekend:
        if key.staat not in _NEEDED:
            continue
        own = held.get(key.id)
        if own is None:
            missing.append(key)
        elif (own.doel, own.controle) != (key.doel, key.controle):
            raise ConfigurationError(
                f"De sleutelbos hoort bij een andere database: sleutel {key.id} is een andere."
                " Wijs de juiste sleutelbos aan met VERWERKINGENLOG_SLEUTELS."
            )
    return missing


def new_sleutels(
    random: Randomness = os.urandom, held: tuple[Sleutel, ...] = (), gemaakt: str | None = None
) -> tuple[Sleutel, ...]:
    """Make a fresh key for each purpose that the keys at hand do not serve."""
    first = max((key.id for key in held), default=0) + 1
    missing = [doel for doel in DOELEN if all(key.doel != doel for key in held)]
    return tuple(
        Sleutel(number, doel, random(KEY_BYTES).hex(), gemaakt) for number, doel in enumerate(missing, first)
    )


def _bekend(row: Any) -> Bekend:  # noqa: ANN401 - a record of the driver
    return Bekend(row["id"], row["doel"], row["controle"], row["staat"])


def _unavailable(key: Bekend) -> StoreUnavailable:
    _log.error("key_missing", extra={"sleutel": key.id})
    return StoreUnavailable(
        f"Sleutel {key.id} ({key.doel}) ontbreekt in de sleutelbos van deze server. Kopieer de sleutelbos van"
        " de server waar deze sleutel is gemaakt; daarna gaat het log vanzelf verder."
    )


def _decrypt(key: AESGCM, hidden: bytes, context: bytes) -> bytes:
    try:
        return key.decrypt(hidden[:_NONCE_BYTES], hidden[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError):
        raise ConfigurationError(
            "Een versleuteld gegeven hoort niet bij deze sleutelbos of is veranderd. Controleer of"
            " de sleutelbos bij deze database hoort."
        ) from None
