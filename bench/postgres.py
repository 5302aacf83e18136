"""The PostgreSQL of the server, asked from outside: the limit by pgbench, and what lies on disk."""

import re
import subprocess
from importlib.resources import files
from pathlib import Path

from bench.messages import one_body
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.embedded.binaries import find

_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_FAILED = re.compile(r"^number of failed transactions: ([0-9]+)", re.MULTILINE)
_PLAIN = "bench_plain"
_SQL = files("bench") / "sql"


class Plain:
    """The limit: the same message inserted row by row, a transaction each, into a plain table by pgbench.

    The table has a database of its own in the server of the log. Needs the programs `psql` and `pgbench`.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._url = cluster.url_of(_PLAIN)
        psql(cluster, f"create database {_PLAIN}")
        psql(cluster, statement("plain"), url=self._url)

    def per_second(self, clients: int, seconds: float) -> float:
        """Give the rows per second that these clients insert, each as fast as it is answered."""
        how = (
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={clients}",
            "--jobs=2",
            f"--time={seconds:.0f}",
        )
        what = (f"--file={_SQL / 'insert.sql'}", f"--define=inhoud={one_body()}")
        told = _run(self._cluster.binaries / "pgbench", *how, *what, self._url)
        rate, failed = _RATE.search(told), _FAILED.search(told)
        if rate is None or failed is None or int(failed[1]):
            raise ValueError(told)
        return float(rate[1])


def packaged_version() -> str:
    """Give the version of the PostgreSQL that a server has by itself."""
    return _run(find(None).postgres, "--version").split()[-1]


def version(cluster: Cluster) -> str:
    """Give the version of the server."""
    return psql(cluster, "show server_version")


def count(cluster: Cluster, *, url: str | None = None) -> int:
    """Count the versions in the log, or in that of another database."""
    return int(psql(cluster, statement("count"), url=url))


def sizes(cluster: Cluster) -> dict[str, int]:
    """Give the bytes on disk of each table and each index of the log."""
    rows = (line.split("|") for line in psql(cluster, statement("size")).splitlines())
    return {name: int(size) for name, size in rows}


def psql(cluster: Cluster, statement: str, *, url: str | None = None) -> str:
    """Run a statement and give its values, a row a line. Raises `CalledProcessError` where it fails."""
    return _run(*_psql(cluster, url), "-c", statement).strip()


def run_file(cluster: Cluster, url: str, name: str, **variables: int) -> str:
    """Run a file in `sql/` with these values for its variables, and give what it gives."""
    given = [part for key, value in variables.items() for part in ("-v", f"{key}={value}")]
    return _run(*_psql(cluster, url), *given, "-f", str(_SQL / f"{name}.sql")).strip()


def copy_out(cluster: Cluster, what: str, file: Path) -> None:
    """Write what a COPY TO STDOUT gives to a file."""
    with file.open("wb") as target:
        subprocess.run([*_psql(cluster), "-c", what], stdout=target, check=True)  # noqa: S603 - psql


def copy_in(cluster: Cluster, what: str, file: Path) -> None:
    """Give a file to a COPY FROM STDIN."""
    with file.open("rb") as source:
        subprocess.run([*_psql(cluster), "-c", what], stdin=source, check=True)  # noqa: S603 - psql


def statement(name: str) -> str:
    """Give the text of a statement in `sql/`."""
    return (_SQL / f"{name}.sql").read_text()


def _psql(cluster: Cluster, url: str | None = None) -> tuple[str, ...]:
    return (str(cluster.binaries / "psql"), url or cluster.url, "-XqAtv", "ON_ERROR_STOP=1")


def _run(program: str | Path, *arguments: str) -> str:
    return subprocess.run(  # noqa: S603 - PostgreSQL's own programs
        [program, *arguments], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
