"""Who may open an archive: identities and their recipients, as age has them (X25519)."""

import os
from collections.abc import Sequence
from pathlib import Path

import pyrage
from pyrage.x25519 import Identity, Recipient

from verwerkingenlog.errors import ConfigurationError


def parse_recipients(texts: Sequence[str]) -> tuple[Recipient, ...]:
    """Read recipients, as `age1…`. Raises `ConfigurationError` for one that is none."""
    return tuple(map(_recipient, texts))


def _recipient(text: str) -> Recipient:
    try:
        return Recipient.from_str(text)
    except pyrage.RecipientError:
        raise ConfigurationError(
            f"{text} is geen ontvanger. Een ontvanger begint met age1; de ander maakt er een met:"
            " verwerkingenlog importeer --maak-identiteit BESTAND"
        ) from None


def make_identity(path: Path) -> str:
    """Make an identity that opens what is encrypted to it, in a new file for its owner alone.

    Gives its recipient. Raises `ConfigurationError` where the file is there already or can't be made.
    """
    identity = Identity.generate()
    recipient = str(identity.to_public())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"# public key: {recipient}\n{identity}\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise ConfigurationError(f"{path} bestaat al. Geef een andere naam.") from None
    except OSError as error:
        raise ConfigurationError(f"{path} is niet te maken: {error.strerror}.") from None
    return recipient


def read_identities(path: Path) -> tuple[Identity, ...]:
    """Read the identities in a file as age has them. Raises `ConfigurationError`, which never holds a key."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        raise ConfigurationError(f"Het bestand met de identiteit is niet te lezen: {path}") from None
    try:
        identities = tuple(
            Identity.from_str(line.strip()) for line in lines if line.strip() and not line.startswith("#")
        )
    except pyrage.IdentityError:
        identities = ()
    if not identities:
        raise ConfigurationError(f"In {path} staat geen identiteit (AGE-SECRET-KEY-1…).")
    return identities
