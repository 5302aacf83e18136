"""The embedded PostgreSQL: its life with real servers and processes, of the newest and the oldest version."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from tests.support.holder import Holder
from tests.support.postgres import Version, create_database, postgres_binaries, psql, run_psql
from verwerkingenlog.storage.embedded import Cluster, EmbeddedPostgresError, running

TEST_BSN = "999993653"

both_versions = pytest.mark.parametrize("version", [18, 16])


def is_up(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@both_versions
def test_a_second_start_finds_its_data(tmp_path: Path, version: Version) -> None:
    with running(tmp_path, postgres_binaries(version)) as first:
        psql(first, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert psql(first, "SHOW server_version_num").startswith(str(version))
    assert not is_up(first.pid)
    with running(tmp_path, postgres_binaries(version)) as second:
        assert psql(second, "SELECT answer FROM kept") == "42"
    assert second.pid != first.pid


async def test_asyncpg_connects_by_the_address(cluster: Cluster) -> None:
    connection = await asyncpg.connect(create_database(cluster))
    try:
        assert await connection.fetchval("SELECT 42") == 42
    finally:
        await connection.close()


@both_versions
def test_who_comes_second_joins_and_who_leaves_last_stops(tmp_path: Path, version: Version) -> None:
    binaries = postgres_binaries(version)
    with Holder(tmp_path, binaries) as first:
        with Holder(tmp_path, binaries) as second:
            assert second.pid == first.pid
        assert is_up(first.pid)
        with running(tmp_path, binaries) as third:
            assert third.pid == first.pid
            first.leave()
            assert psql(third, "SELECT 42") == "42"
    wait_for(lambda: not is_up(third.pid))


def test_starters_do_not_race(tmp_path: Path) -> None:
    holders = [Holder(tmp_path, postgres_binaries(18)) for _ in range(4)]
    try:
        assert len({holder.pid for holder in holders}) == 1
    finally:
        for holder in holders:
            holder.leave()
    wait_for(lambda: not is_up(holders[0].pid))


@both_versions
def test_P2_a_killed_postmaster_is_recovered(tmp_path: Path, version: Version) -> None:
    binaries = postgres_binaries(version)
    with running(tmp_path, binaries) as killed:
        psql(killed, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        os.kill(killed.pid, signal.SIGKILL)
        with running(tmp_path, binaries) as recovered:
            assert recovered.pid != killed.pid
            assert psql(recovered, "SELECT count(*) FROM kept") == "1000"


@both_versions
def test_a_server_whose_users_were_killed_is_taken_over(tmp_path: Path, version: Version) -> None:
    with Holder(tmp_path, postgres_binaries(version)) as holder:
        holder.kill()
    assert is_up(holder.pid)
    with running(tmp_path, postgres_binaries(version)) as adopted:
        assert adopted.pid == holder.pid
    wait_for(lambda: not is_up(holder.pid))


@both_versions
def test_a_process_id_that_is_anothers_by_now_does_not_stop_the_start(
    tmp_path: Path, version: Version
) -> None:
    binaries = postgres_binaries(version)
    with running(tmp_path, binaries) as first:
        left = [first.directory / "postmaster.pid", first.sockets / ".s.PGSQL.5432.lock"]
        texts = [path.read_text() for path in left]
        owner = left[0].stat().st_uid
    with subprocess.Popen(["/bin/sleep", "60"], user=owner if os.geteuid() == 0 else None) as another:
        for path, text in zip(left, texts, strict=True):
            if path.parent.exists():  # a socket whose path would be too long has a directory for one run
                path.write_text(text.replace(str(first.pid), str(another.pid), 1))
        with running(tmp_path, binaries) as second:
            assert psql(second, "SELECT 42") == "42"
        assert another.poll() is None
        another.kill()


def test_the_file_alone_is_no_ground_to_end_a_process(tmp_path: Path) -> None:
    with subprocess.Popen(["/bin/sleep", "60"]) as another:
        with running(tmp_path) as cluster:
            pid_file = cluster.directory / "postmaster.pid"
            pid_file.write_text(pid_file.read_text().replace(str(cluster.pid), str(another.pid), 1))
        assert not is_up(cluster.pid)
        assert another.poll() is None
        another.kill()


def test_a_first_start_that_was_killed_halfway_leaves_nothing_broken(tmp_path: Path) -> None:
    directory = tmp_path / "postgresql"
    for _ in range(3):
        holder = Holder(tmp_path, postgres_binaries(18))
        wait_for(lambda: any(directory.glob("new-*/base")))
        holder.kill()
    with running(tmp_path, postgres_binaries(18)) as cluster:
        assert psql(cluster, "SELECT current_database()") == "verwerkingenlog"
    assert not list(directory.glob("new-*"))


def test_data_of_another_major_version_is_refused(tmp_path: Path) -> None:
    with running(tmp_path, postgres_binaries(16)):
        pass
    expected = "zijn van PostgreSQL 16, maar .* zijn van PostgreSQL 18"
    with pytest.raises(EmbeddedPostgresError, match=expected), running(tmp_path, postgres_binaries(18)):
        pass


def test_a_start_that_fails_shows_the_log(tmp_path: Path) -> None:
    with running(tmp_path) as cluster:
        pass
    with (cluster.directory / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = veel\n")
    with (
        pytest.raises(EmbeddedPostgresError, match=r"is niet gestart(.|\n)*shared_buffers"),
        running(tmp_path),
    ):
        pass


def test_a_data_directory_with_something_else_is_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "postgresql" / "cluster"
    foreign.mkdir(parents=True)
    (foreign / "notes.txt").write_text("mine")
    with pytest.raises(EmbeddedPostgresError, match="niet leeg"), running(tmp_path):
        pass
    assert (foreign / "notes.txt").read_text() == "mine"


def test_a_folder_without_programs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="initdb bestaat niet"), running(tmp_path, tmp_path):
        pass


@pytest.mark.parametrize("name", ["long" * 50, "with, comma", "with space & ?=#%"])
async def test_any_path_will_do(tmp_path: Path, name: str) -> None:
    with running(tmp_path / name) as cluster:
        assert psql(cluster, "SELECT 42") == "42"
        with running(tmp_path / name) as joined:
            connection = await asyncpg.connect(joined.url)
            await connection.close()
    assert not list(cluster.sockets.glob(".s.*"))
    assert cluster.sockets.is_relative_to(tmp_path) or not cluster.sockets.exists()


def test_ctrl_c_does_not_reach_the_server(cluster: Cluster) -> None:
    assert os.getsid(cluster.pid) == cluster.pid


@pytest.mark.parametrize("cluster", [18, 16], indirect=True)
class TestSettings:
    def test_P2_the_database_promises_durability(self, cluster: Cluster) -> None:
        promised = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")
        assert {name: psql(cluster, f"SHOW {name}") for name in promised} == dict.fromkeys(promised, "on")

    def test_no_network_listens(self, cluster: Cluster) -> None:
        assert psql(cluster, "SHOW listen_addresses") == ""
        assert (cluster.directory / "postmaster.pid").read_text().splitlines()[5] == ""

    def test_only_its_user_reaches_socket_and_data(self, cluster: Cluster) -> None:
        for path in (cluster.sockets, cluster.directory, cluster.sockets / ".s.PGSQL.5432"):
            assert path.stat().st_mode & 0o077 == 0

    def test_text_sorts_alike_everywhere(self, cluster: Cluster) -> None:
        locale = psql(
            cluster,
            "SELECT datlocprovider, datcollate, pg_encoding_to_char(encoding) FROM pg_database"
            " WHERE datname = 'verwerkingenlog'",
        )
        assert locale == ("b|C|UTF8" if "18" in psql(cluster, "SHOW server_version") else "c|C|UTF8")

    def test_M7_no_value_reaches_the_log(self, cluster: Cluster) -> None:
        for statement in (
            "SELECT 'BSN'::uuid",
            "SELECT nothing FROM nowhere WHERE bsn = 'BSN'",
            "DO $$ BEGIN RAISE WARNING 'bsn BSN'; END $$",
            "CREATE TEMP TABLE t (n bigint UNIQUE); INSERT INTO t VALUES (BSN), (BSN)",
            'SELECT 1 AS "BSN" FROM pg_sleep(0.01)',
        ):
            run_psql(cluster, statement.replace("BSN", TEST_BSN))
        logs = [*cluster.directory.glob("log/*"), cluster.directory.parent / "start.log"]
        assert len(logs) > 1
        assert not any(TEST_BSN in log.read_text() for log in logs)
