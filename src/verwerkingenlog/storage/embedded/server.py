"""A running server: what its `postmaster.pid` and its socket tell, starting it and stopping it."""

import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from verwerkingenlog.storage.embedded import locks
from verwerkingenlog.storage.embedded.creation import ensure_cluster
from verwerkingenlog.storage.embedded.errors import EmbeddedPostgresError, last_lines
from verwerkingenlog.storage.embedded.place import SHORT, Place
from verwerkingenlog.storage.embedded.settings import PORT, server_options

if TYPE_CHECKING:
    import subprocess

PID_FILE = "postmaster.pid"
PAUSE = 0.02
STOP_PATIENCE = 120.0
"""Seconds for a fast shutdown, which writes a checkpoint; then the server is stopped without one."""
REMAINS_PATIENCE = 60.0
"""Seconds for processes that outlive their postmaster; they end at their next wait."""

_children: dict[Path, list["subprocess.Popen[bytes]"]] = {}
"""The servers that this process started in each place, to be reaped when they end, whoever stops them."""


class Server(NamedTuple):
    """A server that accepts connections."""

    pid: int
    sockets: Path
    """The directory of its Unix socket, as its clients name it."""


class _PidFile(NamedTuple):
    pid: int
    sockets: Path | None
    status: str


def find_or_start(place: Place) -> Server:
    """Give the server that runs in this place; start it where none does, and wait until it is ready.

    A recovery after a crash takes as long as it takes. Raises `EmbeddedPostgresError` with the end of the
    log when the server gives up.
    """
    deadline = time.monotonic() + REMAINS_PATIENCE
    while True:
        held = locks.open_private(place.server_lock, place.account)
        try:
            if locks.try_lock(held):
                ensure_cluster(place, held)
                return _start(place, held)
        finally:
            os.close(held)
        known = _read(place)
        listener = _listener(known)
        if known and known.sockets and listener:
            if known.status == "ready":
                return Server(listener, known.sockets)
            deadline = time.monotonic() + REMAINS_PATIENCE
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"Van de PostgreSQL in {place.directory} draaien nog processen, maar de server zelf is hier"
                " niet te bereiken. Stop die processen en start het log opnieuw."
            )
        time.sleep(PAUSE)


def stop(place: Place) -> None:
    """Stop the server: fast with a checkpoint, and without one when that takes too long."""
    known = _read(place)
    for how in (signal.SIGINT, signal.SIGQUIT):
        listener = _listener(known)
        if listener:
            os.kill(listener, how)
        if _wait(lambda: not locks.is_held(place.server_lock, place.account), STOP_PATIENCE):
            break
    for child in _children.pop(place.directory, []):
        child.wait()
    if known and known.sockets:
        _remove_short(known.sockets)


def _start(place: Place, held: int) -> Server:
    _discard_stale(place)
    option, sockets = place.new_socket_directory()
    log = locks.open_private(place.start_log, place.account)
    with os.fdopen(log, "r+b") as output:
        output.truncate()
        data = place.account.inside(place.cluster)
        command = [str(place.binaries.postgres), "-D", str(data), *server_options(option)]
        child = place.account.start(command, place.cluster, held=held, output=output)
    _children.setdefault(place.directory, []).append(child)
    server = Server(child.pid, sockets)
    try:
        _await(place, server, child)
    except BaseException:
        _give_up(child)
        _remove_short(sockets)
        raise
    return server


def _await(place: Place, server: Server, child: "subprocess.Popen[bytes]") -> None:
    while not _is_ready(place, server):
        if child.poll() is not None:
            raise EmbeddedPostgresError(
                f"De PostgreSQL in {place.directory} is niet gestart. In zijn logboek staat:\n{_log(place)}"
            )
        time.sleep(PAUSE)


def _give_up(child: "subprocess.Popen[bytes]") -> None:
    for how in (signal.SIGINT, signal.SIGQUIT):
        child.send_signal(how)
        if _wait(lambda: child.poll() is not None, STOP_PATIENCE):
            break


def _is_ready(place: Place, server: Server) -> bool:
    known = _read(place)
    return bool(known and known.status == "ready" and known.pid == server.pid == _listener(known))


def _read(place: Place) -> _PidFile | None:
    """Read `postmaster.pid`: the process id, then among others the socket's directory and the status."""
    try:
        lines = (place.cluster / PID_FILE).read_text(errors="surrogateescape").splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    directory = lines[4] if len(lines) > 4 else ""  # noqa: PLR2004 - the fifth line
    sockets = Path(os.path.normpath(place.cluster / directory)) if directory else None
    return _PidFile(pid, sockets, lines[7].strip() if len(lines) > 7 else "")  # noqa: PLR2004 - the eighth


def _listener(known: _PidFile | None) -> int:
    """Give the process id of the postmaster that listens, or 0 where none does that this process can see.

    The file's word is not enough to send a signal on: its process may be gone, and the number another's,
    or the server's user may have written it. Linux knows who listens.
    """
    if known is None or known.sockets is None:
        return 0
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(os.fsencode(known.sockets / f".s.PGSQL.{PORT}"))
        except OSError:
            return 0
        if sys.platform != "linux":
            return known.pid
        pid, _, _ = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(pid)


def _discard_stale(place: Place) -> None:
    """Remove what a dead server left: the process id in it may be another process by now, or a zombie.

    The caller holds the server's lock, so none that was started from here is alive. One that was started
    by hand answers, or has no socket; it is left to PostgreSQL, which then refuses to start a second.
    """
    known = _read(place)
    if known and (not known.sockets or _listener(known)):
        return
    _clear(place.sockets)
    if known and known.sockets:
        _remove_short(known.sockets)
    (place.cluster / PID_FILE).unlink(missing_ok=True)


def _clear(sockets: Path) -> None:
    for left in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (sockets / left).unlink(missing_ok=True)


def _remove_short(sockets: Path) -> None:
    """Remove a socket's directory that was made because the usual path was too long."""
    if sockets.name.startswith(SHORT) and not sockets.is_symlink():
        with suppress(OSError):
            _clear(sockets)
            sockets.rmdir()


def _log(place: Place) -> str:
    """Give the end of what the server said, before and after its own log was open."""
    own = sorted(place.cluster.glob("log/*.log"), key=lambda path: path.stat().st_mtime)
    return "\n".join(last_lines(path.read_text(errors="replace")) for path in (place.start_log, *own[-1:]))


def _wait(done: Callable[[], bool], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE)
    return True
