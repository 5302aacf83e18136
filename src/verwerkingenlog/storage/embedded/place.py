"""Where one embedded server keeps its files.

<data directory of the log>/postgresql/
    cluster/       PostgreSQL's own data directory
    new-*/         one being made; it takes its place under the name `cluster` when it is complete
    socket/        the Unix socket
    start.log      what the server said at its last start, before its own log was open
    turn.lock      held by who starts or stops the server
    use.lock       shared by every process that uses the server; the last one to leave stops it
    server.lock    held by PostgreSQL's processes, as long as one of them lives
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from verwerkingenlog.storage.embedded.account import Account
from verwerkingenlog.storage.embedded.binaries import Binaries
from verwerkingenlog.storage.embedded.errors import EmbeddedPostgresError
from verwerkingenlog.storage.embedded.settings import PORT

LONGEST_SOCKET = 103
"""The longest path of a Unix socket, in bytes, on macOS; Linux takes 107."""

SHORT = "verwerkingenlog-"
UNFINISHED = "new-"


@dataclass(frozen=True)
class Place:
    """The directory of an embedded server, who runs it and with which programs."""

    directory: Path
    account: Account
    binaries: Binaries

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.directory / "cluster"

    @property
    def start_log(self) -> Path:
        """What the server said before its own log was open."""
        return self.directory / "start.log"

    @property
    def turn_lock(self) -> Path:
        """Held by who starts or stops the server."""
        return self.directory / "turn.lock"

    @property
    def use_lock(self) -> Path:
        """Shared by every process that uses the server."""
        return self.directory / "use.lock"

    @property
    def server_lock(self) -> Path:
        """Held by PostgreSQL's processes."""
        return self.directory / "server.lock"

    @property
    def sockets(self) -> Path:
        """Where the Unix socket is, unless that path is too long."""
        return self.directory / "socket"

    def prepare(self) -> None:
        """Make the directories, and give root's own to the user who runs the server."""
        self.directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for directory in (self.directory, self.sockets):
            directory.mkdir(mode=0o700, exist_ok=True)
            self._hand_over(directory)
        self._hand_over_cluster()

    def new_socket_directory(self) -> tuple[str, Path]:
        """Give the socket's directory as the server names it, and as its clients do.

        Clients have a limit on the length of the path, and separate hosts by commas: where that is in the
        way, the directory is a new one with a short name. The server keeps it in `postmaster.pid`.
        """
        path = os.fsencode(self.sockets / f".s.PGSQL.{PORT}")
        if len(path) <= LONGEST_SOCKET and b"," not in path:
            return f"../{self.sockets.name}", self.sockets
        short = Path(tempfile.mkdtemp(prefix=SHORT, dir="/tmp"))
        self.account.own(short)
        return str(short), short

    def _hand_over(self, directory: Path) -> None:
        if directory.lstat().st_uid != self.account.uid:
            self.account.own(directory)

    def _hand_over_cluster(self) -> None:
        """Settle whose the data is: root's, for one restored from a backup, goes to the server's user."""
        if not self.cluster.exists():
            return
        owner = self.cluster.stat().st_uid
        if os.geteuid() not in {0, owner}:
            raise EmbeddedPostgresError(
                f"De gegevens in {self.cluster} zijn van een andere gebruiker (nummer {owner})."
                " Start het log als die gebruiker, of geef een andere map met VERWERKINGENLOG_DATA_DIR."
            )
        if owner == 0 and self.account.uid is not None and not self.cluster.is_symlink():
            self._hand_over(self.cluster)
            for _, directories, files, parent in os.fwalk(self.cluster):
                for name in (*directories, *files):
                    self.account.own(name, parent)
