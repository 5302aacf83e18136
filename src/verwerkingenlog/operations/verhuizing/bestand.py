"""New files that are there whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.durable import make_durable


def require_free(path: Path) -> None:
    """Refuse a place that is taken, before the work is done. Raises `ConfigurationError`."""
    if os.path.lexists(path):
        raise ConfigurationError(f"{path} bestaat al en wordt niet overschreven. Geef een andere naam.")


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file that only its owner can read; it gets its name when all of it is safely on disk.

    Raises `ConfigurationError` where it can't be made there, or is there already.
    """
    draft = None
    try:
        descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, fails where another file has the name by now.
        os.link(draft, path)
        make_durable(path.parent)
    except FileExistsError:
        raise ConfigurationError(f"{path} bestaat al en wordt niet overschreven.") from None
    except OSError as error:
        raise ConfigurationError(f"{path} is niet te schrijven: {error.strerror or error}.") from None
    finally:
        if draft is not None:
            os.unlink(draft)  # noqa: PTH108 - the name as `mkstemp` gave it
