"""A real server in a process of its own, with the embedded PostgreSQL in a data directory of its own."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

import httpx

from tests.support.acties import ACTIVITEIT, used_bsns
from tests.support.applications import OWN_OIN, write_applications

COMMAND = Path(sys.executable).with_name("verwerkingenlog")
PREFIX = "VERWERKINGENLOG_"
PATIENCE = 60.0
"""Seconds after which a server that doesn't start or stop fails the test."""
_NINE_DIGITS = re.compile(rb"(?<!\d)9999\d{5}(?!\d)")


class Server:
    """One server and its data directory; it can be stopped, killed and started again."""

    program: Sequence[str] = (str(COMMAND),)

    def __init__(self, directory: Path, *, workers: int = 1, **settings: str) -> None:
        self.data_dir = directory / "data"
        self.log_file = directory / "server.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._applications = directory / "applicaties.yaml"
        self._workers = workers
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        write_applications(self._applications)

    def start(self) -> None:
        """Start, and return when the server is ready."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [*self.program, "serve", "--port", str(self.port), "--workers", str(self._workers)],
                env=self._environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._is_ready, "the server is ready", self.log)

    def stop(self) -> int:
        """Ask the server to stop, and give its exit code."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server does not stop\n{self.log()}") from None

    def code(self) -> int:
        """Give the exit code of a server that ends by itself."""
        return self._running().wait(PATIENCE)

    def kill(self) -> None:
        """End every process of the server at once, as kill -9 does; PostgreSQL goes on."""
        process = self._running()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)

    def kill_member(self, chance: Random) -> None:
        """End one of the processes that the server's first one watches over, as kill -9 does."""
        first = self._running().pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        members = [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(members), signal.SIGKILL)

    def command(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start another command of the log on the same data."""
        return subprocess.Popen(  # noqa: S603 - our own command
            [COMMAND, *arguments],
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> str:
        """Run another command of the log on the same data, which must succeed, and give what it says."""
        process = self.command(*arguments)
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, f"{arguments}: {process.returncode}\n{said}"
        return said

    def kill_postgres(self) -> None:
        """End the first process of the embedded PostgreSQL at once, as kill -9 does."""
        for pid in self._postgres():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _postgres(self) -> list[int]:
        """Give the process id in PostgreSQL's own file, where it still is a server in that directory."""
        files = list(self.data_dir.rglob("postmaster.pid"))
        known = [(int(file.read_text().split()[0]), file.parent) for file in files]
        return [pid for pid, directory in known if _works_in(pid, directory)]

    def end(self) -> None:
        """Stop the server if it still runs; it may have ended by itself."""
        if self._running().poll() is None:
            self.stop()

    def dispose(self) -> None:
        """Leave no process behind, whatever state the server is in."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        self.kill_postgres()

    def log(self) -> str:
        """Give what the server wrote."""
        return self.log_file.read_text("utf-8", errors="replace")

    def assert_sound(self) -> None:
        """Check what was written: no fault, and no BSN of a test in the log or in any file (rule M7)."""
        log = self.log()
        assert "Traceback" not in log, log[-20_000:]
        assert '"level":"error"' not in log, log[-20_000:]
        persons = used_bsns()
        found = {
            f"{path.relative_to(self.data_dir.parent)}: {match.decode()}"
            for path in (self.log_file, *(path for path in self.data_dir.rglob("*") if path.is_file()))
            for match in _NINE_DIGITS.findall(path.read_bytes())
            if match.decode() in persons
        }
        assert not found, f"a BSN in the clear (rule M7): {sorted(found)[:10]}"

    def _environment(self) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("VERWERKINGENLOG")
        }
        own = {
            "DATA_DIR": str(self.data_dir),
            "APPLICATIES": str(self._applications),
            "OIN": OWN_OIN,
            "INZAGE_ACTIVITEIT_ID": ACTIVITEIT,
            "INZAGE_ACTIVITEIT_URL": "https://var.gemeente.example/activiteiten/inzage",
            "METRIEKEN_PORT": "0",
            **self._settings,
        }
        return inherited | {PREFIX + name: value for name, value in own.items()}

    def _is_ready(self) -> bool:
        code = self._running().poll()
        assert code is None, f"the server ended with {code}\n{self.log()}"
        try:
            return httpx.get(f"{self.url}/gereed", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the server was not started"
        return self._process


@contextmanager
def running_server(directory: Path, *, workers: int = 1, **settings: str) -> Iterator[Server]:
    """Have a server in this directory for as long as the block lasts; nothing of it stays behind."""
    server = Server(directory, workers=workers, **settings)
    try:
        server.start()
        yield server
    finally:
        server.dispose()


def _works_in(pid: int, directory: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(directory)
    except OSError:
        return False


def free_port() -> int:
    """Give a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(condition: Callable[[], bool], what: str, log: Callable[[], str] = str) -> None:
    """Wait for a condition that becomes true by itself; fail when it does not."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}\n{log()}"
        time.sleep(0.05)
