"""The parent of the server's processes: starts them, replaces one that dies, stops them in order.

Uvicorn's own keeps to itself why a worker would not start, and its workers outlive a parent that was killed.
"""

import logging
import multiprocessing
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from verwerkingenlog.cli.crew import GRACE, Job, Ready, Refusal, Said
from verwerkingenlog.errors import ConfigurationError, VerwerkingenlogError

_LONGEST_STOP = GRACE + 15
_PAUSE = 1.0
"""Seconds between checks, and before a worker is tried again that would not start."""
_log = logging.getLogger(__name__)
_spawn = multiprocessing.get_context("spawn")


@dataclass
class _Member:
    job: Job
    process: BaseProcess
    pipe: Connection
    ready: bool = False


def supervise(
    jobs: Sequence[Job],
    stop: socket.socket,
    on_ready: Callable[[], None],
    check: Callable[[], None],
    listener: socket.socket | None = None,
) -> None:
    """Keep a process at work on each of these jobs until `stop` becomes readable.

    `on_ready` is called once, when all work; `check` is called every second and raises when there is no point
    in going on. On the way out the listener closes, and each finishes what it accepted, those that serve
    first. Raises what `check` raises, what a process refused to start with, unless others serve, and what one
    that worked refused to go on with.
    """
    crew = [_start(job) for job in jobs]
    try:
        _watch(crew, stop, on_ready, check)
    finally:
        if listener is not None:
            listener.close()
        _stop([one for one in crew if one.job.serves])
        _stop([one for one in crew if not one.job.serves])


def _watch(
    crew: list[_Member], stop: socket.socket, on_ready: Callable[[], None], check: Callable[[], None]
) -> None:
    announced = False
    while True:
        pipes = [one.pipe for one in crew if not one.pipe.closed]
        changed = wait([stop, *pipes, *(one.process.sentinel for one in crew)], _PAUSE)
        if stop in changed:
            return
        check()
        for place, one in enumerate(crew):
            was_ready = one.ready
            refusal = _hear(one)
            if refusal is not None:
                others = announced and any(other.ready and other.job.serves for other in crew)
                _bear(refusal, others_serve=others and not was_ready)
                one.process.join()
                wait([stop], _PAUSE)
            if not one.process.is_alive():
                _log.warning("worker_died", extra={"worker": one.process.pid})
                one.pipe.close()
                crew[place] = _start(one.job)
        if not announced and all(one.ready for one in crew):
            announced = True
            on_ready()


def _start(job: Job) -> _Member:
    ours, theirs = _spawn.Pipe(duplex=False)
    process = _spawn.Process(target=job.work, args=(*job.arguments, theirs), name="verwerkingenlog")
    # The process inherits the mask: what a terminal sends reaches the whole group, and only the parent is to
    # act on it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return _Member(job, process, ours)


def _hear(one: _Member) -> Refusal | None:
    """Take what a process says, if it said something; give its refusal."""
    if one.pipe.closed or not one.pipe.poll():
        return None
    try:
        said: Said = one.pipe.recv()
    except EOFError:
        one.pipe.close()
        if one.ready:
            return None  # it dies, and so will its replacement if there is a reason
        said = Refusal("Een proces van de server stopte voordat het kon beginnen.")
    one.ready = isinstance(said, Ready)
    return said if isinstance(said, Refusal) else None


def _bear(refusal: Refusal, *, others_serve: bool) -> None:
    """Go on where others serve: a database that is away for a moment must not stop them all."""
    if not others_serve:
        raise (ConfigurationError if refusal.by_configuration else VerwerkingenlogError)(refusal.reason)
    _log.error("worker_refused")


def _stop(crew: list[_Member]) -> None:
    for one in crew:
        one.process.terminate()
    deadline = time.monotonic() + _LONGEST_STOP
    for one in crew:
        one.process.join(max(0.0, deadline - time.monotonic()))
        if one.process.is_alive():
            _log.error("worker_killed", extra={"worker": one.process.pid})
            one.process.kill()
            one.process.join()
        one.pipe.close()
