"""What can go wrong with the embedded PostgreSQL."""

from verwerkingenlog.errors import ConfigurationError


class EmbeddedPostgresError(ConfigurationError):
    """De ingebouwde PostgreSQL doet het niet."""


def last_lines(text: str, count: int = 15) -> str:
    """Give the end of a log or of a program's output, to show under a sentence of our own."""
    return "\n".join(text.strip().splitlines()[-count:])
