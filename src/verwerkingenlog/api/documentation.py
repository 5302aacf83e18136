"""Turns an OpenAPI document into a page for people: plain HTML, no script, no other file.

The page shows what the document says and nothing else. A parameter with an `example` of its own takes part
in the ready-made `curl` command.
"""

import json
import shlex
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import quote, urlencode

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from verwerkingenlog.api.schema_text import Row, rows_of, sample

Document: TypeAlias = dict[str, Any]

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_PLACES: Final = {"query": "in het adres", "path": "in het pad", "header": "als kop"}
_ERROR: Final = 400


class Answer(NamedTuple):
    """What the server may answer with."""

    code: str
    description: str
    headers: list[str]
    schema: str | None
    example: str | None


class Operation(NamedTuple):
    """One operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    scopes: list[str]
    parameters: list[tuple[str, list[Row]]]
    body: str | None
    """The schema of what is sent, in any of `media_types`."""
    media_types: tuple[str, ...]
    curl: str
    answers: list[Answer]
    errors: list[Answer]


class Schema(NamedTuple):
    """One named schema as the page shows it; what a client sends is closed (rule P5), what it gets is not."""

    name: str
    description: str
    closed: bool
    rows: list[Row]


def render(document: Document) -> str:
    """Give the page of an OpenAPI 3.0 document, as HTML."""
    server = document["servers"][0]["url"]
    operations = list(_operations(document, server))
    groups = [
        (tag, [operation for tags, operation in operations if tag["name"] in tags])
        for tag in document["tags"]
    ]
    schemas = [_schema(document, name) for name in document["components"]["schemas"]]
    return _template().render(
        document=document, server=server, groups=groups, schemas=schemas, security=_security(document)
    )


def _security(document: Document) -> str:
    (scheme,) = document["components"]["securitySchemes"].values()
    return str(scheme["description"])


def _operations(document: Document, server: str) -> Iterator[tuple[list[str], Operation]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                parameters = [*item.get("parameters", []), *item[method].get("parameters", [])]
                operation = {**item[method], "parameters": [_resolved(document, part) for part in parameters]}
                yield item[method]["tags"], _operation(document, server, method.upper(), path, operation)


def _operation(document: Document, server: str, method: str, path: str, operation: Document) -> Operation:
    parameters = operation["parameters"]
    content = _resolved(document, operation.get("requestBody", {})).get("content", {})
    body = content.get("application/json")
    answers = [_answer(document, code, answer) for code, answer in operation["responses"].items()]
    answers.sort(key=lambda answer: answer.code)
    return Operation(
        id=operation["operationId"],
        method=method,
        path=_with_fixed_parts(path, parameters),
        summary=operation["summary"],
        description=operation["description"],
        scopes=[scope for entry in operation["security"] for scopes in entry.values() for scope in scopes],
        parameters=list(_parameter_groups(document, parameters)),
        body=_reference(body["schema"]) if body else None,
        media_types=tuple(content),
        curl=_curl(server, method, path, operation, body),
        answers=[answer for answer in answers if int(answer.code) < _ERROR],
        errors=[answer for answer in answers if int(answer.code) >= _ERROR],
    )


def _with_fixed_parts(path: str, parameters: Iterable[Document]) -> str:
    """Show a part of the path that can have only one value as that value."""
    for parameter in parameters:
        values = parameter["schema"].get("enum", [])
        if parameter["in"] == "path" and len(values) == 1:
            path = path.replace(f"{{{parameter['name']}}}", values[0])
    return path


def _parameter_groups(document: Document, parameters: list[Document]) -> Iterator[tuple[str, list[Row]]]:
    for place, label in _PLACES.items():
        here = [parameter for parameter in parameters if parameter["in"] == place]
        properties = {
            parameter["name"]: {
                **parameter["schema"],
                "description": parameter["description"],
                **({"example": parameter["example"]} if "example" in parameter else {}),
            }
            for parameter in here
        }
        required = {parameter["name"] for parameter in here if parameter.get("required")}
        if here:
            yield label, rows_of(document, {"properties": properties, "required": list(required)})


def _answer(document: Document, code: str, reference: Document) -> Answer:
    answer = _resolved(document, reference)
    headers = [
        f"{name}: {_resolved(document, header)['description']}" for name, header in _own_headers(answer)
    ]
    for content in answer.get("content", {}).values():
        schema = content["schema"]
        example = content.get("example", sample(document, schema)) if int(code) < _ERROR else None
        return Answer(code, answer["description"], headers, _reference(schema), _pretty(example or None))
    return Answer(code, answer["description"], headers, None, None)


def _own_headers(answer: Document) -> Iterator[tuple[str, Document]]:
    return ((name, header) for name, header in answer.get("headers", {}).items() if name != "API-Version")


def _schema(document: Document, name: str) -> Schema:
    schema = document["components"]["schemas"][name]
    closed = schema.get("additionalProperties") is False
    return Schema(name, schema.get("description", ""), closed, rows_of(document, schema))


def _curl(server: str, method: str, path: str, operation: Document, body: Document | None) -> str:
    shown = [parameter for parameter in operation["parameters"] if "example" in parameter]
    for parameter in shown:
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(str(parameter["example"])))
    query = urlencode([(p["name"], p["example"]) for p in shown if p["in"] == "query"], doseq=True)
    address = f"{server}{path}?{query}" if query else f"{server}{path}"
    parts = [
        f"curl {shlex.quote(address)}" if method == "GET" else f"curl -X {method} {shlex.quote(address)}"
    ]
    if operation["security"]:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    if body:
        parts += [
            "-H 'Content-Type: application/json'",
            f"--data {shlex.quote(_pretty(body['example']) or '')}",
        ]
    return " \\\n  ".join(parts)


def _pretty(example: object) -> str | None:
    if example is None or isinstance(example, str):
        return example
    return json.dumps(example, ensure_ascii=False, indent=2)


def _reference(schema: Document) -> str | None:
    reference: str | None = schema.get("$ref")
    return reference.rpartition("/")[2] if reference else None


def _resolved(document: Document, value: Document) -> Document:
    while "$ref" in value:
        target: Any = document
        for key in value["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        value = target
    return value


def _text(text: str) -> Markup:
    """Set a description: an empty line starts a paragraph, backquotes mark code."""
    paragraphs = (Markup("<p>{}</p>").format(_inline(part)) for part in text.split("\n\n"))
    return Markup("\n").join(paragraphs)


def _inline(text: str) -> Markup:
    pieces = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if index % 2 else escape(piece)
        for index, piece in enumerate(pieces)
    )


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["text"] = _text
    environment.filters["inline"] = _inline
    source = files("verwerkingenlog.api").joinpath("documentation.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(source)
