"""What `docs/auditor.md` tells an auditor to do, done: each command, and what it should show (rule T2)."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.auditor_example import FILE, INDEX, SIGNER, SIZE, VERSIE, make
from verwerkingenlog.ledger.bladen import gemeenschappelijk_of, intern_of, personen_of
from verwerkingenlog.ledger.checker import VersieOpening, main, verify_proof

PAGE = FILE.with_name("auditor.md").read_text("utf-8")
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOOLS = ("bash", "sha256sum", "base64", "openssl", "od", "python3")
BY_HAND = PAGE[PAGE.index("## Zelf narekenen") : PAGE.index("## Twee checkpoints")]


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall(BY_HAND)


def test_T2_the_example_is_current_and_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert FILE.read_bytes() == make()
    proof, checkpoint = verify_proof(make(), [SIGNER.verifier])
    assert (proof.number, checkpoint.size) == (INDEX, SIZE)
    assert main([str(FILE), "--sleutel", SIGNER.verifier.text]) == 0
    assert "999993653" in capsys.readouterr().out


def test_I4_the_example_opens_one_person() -> None:
    proof, _ = verify_proof(make(), [SIGNER.verifier])
    assert isinstance(proof.opening, VersieOpening)
    assert isinstance(proof.opening.intern, bytes)
    assert len(proof.opening.geopend) == 1
    assert "999990342" not in str(proof)


def test_T2_the_page_names_the_key_of_the_example() -> None:
    assert f"SLEUTEL={SIGNER.verifier.text}\n" in PAGE


def test_T1_the_page_names_the_fields_of_each_part() -> None:
    for deel in (gemeenschappelijk_of(VERSIE), intern_of(VERSIE), next(personen_of(VERSIE))):
        assert ", ".join(f"`{name}`" for name in json.loads(deel.inhoud)) in PAGE


if all(shutil.which(tool) for tool in TOOLS):

    def test_T2_every_step_by_hand_shows_what_the_page_says(tmp_path: Path) -> None:
        shutil.copy(FILE, tmp_path)
        script = "\n".join(text for kind, text in blocks() if kind == "sh")
        done = subprocess.run(  # noqa: S603 - the commands of our own page
            ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607 - as an auditor would
            cwd=tmp_path,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout == "".join(text for kind, text in blocks() if kind == "text")

    def test_T2_the_steps_by_hand_find_what_was_changed(tmp_path: Path) -> None:
        script = "\n".join(text for kind, text in blocks() if kind == "sh")
        text = FILE.read_text("utf-8")
        lines = text.splitlines(keepends=True)
        for changed in (text.replace("index 5", "index 4"), "".join([*lines[:3], *lines[4:]])):
            (tmp_path / FILE.name).write_text(changed, "utf-8")
            done = subprocess.run(  # noqa: S603 - the commands of our own page
                ["bash", "-c", script],  # noqa: S607 - as an auditor would
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert "Dit blad staat in het log." not in done.stdout
