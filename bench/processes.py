"""What processes take, as Linux tells it."""

import os
from collections.abc import Iterable
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


def processor_seconds(pids: Iterable[int]) -> float:
    """Give the processor time that these processes took so far. Raises `OSError` where one is gone."""
    ticks = 0
    for pid in pids:
        fields = _stat(pid)
        ticks += int(fields[11]) + int(fields[12])  # utime and stime, proc(5)
    return ticks / os.sysconf("SC_CLK_TCK")


def with_children(pid: int) -> list[int]:
    """Give a process and those that it started, as far as they run."""
    found = [pid]
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int(_stat(int(entry.name))[1]) == pid:
                found.append(int(entry.name))
        except OSError:
            continue  # it ended meanwhile
    return found


def _stat(pid: int) -> list[str]:
    """Give the fields after the name, which may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
