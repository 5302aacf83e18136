"""The YAML of a file of settings: its bytes to plain values."""

from collections.abc import Hashable

import yaml

from verwerkingenlog.errors import ConfigurationError


class _Loader(yaml.SafeLoader):
    """A safe loader that refuses a repeated key, of which YAML would keep the last in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:  # noqa: FBT001, FBT002 - PyYAML's signature
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise ConfigurationError(f"regel {node.start_mark.line + 1}: {key!r} staat er meer dan eens.")
        return super().construct_mapping(node, deep=deep)


def read_document(content: bytes) -> object:
    """Read one YAML document.

    Raises `ConfigurationError` when it is none, or has a key twice; its sentence does not repeat the content.
    """
    try:
        return yaml.load(content.decode(), _Loader)  # noqa: S506 - a SafeLoader: makes plain values only
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # PyYAML quotes the line at fault, which may hold a secret: only its number is repeated.
        mark = getattr(error, "problem_mark", None)
        place = f" (regel {mark.line + 1})" if mark else ""
        raise ConfigurationError(f"het is geen geldige YAML in UTF-8{place}.") from None
