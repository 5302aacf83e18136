"""The server under load: `verwerkingenlog serve` as it runs in production, with its embedded PostgreSQL."""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from verwerkingenlog.config import variable

SERVE: Final = ("verwerkingenlog", "serve")
"""The module, and its argument, that is the server."""
_PATIENCE: Final = 60.0
"""Seconds for a start or a stop."""
_PAUSE: Final = 0.01
_PREFIX: Final = "VERWERKINGENLOG_"
_WORKER: Final = re.compile(r'"worker_started","worker":(\d+)')


class Server(NamedTuple):
    """A server that runs, and the one application that it knows."""

    port: int
    data_dir: Path
    client_id: str
    secret: str
    started_in: float
    """Seconds from its start until it was ready."""
    log: Path

    @property
    def workers(self) -> list[int]:
        """The process ids of its workers."""
        return [int(pid) for pid in _WORKER.findall(self.log.read_text("utf-8"))]


@contextmanager
def serving(
    directory: Path,
    workers: int | None = None,
    program: tuple[str, ...] = SERVE,
    more: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Have a server running on the log in this directory, new where it is empty.

    It has the settings that it has by itself, but for the number of `workers` where one is given, and `more`
    where another `program` needs it.
    """
    port, secret = _free_port(), secrets.token_urlsafe(32)
    environment = own_environment(directory, port, workers) | dict(more or {})
    _write_applicaties(directory, secret)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIX)}
    said = directory / "server.log"
    start = time.perf_counter()
    with said.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", *program],
            env=inherited | environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(port, process, said)
        yield Server(port, directory / "data", "bench", secret, time.perf_counter() - start, said)
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def own_environment(directory: Path, port: int, workers: int | None) -> dict[str, str]:
    """Give the settings that the bench gives: where things are, and nothing of how the log does its work."""
    own = {
        variable("data_dir"): str(directory / "data"),
        variable("applicaties"): str(_applicaties(directory)),
        variable("port"): str(port),
        variable("metrieken_port"): "0",
    }
    return own if workers is None else own | {variable("workers"): str(workers)}


def _applicaties(directory: Path) -> Path:
    return directory / "applicaties.yaml"


def _write_applicaties(directory: Path, secret: str) -> None:
    entry = {
        "client_id": "bench",
        "secret": secret,
        "scopes": {"bewerking": ["create:normal", "read:normal"]},
    }
    path = _applicaties(directory)
    path.touch(mode=0o600)
    path.write_text(json.dumps({"applicaties": [entry]}))  # JSON is YAML too


def _wait_until_ready(port: int, process: "subprocess.Popen[bytes]", said: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with opener.open(f"http://127.0.0.1:{port}/gereed", timeout=5):
                return
        except urllib.error.URLError:
            time.sleep(_PAUSE)
    raise TimeoutError(f"The server does not become ready. It said:\n{said.read_text('utf-8')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
