"""The limits of a bulk: COPY by one psql, in one transaction, into an empty table."""

import time
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from bench import postgres
from bench.messages import bodies
from verwerkingenlog.storage.embedded import Cluster


class Copying(NamedTuple):
    """What is copied, from a file, and the statements that make the table and fill it."""

    name: str
    rows: int
    file: Path
    prepare: str
    copy: str

    def per_second(self, cluster: Cluster) -> float:
        """Copy all of it, and give the rows per second."""
        postgres.psql(cluster, postgres.statement(self.prepare))
        start = time.perf_counter()
        postgres.copy_in(cluster, postgres.statement(self.copy), self.file)
        return self.rows / (time.perf_counter() - start)


def own_rows(cluster: Cluster, directory: Path) -> Copying:
    """Give the copying of the rows that are in the log now, as it keeps them, to a table like its own."""
    file = directory / "rows"
    postgres.copy_out(cluster, postgres.statement("export"), file)
    return Copying("COPY of the same rows", postgres.count(cluster), file, "copied", "import")


def messages(directory: Path, count: int) -> Copying:
    """Give the copying of so many messages, as jsonb, to an empty table like that of pgbench."""
    file = directory / "messages"
    with file.open("wb") as target:
        target.writelines(message + b"\n" for message in islice(bodies(0), count))
    return Copying("COPY of the messages as jsonb", count, file, "copied_plain", "import_plain")
