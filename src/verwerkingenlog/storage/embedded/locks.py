"""Locks on files: the kernel drops them when their last holder dies, so no crash leaves one behind."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from verwerkingenlog.storage.embedded.account import Account


def open_private(path: Path, account: Account) -> int:
    """Open a file of ours, made at its first use; never through a link that the server's user could plant."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    account.own_open(descriptor)
    return descriptor


def try_lock(descriptor: int) -> bool:
    """Take the lock for this holder alone, if no other has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def share(descriptor: int) -> None:
    """Take the lock together with other holders."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)


@contextmanager
def alone(path: Path, account: Account) -> Iterator[None]:
    """Hold the lock, after waiting for whoever has it."""
    descriptor = open_private(path, account)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path, account: Account) -> bool:
    """Say whether anyone holds the lock."""
    descriptor = open_private(path, account)
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)
