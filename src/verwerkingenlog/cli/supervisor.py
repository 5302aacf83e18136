"""The parent of the workers: starts them, replaces one that dies, stops them in order.

Uvicorn's own keeps to itself why a worker would not start, and its workers outlive a parent that was killed.
"""

import logging
import multiprocessing
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from verwerkingenlog.cli import worker
from verwerkingenlog.errors import ConfigurationError, VerwerkingenlogError

_LONGEST_STOP = worker.GRACE + 15
_PAUSE = 1.0
"""Seconds between checks, and before a worker is tried again that would not start."""
_log = logging.getLogger(__name__)
_spawn = multiprocessing.get_context("spawn")


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    ready: bool = False


def supervise(
    factory: str,
    listener: socket.socket,
    count: int,
    stop: socket.socket,
    on_ready: Callable[[], None],
    check: Callable[[], None],
) -> None:
    """Keep `count` workers serving on the listener until `stop` becomes readable.

    `factory` names what makes the app (`module:function`); `on_ready` is called once, when all serve;
    `check` is called every second and raises when there is no point in going on. On the way out each worker
    finishes what it accepted. Raises what `check` raises, and what a worker refused to start with, unless
    others serve.
    """
    crew = [_start(factory, listener) for _ in range(count)]
    try:
        _watch(crew, lambda: _start(factory, listener), stop, on_ready, check)
    finally:
        listener.close()
        _stop(crew)


def _watch(
    crew: list[_Worker],
    start: Callable[[], _Worker],
    stop: socket.socket,
    on_ready: Callable[[], None],
    check: Callable[[], None],
) -> None:
    announced = False
    while True:
        pipes = [one.pipe for one in crew if not one.ready]
        changed = wait([stop, *pipes, *(one.process.sentinel for one in crew)], _PAUSE)
        if stop in changed:
            return
        check()
        for place, one in enumerate(crew):
            refusal = None if one.ready else _hear(one)
            if refusal is not None:
                _bear(refusal, others_serve=announced and any(other.ready for other in crew))
                one.process.join()
                wait([stop], _PAUSE)
            if not one.process.is_alive():
                _log.warning("worker_died", extra={"worker": one.process.pid})
                one.pipe.close()
                crew[place] = start()
        if not announced and all(one.ready for one in crew):
            announced = True
            on_ready()


def _start(factory: str, listener: socket.socket) -> _Worker:
    ours, theirs = _spawn.Pipe(duplex=False)
    process = _spawn.Process(target=worker.work, args=(factory, listener, theirs), name="verwerkingenlog")
    # A worker inherits the mask: what a terminal sends reaches the whole group, and only the parent is to act
    # on it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return _Worker(process, ours)


def _hear(one: _Worker) -> worker.Refusal | None:
    """Take what a starting worker says, if it said something; give its refusal."""
    if not one.pipe.poll():
        return None
    try:
        said: worker.Said = one.pipe.recv()
    except EOFError:
        said = worker.Refusal("Een proces van de server stopte voordat het kon beginnen.")
    one.ready = isinstance(said, worker.Ready)
    return said if isinstance(said, worker.Refusal) else None


def _bear(refusal: worker.Refusal, *, others_serve: bool) -> None:
    """Go on where others serve: a database that is away for a moment must not stop them all."""
    if not others_serve:
        raise (ConfigurationError if refusal.by_configuration else VerwerkingenlogError)(refusal.reason)
    _log.error("worker_refused")


def _stop(crew: list[_Worker]) -> None:
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
