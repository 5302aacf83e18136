"""The file of applications (YAML): its text to values."""

from collections.abc import Mapping
from pathlib import Path

from verwerkingenlog.domain.applicatie import Applicatie, parse_applicaties
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.yaml_document import read_document


class Applicatiebestand:
    """A file of applications; `environ` is where its `secret_env` looks.

    Every `ConfigurationError` names the file and all its faults, and never holds a secret.
    """

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self.path = path
        self._environ = environ

    def content(self) -> bytes:
        """Give the file's bytes. Raises `ConfigurationError` when it can't be read."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise ConfigurationError(
                f"Het bestand met applicaties {self.path} is niet te lezen ({error.strerror})."
            ) from None

    def parse(self, content: bytes) -> tuple[Applicatie, ...]:
        """Read the applications. Raises `ConfigurationError` when the content breaks a rule."""
        try:
            return parse_applicaties(read_document(content), self._environ)
        except ConfigurationError as error:
            raise ConfigurationError(
                f"Het bestand met applicaties {self.path} klopt niet:\n{error}"
            ) from None
