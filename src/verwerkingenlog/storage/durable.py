"""Names of files that are there after a power cut."""

import os
from pathlib import Path


def make_durable(folder: Path) -> None:
    """Bring to disk which files a directory has, by which names. Raises `OSError` where that fails."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
