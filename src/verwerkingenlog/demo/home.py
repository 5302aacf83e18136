"""The demo's own directory: it survives a stop, and holds nothing but the demo.

demo.json           from which moment the story counts back, and whether all of it was logged
applicaties.yaml    the applications, with secrets made for this directory
sleutels.json       the key ring
postgresql/         the embedded PostgreSQL
checkpoints/        what was published of the log
"""

import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from verwerkingenlog.demo.municipality import SYSTEMEN, Systeem
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage import embedded
from verwerkingenlog.storage.keyring import new_sleutels
from verwerkingenlog.storage.ringfile import RingFile

RESUMABLE: Final = timedelta(hours=23)
"""How long a story that was interrupted can be finished: the log knows its keys for a day (rule P6)."""


class State(msgspec.Struct, frozen=True):
    """How far the demo is; `acties` and `gecorrigeerd` say what was logged, once all of it was."""

    begonnen: datetime
    acties: int = 0
    gecorrigeerd: str = ""

    @property
    def filled(self) -> bool:
        """Tell whether the whole story was logged."""
        return self.acties > 0


class Home:
    """A directory that holds a demo."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.applicaties = directory / "applicaties.yaml"
        self.sleutels = directory / "sleutels.json"
        self._state = directory / "demo.json"

    @property
    def state(self) -> State | None:
        """Give how far the demo is; `None` for one that never began. Raises `ConfigurationError`."""
        try:
            return msgspec.json.decode(self._state.read_bytes(), type=State)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise ConfigurationError(
                f"{self._state} is niet te lezen. Haal de map {self.directory} weg en start de demo opnieuw."
            ) from error

    def keep(self, state: State) -> None:
        """Write how far the demo is."""
        _write(self._state, msgspec.json.format(msgspec.json.encode(state)))

    def open(self, now: datetime, postgres_bin: Path | None) -> State:
        """Make the directory ready and give how far its demo is; a story too old to finish begins again.

        Raises `ConfigurationError` for a directory with data that are not the demo's.
        """
        state = self.state
        if state is not None and not state.filled and now - state.begonnen > RESUMABLE:
            self._clear(postgres_bin)
            state = None
        return state or self._begin(now)

    def _begin(self, now: datetime) -> State:
        if (self.directory / "postgresql").exists():
            raise ConfigurationError(
                f"In {self.directory} staan al gegevens, en niet die van de demo."
                " Geef de demo een andere map met VERWERKINGENLOG_DATA_DIR."
            )
        state = State(now)
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self.applicaties, applicaties_yaml(lambda: secrets.token_urlsafe(32)))
            # A start that was interrupted here may have left one.
            with suppress(FileExistsError):
                RingFile(self.sleutels).create(new_sleutels())
            self.keep(state)
        except OSError as error:
            raise ConfigurationError(
                f"De demo kan haar gegevens niet bewaren in {self.directory}: {error.strerror}."
                " Geef een andere map met VERWERKINGENLOG_DATA_DIR."
            ) from error
        return state

    def _clear(self, postgres_bin: Path | None) -> None:
        """Remove what a demo made that was killed long ago; its PostgreSQL may still run."""
        with embedded.running(self.directory, postgres_bin):
            pass
        shutil.rmtree(self.directory / "checkpoints", ignore_errors=True)
        shutil.rmtree(self.directory / "postgresql")
        self.sleutels.unlink(missing_ok=True)
        self._state.unlink()


def applicaties_yaml(secret: Callable[[], str]) -> bytes:
    """Write the file of applications, with a secret for each."""
    return msgspec.yaml.encode({"applicaties": [_entry(systeem, secret()) for systeem in SYSTEMEN]})


def _entry(systeem: Systeem, secret: str) -> dict[str, object]:
    scopes = {"bewerking": systeem.bewerking, "inzage": systeem.inzage}
    return {
        "client_id": systeem.client_id,
        "secret": secret,
        "label": systeem.label,
        "oins": systeem.oins,
        "scopes": {api: granted for api, granted in scopes.items() if granted is not None},
    }


def _write(path: Path, content: bytes) -> None:
    """Put a file in its place at once, for its owner alone."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.replace(path)
