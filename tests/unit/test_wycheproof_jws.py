"""The JWS vectors of Wycheproof; collected where `REFERENCE_DATA` tells where they lie."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OctKey

from verwerkingenlog.api.auth.token import Refused, parse_jws

# Where the file contradicts itself or RFC 7515, with what is right.
MISTAKEN = {
    367: "byte for byte the valid 357: the padding that its comment names got lost (C2SP/wycheproof#236)",
    370: "as 367",
    372: "a '?' in the header: not base64url, and not what was signed (RFC 7515, sections 2 and 5.2)",
    373: "a '?' in the payload: as 372",
}


def vectors() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Give each case with its key."""
    if "REFERENCE_DATA" not in os.environ:
        return []
    path = Path(os.environ["REFERENCE_DATA"], "vectors", "wycheproof_json_web_signature.json")
    groups = json.loads(path.read_text("utf-8"))["testGroups"]
    return [(group["private"], case) for group in groups for case in group["tests"]]


def is_accepted(jws: str, key: OctKey) -> bool:
    try:
        return parse_jws(jws.encode()).signed_by(key)
    except Refused:
        return False


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    hmac_cases = [(key, case) for key, case in vectors() if key["kty"] == "oct"]
    if "hmac_case" in metafunc.fixturenames:
        metafunc.parametrize("hmac_case", hmac_cases, ids=[str(case["tcId"]) for _, case in hmac_cases])


if vectors():

    def test_S1_wycheproof_hmac_case(hmac_case: tuple[dict[str, Any], dict[str, Any]]) -> None:
        key, case = hmac_case
        assert key["alg"] == "HS256"
        expected = (case["result"] == "valid") is not (case["tcId"] in MISTAKEN)
        assert is_accepted(case["jws"], OctKey.import_key(key)) is expected, case["comment"]

    def test_S1_wycheproof_mistakes_are_still_in_the_file() -> None:
        by_id = {case["tcId"]: case for _, case in vectors()}
        assert {by_id[number]["jws"] for number in (367, 370)} == {by_id[357]["jws"]}
        assert all(
            "?" in by_id[number]["jws"] and by_id[number]["result"] == "valid" for number in (372, 373)
        )

    def test_S1_wycheproof_signatures_of_other_algorithms_are_refused() -> None:
        others = [case["jws"] for key, case in vectors() if key["kty"] != "oct"]
        key = OctKey.import_key(b"k" * 32)
        assert len(others) > 100
        assert not any(is_accepted(jws, key) for jws in others)
