"""The public RFC 6962 vectors; collected where `REFERENCE_DATA` tells where they lie."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from verwerkingenlog.ledger.checker import NotProven, verify_consistency, verify_inclusion


def vectors(kind: str) -> list[dict[str, Any]]:
    if "REFERENCE_DATA" not in os.environ:
        return []
    path = Path(os.environ["REFERENCE_DATA"], "vectors", f"rfc6962_{kind}.json")
    cases: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return cases


def inclusion_holds(case: dict[str, Any]) -> bool:
    leaf, root = (base64.b64decode(case[name]) for name in ("leafHash", "root"))
    try:
        verify_inclusion(case["leafIdx"], case["treeSize"], leaf, path_of(case), root)
    except NotProven:
        return False
    return True


def consistency_holds(case: dict[str, Any]) -> bool:
    old, new = (base64.b64decode(case[name]) for name in ("root1", "root2"))
    try:
        verify_consistency(case["size1"], case["size2"], path_of(case), old, new)
    except NotProven:
        return False
    return True


def path_of(case: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(text) for text in case["proof"] or []]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name in {"inclusion_case", "consistency_case"} & set(metafunc.fixturenames):
        cases = vectors(name.removesuffix("_case"))
        metafunc.parametrize(name, cases, ids=[case["name"] for case in cases])


if vectors("inclusion"):

    def test_T2_inclusion_vector(inclusion_case: dict[str, Any]) -> None:
        assert inclusion_holds(inclusion_case) is not inclusion_case["wantErr"]

    def test_T2_consistency_vector(consistency_case: dict[str, Any]) -> None:
        assert consistency_holds(consistency_case) is not consistency_case["wantErr"]

    def test_T2_the_vectors_hold_both_answers() -> None:
        for kind in ("inclusion", "consistency"):
            assert {case["wantErr"] for case in vectors(kind)} == {True, False}
            assert len(vectors(kind)) > 90
