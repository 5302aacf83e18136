"""What a process of the server and the parent that started it say to each other."""

import logging
import multiprocessing
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import NamedTuple, TypeAlias

from verwerkingenlog.errors import ConfigurationError, VerwerkingenlogError

GRACE = 30
"""How long a process that stops may take to finish what it accepted, in seconds."""
_log = logging.getLogger(__name__)


class Job(NamedTuple):
    """What a process of the crew does: `work(*arguments, pipe to the parent)`, until SIGTERM."""

    work: Callable[..., None]
    arguments: tuple[object, ...] = ()
    serves: bool = False
    """Whether it answers requests: such a one stops first, and a server has at least one."""


class Ready(NamedTuple):
    """The process does its work."""


class Refusal(NamedTuple):
    """The process won't work, and why, for the person who started it.

    From one that was ready it is the end of the whole crew.
    """

    reason: str
    by_configuration: bool = False


Said: TypeAlias = Ready | Refusal


def tell(parent: Connection, said: Said) -> None:
    """Say it to the parent. One that is gone needs no answer: it stops this process, in order."""
    with suppress(BrokenPipeError):
        parent.send(said)


def refuse(parent: Connection, error: Exception) -> None:
    """Say to the parent what this process stopped of, and exit."""
    tell(parent, refusal_of(error))
    sys.exit(1)


def refusal_of(error: Exception) -> Refusal:
    """Give what to say of an error; of one that is not ours only where to look."""
    if isinstance(error, VerwerkingenlogError):
        return Refusal(str(error), isinstance(error, ConfigurationError))
    _log.error("startup_failed", exc_info=error)
    return Refusal(
        "De server kon niet starten door een onverwachte fout. Zie 'startup_failed' in de logregels."
    )


def when_parent_ends(stop: Callable[[], object]) -> None:
    """Call this, from another thread, when the parent is gone, even by kill -9."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            stop()

    threading.Thread(target=watch, name="parent", daemon=True).start()
