"""What processes take, as Linux tells it."""

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_KIB_IN_MIB = 1024
_PARENT = 1
_UTIME = 11


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


def processor_seconds(pid: int) -> float:
    """Give the processor time that a process and its children took so far, those that ended included.

    Raises `OSError` where the process itself is gone.
    """
    fields = _stat(pid)
    ticks = sum(map(int, fields[_UTIME : _UTIME + 4]))  # its own, and that of the children that ended
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            other = _stat(int(entry.name))
            if int(other[_PARENT]) == pid:
                ticks += sum(map(int, other[_UTIME : _UTIME + 2]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Give the fields after the name, which may hold anything (proc(5))."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
