"""What a record takes on disk, tree and indexes included, against the compact JSON of the same record."""

from collections.abc import Iterator, Mapping

from bench import postgres
from bench.lines import Line, Target
from bench.messages import mean_length
from bench.spread import spread
from verwerkingenlog.storage.embedded import Cluster

_LEAST_SHOWN = 0.5
"""Bytes for a record; a table or index that takes less is not worth a line."""


class Size:
    """All that the log takes on disk, less what it took when it was empty."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._empty = postgres.sizes(cluster)
        self._full: Mapping[str, int] = {}
        self._records = 0

    def turn(self) -> None:
        """Look what lies there."""
        self._records = postgres.count(self._cluster)
        self._full = postgres.sizes(self._cluster)

    def lines(self) -> Iterator[Line]:
        """Give the ratio, the bytes, and which table or index they are in."""
        grown = {name: size - self._empty.get(name, 0) for name, size in self._full.items()}
        per_record = sum(grown.values()) / self._records
        raw = mean_length()
        yield Line(
            "bytes on disk for a record, against its compact JSON",
            spread([per_record / raw]),
            ".2f",
            Target(0.6, 0.45),
        )
        yield Line("bytes on disk for a record", spread([per_record]))
        yield Line("bytes of its compact JSON", spread([raw]))
        yield Line("records in the log when that was measured", spread([self._records]))
        for name, size in sorted(grown.items(), key=lambda one: -one[1]):
            if size / self._records >= _LEAST_SHOWN:
                yield Line(f"bytes on disk for a record: `{name}`", spread([size / self._records]), ".1f")
