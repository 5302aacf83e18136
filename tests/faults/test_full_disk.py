"""A disk that fills up under load loses nothing that was acknowledged (rule P2)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk of its own")
def test_P2_T3_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    # What the scenario mounts and starts ends with its namespaces.
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    done = subprocess.run(  # noqa: S603 - our own scenario
        [*apart, sys.executable, "-m", "tests.faults.full_disk", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "none lost" in done.stdout
