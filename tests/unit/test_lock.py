import re
from pathlib import Path

LOCK = (Path(__file__).parents[2] / "requirements.lock").read_text("utf-8")


def test_every_requirement_is_pinned_and_has_a_hash() -> None:
    requirements = [part for part in re.split(r"\n(?! )", LOCK) if part and not part.startswith("#")]
    assert requirements
    assert [
        part for part in requirements if not re.match(r"[a-z0-9-]+==.*--hash=sha256:", part, re.DOTALL)
    ] == []


def test_the_lock_file_names_no_registry() -> None:
    assert "://" not in LOCK
    assert "index-url" not in LOCK


def test_the_part_for_the_server_comes_first() -> None:
    runtime, development = LOCK.split("\n# Development")
    assert "\nasyncpg==" in runtime
    assert "\npytest==" in development
