"""What the README and the pages in docs promise: commands, settings, links, and two equal languages."""

import json
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from verwerkingenlog.config import declared, variable

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CODE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def code(path: Path, language: str = "") -> list[str]:
    blocks = CODE.findall(path.read_text("utf-8"))
    return [text for kind, text in blocks if language in {"", kind}]


def prose(path: Path) -> str:
    return CODE.sub("", path.read_text("utf-8"))


def commands(path: Path, program: str) -> list[list[str]]:
    """Give each command that a page shows, in a block or between backquotes, without the program."""
    lines = [line for block in code(path, "sh") for line in block.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"`([^`\n]+)`", prose(path))
    found = [shlex.split(line) for line in lines if re.match(rf"(\.venv/bin/)?{program} ", line)]
    return [words[1:] for words in found]


def headings(path: Path) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(path), re.MULTILINE)]


def links(path: Path) -> set[str]:
    """Give the links of a page that stay within the project."""
    found = re.findall(r"\]\(([^)#]+)[^)]*\)", prose(path))
    return {link for link in found if ":" not in link}


def test_readme_opens_with_the_two_commands() -> None:
    assert code(README)[0] == "make demo\nmake test\n"


def test_both_languages_of_the_readme_are_equal_in_form() -> None:
    dutch = ROOT / "README.nl.md"
    assert headings(dutch) == headings(README)
    assert code(dutch) == code(README)
    assert links(dutch) - {"README.md"} == links(README) - {"README.nl.md"}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {words[0] for words in commands(page, "make")} <= targets


@cache
def options_of(*subcommand: str) -> set[str]:
    """Give the options of a command of the console script; fails where there is no such command."""
    command = [sys.executable, "-m", "verwerkingenlog", *subcommand, "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 - our own words
    return set(re.findall(r"--[a-z-]+", shown.stdout))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_their_options_exist(page: Path) -> None:
    for words in commands(page, "verwerkingenlog"):
        names = [word for word in words if re.fullmatch(r"[a-z]+", word)]
        options = options_of(*names[: 2 if words[0] in {"applicatie", "bewijs", "sleutel"} else 1])
        assert {word for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_settings_exist(page: Path) -> None:
    named = set(re.findall(r"VERWERKINGENLOG_[A-Z_]+[A-Z]", page.read_text("utf-8")))
    assert named <= {variable(name) for name in declared()}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files(page: Path) -> None:
    assert [link for link in links(page) if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_examples_in_json_are_json(page: Path) -> None:
    bodies = [body for block in code(page, "sh") for body in re.findall(r"'(\{.*?\})'", block, re.DOTALL)]
    for text in [*code(page, "json"), *bodies]:
        assert json.loads(text)
