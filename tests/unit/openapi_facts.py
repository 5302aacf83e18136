"""Takes the facts out of an OpenAPI 3.0 document, as a flat table of addresses and words.

An address names a place (`GET /verwerkingsacties query objectId`, `schema Fout code`); its words are what the
document says there, such as `string`, `maxLength=40` or `required`. Texts and examples are no facts.
"""

from collections.abc import Collection, Iterator
from typing import Any, TypeAlias

Facts: TypeAlias = dict[str, frozenset[str]]
Schema: TypeAlias = dict[str, Any]

_METHODS = ("get", "post", "put", "patch", "delete")
_VALUES = (
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minProperties",
    "default",
    "additionalProperties",
)
_FLAGS = ("readOnly", "nullable", "required")


class Extractor:
    """Reads one document; the schemas named `in_place` count as written where they are used."""

    def __init__(self, document: Schema, in_place: Collection[str] = ()) -> None:
        self.document = document
        self.schemas: dict[str, Schema] = document["components"]["schemas"]
        self.in_place = in_place

    def facts(self) -> Facts:
        """Give every fact of the document."""
        rows = [*self._security(), *self._operations(), *self._schemas()]
        return {address: frozenset(words) for address, words in rows}

    def input_schemas(self) -> set[str]:
        """Give the names of the schemas that describe what a client sends."""
        found: set[str] = set()
        for _, operation in self._each_operation():
            for content in self._resolve(operation.get("requestBody", {})).get("content", {}).values():
                self._collect(content["schema"], found)
        return found

    def _collect(self, value: object, found: set[str]) -> None:
        if isinstance(value, list):
            for part in value:
                self._collect(part, found)
        elif isinstance(value, dict):
            name = _name(value)
            if name and name not in found:
                found.add(name)
                self._collect(self.schemas[name], found)
            for part in value.values():
                self._collect(part, found)

    def _security(self) -> Iterator[tuple[str, set[str]]]:
        yield "security", {name for entry in self.document["security"] for name in entry}
        for name, scheme in self.document["components"]["securitySchemes"].items():
            yield f"securityScheme {name}", {scheme["type"], scheme["scheme"], scheme["bearerFormat"]}

    def _each_operation(self) -> Iterator[tuple[str, Schema]]:
        for path, item in self.document["paths"].items():
            for method in _METHODS:
                if method in item:
                    shared = item.get("parameters", [])
                    own = item[method].get("parameters", [])
                    yield f"{method.upper()} {path}", {**item[method], "parameters": [*shared, *own]}

    def _operations(self) -> Iterator[tuple[str, set[str]]]:
        for address, operation in self._each_operation():
            words = {f"operationId={operation['operationId']}", *(f"tag={tag}" for tag in operation["tags"])}
            for entry in operation["security"]:
                words |= {f"scope={scope}" for scopes in entry.values() for scope in scopes}
            yield address, words
            for parameter in map(self._resolve, operation["parameters"]):
                place = f"{address} {parameter['in']} {parameter['name']}"
                yield place, self._words(parameter["schema"], required=parameter.get("required", False))
            yield from self._body(address, self._resolve(operation.get("requestBody", {})))
            for code, answer in operation["responses"].items():
                yield from self._answer(f"{address} {code}", self._resolve(answer))

    def _body(self, address: str, body: Schema) -> Iterator[tuple[str, set[str]]]:
        if body:
            words = {"required"} if body.get("required") else set()
            for media_type, content in body["content"].items():
                words |= {media_type, f"schema={_name(content['schema'])}"}
            yield f"{address} body", words

    def _answer(self, address: str, answer: Schema) -> Iterator[tuple[str, set[str]]]:
        words: set[str] = set()
        for media_type, content in answer.get("content", {}).items():
            words.add(media_type)
            name = _name(content["schema"])
            if name and name not in self.in_place:
                words.add(f"schema={name}")
            else:
                yield from self._properties(address, content["schema"])
        yield address, words
        for name, header in answer.get("headers", {}).items():
            yield f"{address} header {name.lower()}", self._words(self._resolve(header)["schema"])

    def _schemas(self) -> Iterator[tuple[str, set[str]]]:
        for name, schema in self.schemas.items():
            if name not in self.in_place:
                words = self._words({key: value for key, value in schema.items() if key != "required"})
                yield f"schema {name}", words - {"object"}
                yield from self._properties(f"schema {name}", schema)

    def _properties(self, address: str, schema: Schema) -> Iterator[tuple[str, set[str]]]:
        properties, required = self._flattened(schema)
        for name in {**properties, **dict.fromkeys(required)}:
            yield f"{address} {name}", self._words(properties.get(name, {}), required=name in required)

    def _flattened(self, schema: Schema) -> tuple[dict[str, Schema], set[str]]:
        schema = self._resolve(schema)
        properties: dict[str, Schema] = dict(schema.get("properties", {}))
        required = set(schema.get("required", []))
        for part in schema.get("allOf", []):
            more, needed = self._flattened(part)
            properties |= more
            required |= needed
        return properties, required

    def _words(self, schema: Schema, *, required: bool = False) -> set[str]:
        words = {"required"} if required else set()
        name = _name(schema)
        if name:
            return words | {f"is={name}"}
        if "type" in schema:
            words.add(schema["type"])
        words |= {f"{key}={schema[key]}" for key in _VALUES if key in schema}
        words |= {key for key in _FLAGS if schema.get(key) is True}
        if "enum" in schema:
            words.add("enum=" + "|".join(map(str, schema["enum"])))
        if "items" in schema:
            words.add(f"items={_name(schema['items'])}")
        return words

    def _resolve(self, value: Schema) -> Schema:
        while "$ref" in value:
            target: Any = self.document
            for key in value["$ref"].removeprefix("#/").split("/"):
                target = target[key]
            value = target
        return value


def _name(schema: Schema) -> str | None:
    reference: str | None = schema.get("$ref")
    return reference.rpartition("/")[2] if reference else None
