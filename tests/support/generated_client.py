"""A client of our APIs as a supplier would make it: by a generator, from the document that we serve."""

import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

# The generator knows no YAML and no NDJSON; hooks would only tidy the code.
_SETTINGS = {
    "content_type_overrides": {
        "application/yaml": "text/plain",
        "application/x-ndjson": "application/octet-stream",
        "application/ndjson": "application/octet-stream",
    },
    "post_hooks": [],
}


def generate_client(document: bytes, target: Path) -> ModuleType:
    """Generate a client from an OpenAPI document in JSON into the new folder `target`, and import it.

    The package is called as the folder; `importlib.import_module` finds its parts under that name.
    Raises `RuntimeError` with what the generator said if a part of the document was too much for it.
    """
    source, settings = target.with_suffix(".openapi.json"), target.with_suffix(".settings.json")
    source.write_bytes(document)
    settings.write_text(json.dumps(_SETTINGS), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "openapi_python_client",
        "generate",
        "--meta",
        "none",
        "--fail-on-warning",
    ]
    arguments = ["--path", str(source), "--config", str(settings), "--output-path", str(target)]
    generated = subprocess.run(  # noqa: S603 - our own command
        [*command, *arguments], capture_output=True, text=True, check=False
    )
    if generated.returncode != 0:
        raise RuntimeError(generated.stdout + generated.stderr)
    return _imported(target)


def _imported(package: Path) -> ModuleType:
    spec = spec_from_file_location(
        package.name, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{package} is no Python package")
    module = module_from_spec(spec)
    sys.modules[package.name] = module
    spec.loader.exec_module(module)
    return module
