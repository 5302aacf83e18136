"""The checker as the program that an auditor runs: one file, two libraries, answers in Dutch."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_ledger_proof import BEHEER, KEYS, PERSONEN, seal, versie
from verwerkingenlog.ledger import checker
from verwerkingenlog.ledger.checker import NO_LEAF, Opened
from verwerkingenlog.ledger.proof import open_versie

SOURCE = Path(checker.__file__)
KEY = KEYS[0].text


def check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of the file by itself, away from the project."""
    copy = Path(shutil.copy(SOURCE, folder / "checker.py"))
    return subprocess.run(  # noqa: S603 - our own file
        [sys.executable, str(copy), *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_T2_the_checker_needs_only_the_standard_library_and_cryptography() -> None:
    modules = set()
    for node in ast.walk(ast.parse(SOURCE.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            modules.add((node.module or "").split(".")[0])
    assert modules - sys.stdlib_module_names == {"cryptography"}


def test_T2_the_checker_says_what_is_proven(tmp_path: Path) -> None:
    (tmp_path / "mijn.tlog-proof").write_bytes(seal(versie([2])))
    done = check(tmp_path, "mijn.tlog-proof", "--sleutel", KEY)
    assert (done.returncode, done.stderr) == (0, "")
    for text in (
        "Dit is bewezen",
        KEYS[0].name,
        "blad 5",
        "7 bladen",
        "Zoeken café",
        "999994748",
        "versie: 1",
    ):
        assert text in done.stdout
    assert "Interne gegevens: niet geopend" in done.stdout
    assert PERSONEN[1].inhoud not in done.stdout


def test_T2_the_checker_shows_what_an_administrator_did(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(seal(BEHEER))
    done = check(tmp_path, "b", "--sleutel", KEY)
    assert done.returncode == 0
    assert "gebeurtenis: sleutel vernietigd" in done.stdout


def test_T2_the_checker_says_what_does_not_hold(tmp_path: Path) -> None:
    proof = seal(versie([2]))
    (tmp_path / "b").write_bytes(proof.replace(b"index 5", b"index 4"))
    done = check(tmp_path, "b", "--sleutel", KEY)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Dit is niet bewezen. Dit blad staat niet op deze plaats in het log.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ([], 2, "Gebruik"),
        (["b"], 2, "Gebruik"),
        (["b", "--sleutel"], 2, "Gebruik"),
        (["b", "--anders", KEY], 2, "Gebruik"),
        (["weg", "--sleutel", KEY], 1, "niet te lezen"),
        (["b", "--sleutel", KEY[:-1]], 1, "sleutel"),
        (["b", "--sleutel", KEY], 1, "geen bewijs"),
    ],
)
def test_T2_the_checker_helps_who_calls_it_wrongly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, text: str
) -> None:
    (tmp_path / "b").write_bytes(b"iets anders")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        assert checker.main(arguments) == code
    assert text in capsys.readouterr().err


def test_T2_the_contents_of_a_proof_can_not_steer_the_terminal() -> None:
    nasty = Opened(checker.canonical_json({"actieNaam": "\x1b[2J\nDit is bewezen\u202e\x9b"}), bytes(32))
    proof = seal(open_versie(nasty, nasty, [nasty], NO_LEAF))
    shown = checker.describe(*checker.verify_proof(proof, KEYS))
    assert all(line.isprintable() for line in shown.split("\n"))
    assert shown.count("\nDit is bewezen") == 0
