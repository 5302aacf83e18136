"""The OpenAPI documents as they are served, and the page made from them."""

import json
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
import yaml

from verwerkingenlog.api.documentation import render
from verwerkingenlog.api.documents import (
    BASE_PATHS,
    Onderdeel,
    api_version,
    documentation_page,
    openapi_json,
    openapi_yaml,
)

BASE_URL = "https://log.gemeente.example"
each_api = pytest.mark.parametrize("api", BASE_PATHS)


class Page(HTMLParser):
    """Collects what the tests ask about."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def values(self, attribute: str) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get(attribute)) is not None]

    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]


@each_api
def test_E4_the_document_names_the_address_of_this_server(api: Onderdeel) -> None:
    document = json.loads(openapi_json(api, BASE_URL))
    assert document["servers"] == [{"url": f"{BASE_URL}{BASE_PATHS[api]}"}]
    assert b"verwerkingenlog.example/" not in openapi_json(api, BASE_URL)


@each_api
def test_E4_json_and_yaml_say_the_same(api: Onderdeel) -> None:
    text = openapi_yaml(api, BASE_URL).decode()
    assert yaml.safe_load(text) == json.loads(openapi_json(api, BASE_URL))
    assert "&id0" not in text


@each_api
def test_E4_another_base_url_gives_another_document(api: Onderdeel) -> None:
    assert openapi_json(api, BASE_URL) != openapi_json(api, "https://log.elders.example")


@each_api
def test_E2_the_version_is_that_of_the_document(api: Onderdeel) -> None:
    assert json.loads(openapi_json(api, BASE_URL))["info"]["version"] == api_version(api)


@each_api
def test_E4_every_reference_in_the_document_leads_somewhere(api: Onderdeel) -> None:
    document = json.loads(openapi_json(api, BASE_URL))
    references = _references(document)
    assert references
    for reference in references:
        target: Any = document
        for key in reference.removeprefix("#/").split("/"):
            target = target[key]


@each_api
def test_E4_every_component_of_the_document_is_used(api: Onderdeel) -> None:
    document = json.loads(openapi_json(api, BASE_URL))
    names = {
        f"#/components/{kind}/{name}"
        for kind, components in document["components"].items()
        if kind != "securitySchemes"
        for name in components
    }
    assert names == set(_references(document))


@each_api
def test_E4_the_page_needs_no_script_and_no_other_file(api: Onderdeel) -> None:
    page = Page(documentation_page(api, BASE_URL))
    assert not {"script", "link", "img", "iframe", "object", "embed", "form"} & set(page.tags())
    assert not page.values("src")
    assert b"url(" not in documentation_page(api, BASE_URL)
    assert b"@import" not in documentation_page(api, BASE_URL)


@each_api
def test_E4_the_page_shows_every_operation_and_schema_and_its_links_work(api: Onderdeel) -> None:
    document = json.loads(openapi_json(api, BASE_URL))
    page = Page(documentation_page(api, BASE_URL))
    places = page.values("id")
    operations = {
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
    }
    assert operations | {f"schema-{name}" for name in document["components"]["schemas"]} <= set(places)
    assert len(places) == len(set(places))
    assert {link.removeprefix("#") for link in page.values("href") if link.startswith("#")} <= set(places)


@each_api
def test_E4_the_page_can_be_used_with_a_keyboard_and_a_screen_reader(api: Onderdeel) -> None:
    page = Page(documentation_page(api, BASE_URL))
    tags = page.tags()
    assert page.values("lang") == ["nl"]
    assert tags.count("h1") == tags.count("main") == 1
    levels = [int(tag[1]) for tag in tags if tag in {"h1", "h2", "h3", "h4"}]
    assert all(below - above <= 1 for above, below in pairwise(levels))
    scrolling = [attributes for tag, attributes in page.elements if tag == "pre"]
    assert scrolling
    assert all(attributes.get("tabindex") == "0" and attributes.get("aria-label") for attributes in scrolling)


@each_api
def test_E4_the_page_shows_a_command_for_every_operation(api: Onderdeel) -> None:
    html = documentation_page(api, BASE_URL).decode()
    document = json.loads(openapi_json(api, BASE_URL))
    operations = sum(isinstance(part, dict) for item in document["paths"].values() for part in item.values())
    assert html.count("<code>curl ") == operations
    assert ("/_vervolg/{cursor}" in html) == (api != "bewijs")


@each_api
def test_E4_the_page_shows_no_example_that_says_nothing(api: Onderdeel) -> None:
    """As of an answer of bytes."""
    page = documentation_page(api, BASE_URL).decode()
    assert "<code>{}</code>" not in page


def test_E4_text_of_the_document_cannot_become_markup_on_the_page() -> None:
    document = json.loads(openapi_json("inzage", BASE_URL))
    document["info"]["description"] = "<script>alert(1)</script> en `<b>`"
    html = render(document)
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; en <code>&lt;b&gt;</code>" in html


def _references(value: object) -> list[str]:
    if isinstance(value, list):
        return [reference for part in value for reference in _references(part)]
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [reference for part in value.values() for reference in _references(part)]
    return []
