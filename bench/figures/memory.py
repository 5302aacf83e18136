"""Whether a worker grows: its memory at the end of a long load, against that after a minute."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from statistics import median

from bench.lines import Line, Target
from bench.load import Outcome, Posts
from bench.processes import Memory, memory_of
from bench.spread import spread
from bench.stage import Stage

_MINUTE = 60.0
_PAUSE = 1.0
_SPAN = 10
"""Looks of which the middle one counts."""
_MESSAGES = 200_000
_MOST_AT_ONCE = 900.0
"""Seconds of one load: it has one token, which is good for an hour."""


class Lasting:
    """Full load on POST for so many seconds, one look at each worker's memory a second."""

    def __init__(self, stage: Stage, seconds: float) -> None:
        self._stage = stage
        self._seconds = seconds
        self._looks: dict[int, list[Memory]] = {pid: [] for pid in stage.server.workers}
        self._rates: list[float] = []

    def turn(self) -> None:
        """Post, and look."""
        posts = Posts(first=self._stage.first_message(), most=_MESSAGES, again=True)
        left = self._seconds
        while left > 0:
            self._rates.append(self._watched(posts, min(left, _MOST_AT_ONCE)).per_second)
            left -= _MOST_AT_ONCE

    def lines(self) -> Iterator[Line]:
        """Give the ratio of each worker's memory at the end to that after a minute, and both."""
        early = min(int(_MINUTE / _PAUSE), int(self._seconds / _PAUSE) // 2)
        after = [_middle(looks[early : early + _SPAN]) for looks in self._looks.values()]
        at_end = [_middle(looks[-_SPAN:]) for looks in self._looks.values()]
        growth = [round(end.rss / begin.rss, 3) for end, begin in zip(at_end, after, strict=True)]
        minutes = f"{self._seconds / _MINUTE:.2g} minutes"
        name = f"memory of a worker after {minutes} at full load, against after a minute"
        yield Line(name, spread(growth), ".3f", Target(1.05, 1.0))
        yield Line("memory of a worker after a minute, MiB", spread([one.rss for one in after]), ".1f")
        yield Line(f"memory of a worker after {minutes}, MiB", spread([one.rss for one in at_end]), ".1f")
        yield Line("of which it has alone or as its share, MiB", spread([one.pss for one in at_end]), ".1f")
        yield Line(f"records/s in those {minutes}", spread(self._rates))

    def _watched(self, posts: Posts, seconds: float) -> Outcome:
        with ThreadPoolExecutor(1) as beside:
            load = beside.submit(self._stage.run, posts, seconds=seconds)
            while not wait([load], _PAUSE).done:
                for pid, looks in self._looks.items():
                    looks.append(memory_of(pid))
            return load.result()


def _middle(looks: list[Memory]) -> Memory:
    return Memory(median(look.rss for look in looks), median(look.pss for look in looks))
