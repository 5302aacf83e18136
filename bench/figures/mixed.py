"""Writing and reading at once: of every hundred requests five ask for the first page of a person."""

from collections.abc import Iterator

from bench.lines import Line
from bench.load import Outcome
from bench.spread import spread
from bench.stage import Stage

_READS = 5


class Mixed:
    """64 clients, each sending the next as soon as it may; a read writes an entry of its own as well."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._outcomes: list[Outcome] = []

    def turn(self) -> None:
        """Send for a while."""
        self._outcomes.append(self._stage.post(reads=_READS))

    def lines(self) -> Iterator[Line]:
        """Give the rate of both together, and how long each takes."""
        mix = f"{100 - _READS}% POST, {_READS}% reads"
        yield Line(f"{mix}: requests/s", spread([one.per_second for one in self._outcomes]))
        for kind, times in (
            ("POST", [one.created for one in self._outcomes]),
            ("reads", [one.found for one in self._outcomes]),
        ):
            yield Line(
                f"{mix}: p50 of a {kind.removesuffix('s')}, ms", spread([one.p50_ms for one in times]), ".1f"
            )
            yield Line(
                f"{mix}: p99 of a {kind.removesuffix('s')}, ms", spread([one.p99_ms for one in times]), ".1f"
            )
