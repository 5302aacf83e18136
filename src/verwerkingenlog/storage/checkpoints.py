"""Checkpoints in a directory: what this machine saw of the log, out of reach of who changes the database.

`checkpoint` is the last one, and for each day there is the last of that day (`2026-11-24.checkpoint`).
"""

import os
from datetime import date, datetime
from pathlib import Path
from typing import Final

from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.durable import make_durable

_LAST: Final = "checkpoint"
_LONGEST: Final = 1_000_000


class Checkpoints:
    """The directory with checkpoints; it is made at the first one."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def last(self) -> str | None:
        """Give the last checkpoint, as a note, whatever it says; None where there is none.

        Raises `ConfigurationError` where it can't be read.
        """
        path = self.directory / _LAST
        try:
            with path.open("rb") as file:
                return file.read(_LONGEST).decode(errors="replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigurationError(
                f"Het laatste checkpoint {path} is niet te lezen: {error.strerror}. Zorg dat het log erbij"
                " kan, of geef met VERWERKINGENLOG_CHECKPOINTS een andere map."
            ) from None

    def require_writable(self) -> None:
        """Make the directory if it is not there. Raises `ConfigurationError` where it takes nothing."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            reason = None if os.access(self.directory, os.W_OK | os.X_OK) else "geen toegang"
        except OSError as error:
            reason = error.strerror
        if reason:
            raise ConfigurationError(
                f"In de map {self.directory} zijn geen checkpoints te schrijven ({reason}). Geef de gebruiker"
                " van het log daar rechten, of geef met VERWERKINGENLOG_CHECKPOINTS een andere map."
            )

    def publish(self, note: str, day: date) -> None:
        """Put a checkpoint in the place of the last one and of the one of this day.

        Whole and durable, or not at all. Raises `OSError` where that can't be done.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        draft, daily = self.directory / f".{os.getpid()}.draft", self.directory / f".{os.getpid()}.daily"
        with draft.open("wb") as file:
            file.write(note.encode())
            file.flush()
            os.fsync(file.fileno())
        daily.unlink(missing_ok=True)
        # One file under two names: to make it durable takes as long as all else that is done here.
        os.link(draft, daily)
        daily.replace(self.directory / f"{day.isoformat()}.checkpoint")
        draft.replace(self.directory / _LAST)
        make_durable(self.directory)

    def set_aside(self, moment: datetime) -> None:
        """Keep the last checkpoint under a name of its own; from here on there is none."""
        name = f"{_LAST}-terzijde-{moment:%Y%m%dT%H%M%S}"
        try:
            (self.directory / _LAST).replace(self.directory / name)
        except FileNotFoundError:
            return
        except OSError as error:
            raise ConfigurationError(
                f"Het laatste checkpoint in {self.directory} is niet te hernoemen: {error.strerror}."
            ) from None
        make_durable(self.directory)
