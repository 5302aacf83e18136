"""The file of the key ring: read and replaced whole, for its owner alone (rule M7).

Without this file nobody can find or reveal a person in the log, its owner included. Its JSON form is
`{"versie": 2, "sleutels": [{"id": 1, "doel": "zoeken", "sleutel": "<64 hexadecimal digits>", "gemaakt":
"<moment>"}, ...]}`; wrapped by a passphrase, `{"versie": 2, "beveiligd": {...}}` holds that list encrypted.
That of the first releases has `"versie": 1` and no moments.
"""

import os
import tempfile
from pathlib import Path
from typing import Final, Literal, NoReturn

import msgspec

from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.durable import make_durable
from verwerkingenlog.storage.keyring import (
    DOELEN,
    KEY_BYTES,
    Doel,
    KeyRing,
    Randomness,
    Sleutel,
    new_sleutels,
)
from verwerkingenlog.storage.wrapping import Passphrase, Wrapped, WrongPassphrase

_OLDEST_DOELEN: Final[set[Doel]] = {"zoeken", "onthullen", "dienst"}
"""Those of the first release."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    versie: Literal[1, 2]
    sleutels: tuple[Sleutel, ...] | None = None
    beveiligd: Wrapped | None = None


class RingFile:
    """The ring at this place, opened with this passphrase where one wraps it."""

    def __init__(self, path: Path, wachtzin: str | None = None) -> None:
        self.path = path
        self._passphrase = Passphrase(wachtzin) if wachtzin else None

    def read(self) -> tuple[Sleutel, ...]:
        """Give the keys.

        Raises `ConfigurationError` when the file is absent, open to others, no key ring, or wrapped by
        another passphrase.
        """
        return self._sleutels(self._file())

    @property
    def is_wrapped(self) -> bool:
        """Tell whether a passphrase is needed to read it. Raises as `read` does, but for that passphrase."""
        return self._file().beveiligd is not None

    def ring(self) -> KeyRing:
        """Give the keys to work with, which reads the file again when it must. Raises as `read` does."""
        sleutels = self.read()
        missing = set(DOELEN) - {key.doel for key in sleutels}
        if missing:
            raise ConfigurationError(
                f"In de sleutelbos {self.path} ontbreken sleutels voor: {', '.join(sorted(missing))}."
                " Draai eerst: verwerkingenlog migrate"
            )
        return KeyRing(sleutels, reread=self.read)

    def create(self, sleutels: tuple[Sleutel, ...], random: Randomness = os.urandom) -> None:
        """Write a new ring that only its owner can read, wrapped if there is a passphrase; now durable.

        Raises `FileExistsError` when there is one: a ring is never overwritten. Raises `ConfigurationError`
        when it can't be written there.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_once(self.path, _encoded(sleutels, self._passphrase, random))
        except FileExistsError:
            raise
        except OSError as error:
            raise ConfigurationError(
                f"De sleutelbos {self.path} is niet te maken: {error.strerror}. Geef met"
                " VERWERKINGENLOG_SLEUTELS een andere plek."
            ) from None

    def replace(self, sleutels: tuple[Sleutel, ...], random: Randomness = os.urandom) -> None:
        """Put other keys in the place of those that are there, wrapped as those are: all of it or nothing.

        Durable when this returns. Raises `ConfigurationError` when it can't be written there.
        """
        self._put(_encoded(sleutels, self._passphrase if self.is_wrapped else None, random))

    def rewrap(self, wachtzin: str | None, random: Randomness = os.urandom) -> None:
        """Wrap the same keys by another passphrase, or by none. Raises as `read` and `replace` do."""
        sleutels = self.read()
        passphrase = Passphrase(wachtzin) if wachtzin else None
        self._put(_encoded(sleutels, passphrase, random))
        self._passphrase = passphrase

    def complete(self, random: Randomness, gemaakt: str) -> tuple[Sleutel, ...]:
        """Add to a ring of an earlier release the keys that it lacks; give all. Raises as `read` does."""
        held = self.read()
        added = new_sleutels(random, held, gemaakt)
        if added:
            self.replace(held + added, random)
        return held + added

    def _file(self) -> _File:
        try:
            mode = self.path.stat().st_mode
            content = self.path.read_bytes()
        except FileNotFoundError:
            raise ConfigurationError(
                f"De sleutelbos van deze database ontbreekt: {self.path} bestaat niet."
                " Zet de reservekopie terug, of wijs haar aan met VERWERKINGENLOG_SLEUTELS."
            ) from None
        except OSError as error:
            raise ConfigurationError(
                f"De sleutelbos {self.path} is niet te lezen: {error.strerror}."
            ) from None
        if mode & 0o077:
            raise ConfigurationError(
                f"Anderen kunnen bij de sleutelbos {self.path}. Maak hem alleen leesbaar voor uzelf:"
                f" chmod 600 {self.path}"
            )
        try:
            file = msgspec.json.decode(content, type=_File)
        except (msgspec.DecodeError, ValueError):
            self._refuse()
        if (file.sleutels is None) == (file.beveiligd is None) or (file.versie == 1 and file.beveiligd):
            self._refuse()
        return file

    def _sleutels(self, file: _File) -> tuple[Sleutel, ...]:
        try:
            sleutels = file.sleutels if file.beveiligd is None else self._unwrapped(file.beveiligd)
            _check(sleutels or ())
        except ValueError:
            self._refuse()
        return sleutels or ()

    def _unwrapped(self, wrapped: Wrapped) -> tuple[Sleutel, ...]:
        if self._passphrase is None:
            raise ConfigurationError(
                f"De sleutelbos {self.path} is beveiligd met een wachtzin. Geef die met"
                " VERWERKINGENLOG_SLEUTELS_WACHTZIN of VERWERKINGENLOG_SLEUTELS_WACHTZIN_BESTAND."
            )
        try:
            return msgspec.json.decode(self._passphrase.unwrap(wrapped), type=tuple[Sleutel, ...])
        except WrongPassphrase:
            raise ConfigurationError(
                f"De wachtzin past niet op de sleutelbos {self.path}, of het bestand is beschadigd."
                " Controleer de wachtzin, of zet de reservekopie terug."
            ) from None

    def _refuse(self) -> NoReturn:
        raise ConfigurationError(
            f"{self.path} is geen geldige sleutelbos. Zet de reservekopie terug."
        ) from None

    def _put(self, content: bytes) -> None:
        try:
            _draft(self.path, content).replace(self.path)
            make_durable(self.path.parent)
        except OSError as error:
            raise ConfigurationError(
                f"De sleutelbos {self.path} is niet bij te werken: {error.strerror}."
            ) from None


def _encoded(sleutels: tuple[Sleutel, ...], passphrase: Passphrase | None, random: Randomness) -> bytes:
    if passphrase is None:
        file = _File(2, sleutels)
    else:
        file = _File(2, beveiligd=passphrase.wrap(msgspec.json.encode(sleutels), random))
    return msgspec.json.format(msgspec.json.encode(file), indent=2)


def _check(sleutels: tuple[Sleutel, ...]) -> None:
    ids = [key.id for key in sleutels]
    if len(set(ids)) != len(ids) or not {key.doel for key in sleutels} >= _OLDEST_DOELEN:
        raise ValueError(ids)
    if any(len(key.raw) != KEY_BYTES for key in sleutels):
        raise ValueError(ids)


def _draft(path: Path, content: bytes) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        draft.unlink()  # it holds keys
        raise
    return draft


def _write_once(path: Path, content: bytes) -> None:
    draft = _draft(path, content)
    try:
        # A link, unlike a rename, fails where another process was first.
        os.link(draft, path)
    finally:
        draft.unlink()
    make_durable(path.parent)
