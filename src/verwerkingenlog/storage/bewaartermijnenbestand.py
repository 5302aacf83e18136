"""The file of the organisation's terms per verwerkingsactiviteit (YAML): its text to values (rule R2)."""

from pathlib import Path

from verwerkingenlog.domain.bewaarregels import parse_bewaartermijnen
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.yaml_document import read_document


def read_bewaartermijnen(path: Path) -> dict[str, str]:
    """Read the terms by the UUID of their verwerkingsactiviteit, in lower case.

    Raises `ConfigurationError` that names the file and all its faults.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"Het bestand met bewaartermijnen {path} is niet te lezen ({error.strerror})."
        ) from None
    try:
        return parse_bewaartermijnen(read_document(content))
    except ConfigurationError as error:
        raise ConfigurationError(f"Het bestand met bewaartermijnen {path} klopt niet:\n{error}") from None
