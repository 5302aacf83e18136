"""How long `verwerkingenlog serve` takes from its start until it is ready, on a log that exists."""

from collections.abc import Iterator
from pathlib import Path

from bench.lines import Line
from bench.server import serving
from bench.spread import spread


class Start:
    """Starts and stops the server, with its embedded PostgreSQL."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._seconds: list[float] = []

    def turn(self) -> None:
        """Start it once."""
        with serving(self._directory) as server:
            self._seconds.append(server.started_in)

    def lines(self) -> Iterator[Line]:
        """Give the seconds."""
        yield Line("start of `serve` until it is ready, s", spread(self._seconds), ".2f")
