"""Verifying a whole log, against doing the same hashing and nothing else (see `bench.verify`)."""

import os
from collections.abc import Iterator

from bench.lines import Line, Target
from bench.spread import spread
from bench.verhuizing import Place
from bench.verify import TARGET, Verified, measure


class Verification:
    """Verifies a log with the command itself, in as many processes as it takes by itself."""

    def __init__(self, place: Place, records: int) -> None:
        self._place = place
        self._records = records
        self._processes = os.cpu_count() or 1
        self._done: list[Verified] = []

    def turn(self) -> None:
        """Verify once, and hash before and after it."""
        self._done.append(measure(self._place, self._records, self._processes))

    def lines(self) -> Iterator[Line]:
        """Give the ratio, and the records per second of both."""
        what = "verification of the whole log, records"
        ratio = spread([one.ratio for one in self._done])
        yield Line(f"{what} against the same hashing alone", ratio, ".2f", Target(*TARGET))
        yield Line(f"{what}/s in {self._processes} processes", spread([one.per_second for one in self._done]))
        yield Line(
            "the same hashing alone, records/s in as many", spread([one.limit.same for one in self._done])
        )
        once = [one.per_second / one.limit.once for one in self._done]
        yield Line(f"{what} against hashing their content once", spread(once), ".2f")
