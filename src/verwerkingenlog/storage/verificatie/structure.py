"""What the schema is made of, beside what this release makes of it (rule T3).

A view, a function, a policy or a rule that was put in can have a query give something else than there is.
"""

from importlib.resources import files
from typing import Final

from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.sql import query

_EXPECTED: Final = "structuur.txt"
"""What `verifying/structuur.sql` gives of a schema that the migrations made; a test holds it to that."""


async def strange_and_missing(connection: Connection) -> tuple[list[str], list[str]]:
    """Give what the schema has and should not have, and what it lacks, each in a line of words."""
    found = {row["regel"] for row in await connection.fetch(query("verifying/structuur"))}
    expected = set(files(__package__).joinpath(_EXPECTED).read_text(encoding="utf-8").splitlines())
    return sorted(found - expected), sorted(expected - found)


async def differing_counts(connection: Connection) -> list[tuple[str, int, int]]:
    """Give the tables of which an index does not hold each row, with the rows by index and by table.

    Who may edit the catalog can have an index pass rows over; all else that is read is read by index. Within
    a `snapshot`.
    """
    await connection.fetchrow(query("verifying/lees_met"), "on")
    by_index = await connection.fetchrow(query("verifying/tellingen_index"))
    await connection.fetchrow(query("verifying/lees_met"), "off")
    by_table = await connection.fetchrow(query("verifying/tellingen_tabel"))
    found = []
    for name, count in by_index.items():
        table = name.partition("/")[0]
        # An index may hold some of the rows alone, and these are counted apart.
        rows = by_table.get(name, by_table[table])
        if count != rows:
            found.append((table, count, rows))
    return found
