"""The directory of checkpoints, before anything is put in it."""

from pathlib import Path

import pytest

from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.checkpoints import Checkpoints


def test_T1_a_directory_of_checkpoints_is_made(tmp_path: Path) -> None:
    place = tmp_path / "een" / "twee"
    Checkpoints(place).require_writable()
    Checkpoints(place).require_writable()
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("place", ["bestand", "bestand/map", "/proc/map"])
def test_T1_a_directory_that_takes_no_checkpoints_is_refused_with_what_to_do(
    tmp_path: Path, place: str
) -> None:
    (tmp_path / "bestand").touch()
    with pytest.raises(ConfigurationError, match="VERWERKINGENLOG_CHECKPOINTS een andere map"):
        Checkpoints(tmp_path / place).require_writable()


def test_T1_a_directory_on_a_disk_that_is_read_only_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(ConfigurationError, match="geen toegang"):
        Checkpoints(tmp_path).require_writable()
