"""The server under load: `verwerkingenlog serve` as it runs in production, with its embedded PostgreSQL."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

_PATIENCE = 60.0
"""Seconds for a start or a stop."""
_PREFIX = "VERWERKINGENLOG_"


class Server(NamedTuple):
    """A server that runs, and the one application that it knows."""

    port: int
    data_dir: Path
    client_id: str
    secret: str


@contextmanager
def serving(directory: Path, workers: int) -> Iterator[Server]:
    """Have a server running on a new log in an empty directory, with the settings that it has by itself."""
    server = Server(_free_port(), directory / "data", "bench", secrets.token_urlsafe(32))
    applicaties = directory / "applicaties.yaml"
    _write_applicaties(applicaties, server)
    own = {"DATA_DIR": server.data_dir, "APPLICATIES": applicaties, "METRIEKEN_PORT": 0}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIX)}
    said = directory / "server.log"
    with said.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [
                sys.executable,
                "-m",
                "verwerkingenlog",
                "serve",
                f"--port={server.port}",
                f"--workers={workers}",
            ],
            env=inherited | {_PREFIX + name: str(value) for name, value in own.items()},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(server.port, process, said)
        yield server
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def _write_applicaties(path: Path, server: Server) -> None:
    entry = {
        "client_id": server.client_id,
        "secret": server.secret,
        "scopes": {"bewerking": ["create:normal"]},
    }
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
            time.sleep(0.05)
    raise TimeoutError(f"The server does not become ready. It said:\n{said.read_text('utf-8')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
