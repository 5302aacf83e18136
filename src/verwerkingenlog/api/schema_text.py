"""Says in Dutch what an OpenAPI schema allows, for the documentation page."""

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeAlias

Document: TypeAlias = dict[str, Any]

_TYPES: Final = {
    "string": "tekst",
    "integer": "geheel getal",
    "boolean": "waar of niet waar",
    "object": "object",
}
_FORMATS: Final = {
    "uuid": "UUID",
    "uri": "adres (URI)",
    "uri-reference": "adres (URI)",
    "date": "datum",
    "date-time": "tijdstip",
    "duration": "duur",
}
_NO_NUL: Final = r"^[^\u0000]*$"


class Row(NamedTuple):
    """One property or parameter: `link` names the schema that its type refers to."""

    name: str
    type: str
    link: str | None
    required: bool
    description: str
    limits: list[str]
    values: list[str]
    pattern: str | None
    example: str | None


def rows_of(document: Document, schema: Document) -> list[Row]:
    """Give a row for each property of a schema, with those of the schemas that it builds on."""
    properties, required = flattened(document, schema)
    return [_row(document, name, part, required=name in required) for name, part in properties.items()]


def flattened(document: Document, schema: Document) -> tuple[dict[str, Document], set[str]]:
    """Give the properties of a schema and the names of the required ones, `allOf` included."""
    schema = _target(document, schema)
    properties: dict[str, Document] = dict(schema.get("properties", {}))
    required = set(schema.get("required", []))
    for part in schema.get("allOf", []):
        more, needed = flattened(document, part)
        properties |= more
        required |= needed
    return properties, required


def sample(document: Document, schema: Document) -> Any:  # noqa: ANN401 - any JSON value
    """Make an example of what a schema describes, from the examples of its required properties."""
    schema = _target(document, schema)
    if "example" in schema:
        return schema["example"]
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        return sample(document, choice)
    if schema.get("type") == "array":
        return [sample(document, schema["items"])]
    properties, required = flattened(document, schema)
    return {name: sample(document, part) for name, part in properties.items() if name in required}


def _row(document: Document, name: str, schema: Document, *, required: bool) -> Row:
    whole = _target(document, schema)
    text, link = _type(schema)
    pattern = whole.get("pattern")
    return Row(
        name=name,
        type=text,
        link=link,
        required=required,
        description=whole.get("description", ""),
        limits=list(_limits(whole)),
        values=list(whole.get("enum", [])) if whole.get("type") == "string" else [],
        pattern=None if pattern == _NO_NUL else pattern,
        example=_shown(whole["example"]) if whole.get("example") is not None else None,
    )


def _type(schema: Document) -> tuple[str, str | None]:
    """Say what a value is, and give the name of the schema that says more."""
    if "$ref" in schema:
        return "", schema["$ref"].rpartition("/")[2]
    if schema.get("type") == "array":
        text, link = _type(schema["items"])
        return f"lijst van {text}".strip(), link
    if "oneOf" in schema:
        text, link = _type(schema["oneOf"][0])
        return f"een of meer {text}".strip(), link
    text = _FORMATS.get(schema.get("format", ""), _TYPES.get(schema.get("type", ""), ""))
    return text, None


def _limits(schema: Document) -> Iterator[str]:
    if schema.get("readOnly"):
        yield "alleen lezen"
    if schema.get("nullable"):
        yield "mag null zijn"
    yield from _range(schema, "minLength", "maxLength", "tekens")
    yield from _range(schema, "minimum", "maximum", "")
    yield from _range(schema, "minItems", "maxItems", "in de lijst")
    if schema.get("pattern") == _NO_NUL:
        yield "zonder NUL-teken"
    if "default" in schema:
        yield f"zonder waarde: {_shown(schema['default'])}"


def _range(schema: Document, lowest: str, highest: str, unit: str) -> Iterator[str]:
    low, high = schema.get(lowest), schema.get(highest)
    if low is not None and low == high:
        yield f"precies {low} {unit}".strip()
    elif low is not None and high is not None:
        yield f"{low} tot {high} {unit}".strip()
    elif high is not None:
        yield f"hoogstens {high} {unit}".strip()
    elif low == 1 and lowest != "minimum":
        yield "niet leeg"
    elif low is not None:
        yield f"minstens {low} {unit}".strip()


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _target(document: Document, schema: Document) -> Document:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
