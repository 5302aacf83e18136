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
_log = logging.getLogger(__name__)
_spawn = multiprocessing.get_context("spawn")


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    ready: bool = False


def supervise(
    factory: str, listener: socket.socket, count: int, stop: socket.socket, on_ready: Callable[[], None]
) -> None:
    """Keep `count` workers serving on the listener until `stop` becomes readable.

    `factory` names what makes the app (`module:function`); `on_ready` is called once, when all serve.
    On the way out each worker finishes what it accepted. Raises what a worker refused to start with.
    """
    crew = [_start(factory, listener) for _ in range(count)]
    try:
        _watch(crew, lambda: _start(factory, listener), stop, on_ready)
    finally:
        listener.close()
        _stop(crew)


def _watch(
    crew: list[_Worker], start: Callable[[], _Worker], stop: socket.socket, on_ready: Callable[[], None]
) -> None:
    announced = False
    while True:
        pipes = [one.pipe for one in crew if not one.ready]
        changed = wait([stop, *pipes, *(one.process.sentinel for one in crew)])
        if stop in changed:
            return
        for place, one in enumerate(crew):
            if not one.ready:
                _hear(one)
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
    # A worker inherits the mask: Ctrl-C reaches the whole group, and only the parent is to act on it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return _Worker(process, ours)


def _hear(one: _Worker) -> None:
    """Take what a starting worker says, if it said something."""
    if not one.pipe.poll():
        return
    try:
        said: worker.Said = one.pipe.recv()
    except EOFError:
        said = worker.Refusal("Een proces van de server stopte voordat het kon beginnen.")
    if isinstance(said, worker.Refusal):
        raise (ConfigurationError if said.by_configuration else VerwerkingenlogError)(said.reason)
    one.ready = True


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
