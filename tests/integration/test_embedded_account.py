"""Under whose name the embedded PostgreSQL runs: as an ordinary user, as root, in closed directories.

What a user can't try isn't a test for that user: only root can become another, and only root is refused.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.holder import Holder
from tests.support.postgres import Version, postgres_binaries, psql
from verwerkingenlog.storage.embedded import running
from verwerkingenlog.storage.embedded.binaries import Binaries

LONE_ROOT = ("/usr/bin/unshare", "--user", "--map-root-user", "--")
"""Be root where no other user exists, as in some containers."""

both_versions = pytest.mark.parametrize("version", [18, 16])


def can_be_lone_root() -> bool:
    command = [*LONE_ROOT, "/bin/true"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603
    except FileNotFoundError:
        return False


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """Give a directory that every user can read, which pytest's own are not."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="open-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def strict_umask() -> Iterator[None]:
    previous = os.umask(0o077)
    yield
    os.umask(previous)


def modes_above(path: Path) -> dict[Path, int]:
    return {parent: parent.stat().st_mode for parent in path.parents}


@both_versions
def test_it_never_runs_as_root(tmp_path: Path, version: Version) -> None:
    with running(tmp_path, postgres_binaries(version)) as cluster:
        owner = cluster.directory.stat().st_uid
    assert owner != 0
    assert os.geteuid() in {0, owner}


def test_secrets_of_the_process_do_not_reach_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_A_CLIENT", "to-be-kept")
    monkeypatch.setenv("PGPORT", "1")
    with running(tmp_path) as cluster:
        # A program that ends before it has read what COPY sends it breaks the pipe, and COPY fails.
        psql(cluster, "COPY (SELECT) TO PROGRAM 'env > environment; cat > /dev/null'")
        environment = (cluster.directory / "environment").read_text()
        assert "TZ=UTC" in environment
        assert "to-be-kept" not in environment
        assert "PGPORT" not in environment


if can_be_lone_root():

    @both_versions
    def test_root_without_another_user_runs_it_in_a_namespace(tmp_path: Path, version: Version) -> None:
        for _ in range(2):
            with Holder(tmp_path, postgres_binaries(version), prefix=LONE_ROOT) as holder:
                done = subprocess.run(  # noqa: S603
                    [postgres_binaries(version) / "psql", "-XAtc", "SELECT 42", holder.url],
                    capture_output=True,
                    text=True,
                    check=True,
                )
                assert done.stdout == "42\n"


if os.geteuid() == 0:

    @both_versions
    @pytest.mark.usefixtures("strict_umask")
    def test_root_in_closed_directories(tmp_path: Path, open_directory: Path, version: Version) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        programs = Binaries(postgres_binaries(version)).copied_below(closed)
        before = modes_above(closed / "data")
        for _ in range(2):
            with running(closed / "data", programs.folder, copies=open_directory / "copies") as cluster:
                assert psql(cluster, "SELECT 42") == "42"
                assert cluster.directory.stat().st_uid != 0
        assert modes_above(closed / "data") == before
        assert len(list((open_directory / "copies").iterdir())) == 1

    @both_versions
    def test_an_ordinary_user(open_directory: Path, version: Version) -> None:
        nobody = pwd.getpwnam("nobody")
        programs = Binaries(postgres_binaries(version)).copied_below(open_directory)
        data = open_directory / "data"
        data.mkdir()
        os.chown(data, nobody.pw_uid, nobody.pw_gid)
        with Holder(data, programs.folder, user="nobody"):
            assert (data / "postgresql" / "cluster").stat().st_uid == nobody.pw_uid
        with running(data, programs.folder) as cluster:
            assert psql(cluster, "SELECT 42") == "42"
        with Holder(data, programs.folder, user="nobody") as again:
            assert again.pid != cluster.pid
        owners = {path.stat().st_uid for path in data.rglob("*")}
        assert owners == {nobody.pw_uid}

    def test_data_that_root_restored_is_handed_over(tmp_path: Path) -> None:
        with running(tmp_path / "before") as cluster:
            psql(cluster, "CREATE TABLE kept AS SELECT 42 AS answer")
        shutil.copytree(cluster.directory, tmp_path / "after" / "postgresql" / "cluster")
        assert (tmp_path / "after" / "postgresql" / "cluster").stat().st_uid == 0
        with running(tmp_path / "after") as restored:
            assert psql(restored, "SELECT answer FROM kept") == "42"
