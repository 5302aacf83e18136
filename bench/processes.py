"""What a process takes, as Linux tells it."""

from pathlib import Path
from typing import NamedTuple

_KIB_IN_MIB = 1024


class Memory(NamedTuple):
    """The memory of a process, in MiB."""

    rss: float
    """All that it has in memory."""
    pss: float
    """The same, what it shares divided by the number of processes that share it."""


def memory_of(pid: int) -> Memory:
    """Give the memory of a process. Raises `OSError` where it is gone."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    told = {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}
    return Memory(*(int(told[name][0]) / _KIB_IN_MIB for name in ("Rss", "Pss")))
