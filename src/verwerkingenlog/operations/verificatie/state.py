"""How far a verification came, kept in a file so that it can go on after an interruption."""

import os
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.operations.verificatie.bevinding import Bevinding
from verwerkingenlog.operations.verificatie.scan import Verdacht
from verwerkingenlog.storage.verificatie.dictionaries import Ref


class Voortgang(Struct):
    """What is done: the first `gedaan` leaves of the log `naam`, and what was found in them.

    `wortel` is the root of the tree in the tables at that size, by which it is known to be the same tree.
    """

    naam: str
    gedaan: int = 0
    wortel: bytes = b""
    rand: tuple[bytes, ...] = ()
    wortels: dict[int, bytes] = {}
    verdacht: list[Verdacht] = []
    verwijzingen: list[Ref] = []
    bevindingen: list[Bevinding] = []
    opgeschoond: int = 0


class Voortgangsbestand:
    """The file with the progress."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Voortgang | None:
        """Give the progress; None where there is none, or only one of another release."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Voortgang)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        except OSError as error:
            raise ConfigurationError(f"{self._path} is niet te lezen: {error.strerror}.") from None

    def write(self, voortgang: Voortgang) -> None:
        """Keep the progress: all of it, or what was there before. Raises `ConfigurationError`."""
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft.write_bytes(msgspec.json.encode(voortgang))
            draft.replace(self._path)
        except OSError as error:
            raise ConfigurationError(f"{self._path} is niet te schrijven: {error.strerror}.") from None

    def forget(self) -> None:
        """Remove the file: the verification is done."""
        with suppress(FileNotFoundError, NotADirectoryError):
            self._path.unlink()
