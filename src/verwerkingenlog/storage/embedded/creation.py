"""Making a new data directory, and refusing one that these programs can't read."""

import re
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path

from verwerkingenlog.storage.durable import make_durable
from verwerkingenlog.storage.embedded.binaries import OLDEST
from verwerkingenlog.storage.embedded.errors import EmbeddedPostgresError
from verwerkingenlog.storage.embedded.place import UNFINISHED, Place
from verwerkingenlog.storage.embedded.settings import initdb_options

CREATE_DATABASE = files("verwerkingenlog.storage.embedded").joinpath("create_database.sql").read_text("utf-8")


def ensure_cluster(place: Place, held: int) -> None:
    """Make the data directory with the database where there is none, else check that it can be read.

    It appears whole or not at all: a start that is killed halfway leaves only what the next one removes.
    `held` is the server's lock, so that a next start also waits for an orphaned `initdb`.
    Raises `EmbeddedPostgresError` for data of another major version, and where making it fails.
    """
    major = _major(place)
    version = place.cluster / "PG_VERSION"
    if version.exists():
        _check_version(place, version.read_text().strip(), major)
    elif place.cluster.exists() and any(place.cluster.iterdir()):
        raise EmbeddedPostgresError(
            f"De map {place.cluster} is niet leeg en bevat geen gegevens van PostgreSQL. Zet een reservekopie"
            " terug, of geef een andere map met VERWERKINGENLOG_DATA_DIR."
        )
    else:
        _create(place, held, major)


def _major(place: Place) -> int:
    said = place.account.run([place.binaries.postgres, "--version"], Path("/"))
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    major = int(found[1]) if found else 0
    if major < OLDEST:
        raise EmbeddedPostgresError(
            f"Het log werkt met PostgreSQL {OLDEST} of nieuwer, maar {place.binaries.postgres} is"
            f" {said.strip()}. Wijs met VERWERKINGENLOG_POSTGRES_BIN een nieuwere aan."
        )
    return major


def _check_version(place: Place, found: str, major: int) -> None:
    if found != str(major):
        raise EmbeddedPostgresError(
            f"De gegevens in {place.cluster} zijn van PostgreSQL {found}, maar de programma's in"
            f" {place.binaries.folder} zijn van PostgreSQL {major}. Wijs met VERWERKINGENLOG_POSTGRES_BIN de"
            f" programma's van PostgreSQL {found} aan, of zet de gegevens over met pg_upgrade."
        )


def _create(place: Place, held: int, major: int) -> None:
    for leftover in place.directory.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover)
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=place.directory))
    try:
        place.account.own(unfinished)
        _fill(place, unfinished, held, major)
        unfinished.rename(place.cluster)
        make_durable(place.directory)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _fill(place: Place, directory: Path, held: int, major: int) -> None:
    inside = place.account.inside(directory)
    place.account.run([place.binaries.initdb, "-D", inside, *initdb_options(major)], directory, held=held)
    place.account.run(
        [place.binaries.postgres, "--single", "-D", inside, "-c", "exit_on_error=on", "postgres"],
        directory,
        held=held,
        stdin=CREATE_DATABASE,
    )
