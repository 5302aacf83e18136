"""The small app behind the real server, in processes of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.server import PATIENCE, free_port, wait_until

ROOT = Path(__file__).parents[2]


class SmallServer:
    """A server that was told to start; its output stands in two files."""

    def __init__(self, directory: Path, *arguments: str, **environment: str) -> None:
        self.port, self.metrics_port = free_port(), free_port()
        self._out, self._err = directory / "out", directory / "err"
        settings = {
            "VERWERKINGENLOG_DATA_DIR": str(directory / "data"),
            "VERWERKINGENLOG_METRIEKEN_PORT": str(self.metrics_port),
            **environment,
        }
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                [
                    sys.executable,
                    "-m",
                    "tests.support.small_app",
                    "serve",
                    "--port",
                    str(self.port),
                    *arguments,
                ],
                env={**os.environ, **settings},
                cwd=ROOT,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def out(self) -> str:
        """What it wrote to standard output: log lines."""
        return self._out.read_text("utf-8")

    @property
    def err(self) -> str:
        """What it wrote to standard error: sentences for a person."""
        return self._err.read_text("utf-8")

    def until_ready(self) -> "SmallServer":
        """Wait until all workers serve."""
        wait_until(lambda: "draait op" in self.err, "the server runs", lambda: self.out + self.err)
        return self

    def code(self) -> int:
        """Give the exit code, once there is one."""
        return self.process.wait(PATIENCE)

    def stop(self) -> int:
        """Stop in order and give the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.code()

    def get(self, path: str) -> httpx.Response:
        """Ask over a connection of its own."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE, trust_env=False)

    def metric(self, sample: str) -> float:
        """Give the value of a sample, labels and all as Prometheus writes them; 0 where it is not there."""
        text = httpx.get(f"http://127.0.0.1:{self.metrics_port}/metrics", trust_env=False).text
        found = re.search(rf"^{re.escape(sample)} (.+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def workers(self) -> set[int]:
        """Give the process ids of the workers that ever started."""
        return {int(pid) for pid in re.findall(r'"worker_started","worker":(\d+)', self.out)}

    @contextmanager
    def connection(self) -> Iterator[socket.socket]:
        """Open a bare connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            yield connection


@contextmanager
def small_server(directory: Path, *arguments: str, **environment: str) -> Iterator[SmallServer]:
    """Have a server that was told to start; whatever comes of it, no process is left."""
    server = SmallServer(directory, *arguments, **environment)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait(PATIENCE)
