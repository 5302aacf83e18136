"""Under whose name the server runs: PostgreSQL refuses to run as root.

As root, three things are tried in order, each by really running the programs:

1. As an unprivileged user, with the programs where they are.
2. As that user, with a copy of the programs, where their own folder is closed to it.
3. In a user namespace, which needs no other user: for a container where root is the only one there is.

The data may lie below a directory that is closed to the user (the log keeps its keys beside it). No
directory is opened for that: the server gets its data directory as the working directory that it
inherits, and Linux lets a process reach that as `/proc/self/cwd`, whatever lies above it.
"""

import os
import pwd
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from verwerkingenlog.storage.embedded.binaries import Binaries
from verwerkingenlog.storage.embedded.errors import EmbeddedPostgresError, last_lines

INHERITED = Path("/proc/self/cwd")
COPIES = Path("/var/cache/verwerkingenlog")
USERS = ("postgres", "nobody")
NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""The only variables that the server gets: others may hold secrets, or steer PostgreSQL (`PGOPTIONS`)."""


@dataclass(frozen=True)
class Account:
    """Who runs the programs: the user of this process, another user, or root in a namespace of its own."""

    uid: int | None = None
    gid: int | None = None
    prefix: tuple[str, ...] = ()

    def inside(self, directory: Path) -> Path:
        """Give the path by which a program that starts in the directory names it."""
        return INHERITED if self.uid is not None and INHERITED.exists() else directory

    def start(
        self, command: Sequence[str | Path], directory: Path, *, held: int, output: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        """Start a program in the directory, with the lock that it holds as long as it lives."""
        return subprocess.Popen(  # noqa: S603 - our own programs and options
            [*self.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            **self._circumstances(directory, held),
        )

    def run(
        self, command: Sequence[str | Path], directory: Path, *, held: int | None = None, stdin: str = ""
    ) -> str:
        """Run a program in the directory to its end and give what it said.

        Raises `EmbeddedPostgresError` when it fails.
        """
        done = subprocess.run(  # noqa: S603 - as above
            [*self.prefix, *command],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
            errors="replace",
            **self._circumstances(directory, held),
        )
        if done.returncode:
            raise EmbeddedPostgresError(
                f"Het programma {command[0]} is mislukt (code {done.returncode}):\n{last_lines(done.stdout)}"
            )
        return str(done.stdout)

    def is_possible(self) -> bool:
        """Say whether this process may start anything under the account."""
        return self._runs(["/bin/sh", "-c", ":"])

    def can_run(self, binaries: Binaries) -> bool:
        """Say whether the programs run under this account."""
        return all(self._runs([program, "--version"]) for program in (binaries.initdb, binaries.postgres))

    def _runs(self, command: Sequence[str | Path]) -> bool:
        try:
            self.run(command, Path("/"))
        except (OSError, subprocess.SubprocessError, EmbeddedPostgresError):
            return False
        return True

    def own(self, path: Path | str, parent: int | None = None) -> None:
        """Give a file or directory that root made, never what a link points to, to the server's user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, dir_fd=parent, follow_symlinks=False)

    def own_open(self, descriptor: int) -> None:
        """Give an open file to the server's user."""
        if self.uid is not None and self.gid is not None:
            os.fchown(descriptor, self.uid, self.gid)

    def _circumstances(self, directory: Path, held: int | None) -> dict[str, Any]:
        """Set the child apart: a session of its own (Ctrl-C is for us), no groups, few variables."""
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return {
            "cwd": directory,
            "env": {**passed, "LC_ALL": "C", "TZ": "UTC"},
            "pass_fds": () if held is None else (held,),
            "start_new_session": True,
            "umask": 0o077,
            "user": self.uid,
            "group": self.gid,
            "extra_groups": None if self.uid is None else [],
        }


def choose(binaries: Binaries, places: Sequence[Path], copies: Path) -> tuple[Account, Binaries]:
    """Choose who runs the server, and the programs that run under that account.

    `places` are the directories whose owner comes first, most telling first; `copies` is where a copy of
    the programs may come. Raises `EmbeddedPostgresError` where no account can run them.
    """
    if os.geteuid() != 0:
        Account().run([binaries.postgres, "--version"], Path("/"))
        return Account(), binaries
    for account in filter(Account.is_possible, _accounts(places)):
        for runnable in _copies_of(binaries, copies):
            if account.can_run(runnable):
                return account, runnable
    raise EmbeddedPostgresError(
        "PostgreSQL draait niet als root, en het lukt niet om hier een andere gebruiker te worden."
        " Start het log als gewone gebruiker, of geef met VERWERKINGENLOG_DATABASE_URL het adres van een"
        " database."
    )


def _accounts(places: Sequence[Path]) -> Iterator[Account]:
    for owner in (place.lstat() for place in places if place.exists()):
        if owner.st_uid != 0:
            yield Account(owner.st_uid, owner.st_gid)
    for name in USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        yield Account(user.pw_uid, user.pw_gid)
    yield Account(prefix=NAMESPACE)


def _copies_of(binaries: Binaries, copies: Path) -> Iterator[Binaries]:
    yield binaries
    try:
        yield binaries.copied_below(copies)
    except OSError:
        return
