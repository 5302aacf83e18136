"""Records from before the log had leaves get theirs, once: before the first seal (rule T1)."""

from collections.abc import AsyncIterator
from typing import Final

from verwerkingenlog.storage import reading
from verwerkingenlog.storage.database import Connection
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.rows import columns
from verwerkingenlog.storage.sql import query
from verwerkingenlog.storage.writing import leaves_before, markers

_PAGE: Final = 500
_MARKER_COLUMNS: Final = 2


async def adopt(connection: Connection, ring: KeyRing) -> AsyncIterator[int]:
    """Compute the leaves of all records without a marker from their content, and give the count of each step.

    Each step is a transaction of its own: what stops it loses nothing, and the next call goes on. Only while
    nothing was ever sealed; later a record without a leaf is one that somebody slipped in.
    """
    last = 0
    while rows := await connection.fetch(query("zegel/unmarked"), last, _PAGE):
        numbers = [row["volgnummer"] for row in rows]
        records = await reading.by_number(connection, ring, numbers)
        vorige = await leaves_before(connection, records)
        complete = [record._replace(vorige=before) for record, before in zip(records, vorige, strict=True)]
        await connection.execute(query("zegel/mark"), *columns(markers(complete, ring), _MARKER_COLUMNS))
        last = numbers[-1]
        yield len(numbers)
