"""What the figures were measured on, in so far as it explains them."""

import os
import platform

_GIB = 1024**3


def describe(postgres_version: str) -> str:
    """Give processor kind, cores, memory and versions; nothing that tells which machine it was."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    return (
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory,"
        f" Python {platform.python_version()}, PostgreSQL {postgres_version}"
    )
