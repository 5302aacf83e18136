"""Other processes that use the embedded PostgreSQL."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Holder:
    """A process that uses the server of a data directory until it leaves or is killed."""

    def __init__(
        self,
        data_dir: Path,
        binaries: Path,
        *,
        user: str | None = None,
        prefix: tuple[str, ...] = (),
    ) -> None:
        program = [sys.executable, "-m", "tests.support.hold_cluster", str(data_dir), str(binaries)]
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [*prefix, *program, *([user] if user else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._answer: dict[str, Any] | None = None

    def _told(self) -> dict[str, Any]:
        if self._answer is None:
            assert self._process.stdout
            self._answer = json.loads(self._process.stdout.readline())
        return self._answer

    @property
    def pid(self) -> int:
        """The process id of the server, once it runs."""
        return int(self._told()["pid"])

    @property
    def url(self) -> str:
        """The address of the database, once it runs."""
        return str(self._told()["url"])

    def leave(self) -> None:
        """Let the process stop using the server and end well."""
        self._process.communicate()
        assert self._process.returncode == 0

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.communicate()

    def __enter__(self) -> Self:
        """Wait until the server runs."""
        self._told()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave."""
        if self._process.poll() is None:
            self.leave()
