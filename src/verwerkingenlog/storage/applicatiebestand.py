"""The file of applications (YAML): its text to values."""

from collections.abc import Hashable, Mapping
from pathlib import Path

import yaml

from verwerkingenlog.domain.applicatie import Applicatie, parse_applicaties
from verwerkingenlog.errors import ConfigurationError


class _Loader(yaml.SafeLoader):
    """A safe loader that refuses a repeated key, of which YAML would keep the last in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:  # noqa: FBT001, FBT002 - PyYAML's signature
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise ConfigurationError(f"regel {node.start_mark.line + 1}: {key!r} staat er meer dan eens.")
        return super().construct_mapping(node, deep=deep)


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
            return parse_applicaties(_document(content), self._environ)
        except ConfigurationError as error:
            raise ConfigurationError(
                f"Het bestand met applicaties {self.path} klopt niet:\n{error}"
            ) from None


def _document(content: bytes) -> object:
    try:
        return yaml.load(content.decode(), _Loader)  # noqa: S506 - a SafeLoader: makes plain values only
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # PyYAML quotes the line at fault, which may hold a secret: only its number is repeated.
        mark = getattr(error, "problem_mark", None)
        place = f" (regel {mark.line + 1})" if mark else ""
        raise ConfigurationError(f"het is geen geldige YAML in UTF-8{place}.") from None
