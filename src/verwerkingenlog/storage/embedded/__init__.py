"""The embedded PostgreSQL: a real server from a folder of programs, in the log's own data directory."""

from verwerkingenlog.storage.embedded.cluster import Cluster, running
from verwerkingenlog.storage.embedded.errors import EmbeddedPostgresError

__all__ = ["Cluster", "EmbeddedPostgresError", "running"]
