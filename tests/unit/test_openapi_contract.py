"""Our OpenAPI documents against the contract of the standard, fact by fact."""

import json
import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.unit.contract_differences import ADDITIONS, DEVIATIONS, IN_PLACE, MAY_DEVIATE, STANDS_FOR, Row
from tests.unit.openapi_facts import Extractor, Facts
from tests.unit.standard_contract import standard_facts
from verwerkingenlog.api.documents import openapi_json
from verwerkingenlog.domain.applicatie import Api

APIS: tuple[Api, ...] = ("bewerking", "inzage")
NARROWING = (
    "pattern",
    "minLength",
    "maxLength",
    "required",
    "enum",
    "additionalProperties",
    "format",
    "min",
    "max",
)
REFERENCES = ("schema", "items", "is")


class Difference(NamedTuple):
    address: str
    word: str
    takes_away: bool


@cache
def document(api: Api) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(openapi_json(api, "https://log.example"))
    return parsed


@cache
def differences(api: Api) -> tuple[Difference, ...]:
    extractor = Extractor(document(api), IN_PLACE)
    return tuple(_compare(_expected(api), extractor.facts(), extractor.input_schemas()))


def _expected(api: Api) -> Facts:
    facts = standard_facts(api)
    names = {theirs: ours for ours, theirs in STANDS_FOR.items() if api == "bewerking"}
    copies = {
        " ".join(["schema", names[address.split()[1]], *address.split()[2:]]): words
        for address, words in facts.items()
        if address.startswith("schema ") and address.split()[1] in names
    }
    return facts | copies


def _compare(standard: Facts, ours: Facts, input_schemas: set[str]) -> Iterator[Difference]:
    for address in standard.keys() - ours.keys():
        yield Difference(address, "gone", takes_away=True)
    for address in ours.keys() - standard.keys():
        yield Difference(address, "new", takes_away=False)
    for address in standard.keys() & ours.keys():
        sent = _is_sent(address, input_schemas)
        lost, gained = standard[address] - ours[address], ours[address] - standard[address]
        replaced = {*REFERENCES, *(word.partition("=")[0] for word in lost)}
        for word in lost:
            yield Difference(address, f"-{word}", takes_away=not (sent and word == "required"))
        for word in gained:
            narrower = sent and word.startswith(NARROWING)
            looser = not sent and word == "nullable"
            other = word.partition("=")[0] in replaced
            yield Difference(address, f"+{word}", takes_away=narrower or looser or other)


def _is_sent(address: str, input_schemas: set[str]) -> bool:
    """Tell whether the address is about what a client sends; what is both sent and served counts as sent."""
    parts = address.split()
    if parts[0] == "schema":
        return parts[1] in input_schemas
    return len(parts) > 2 and parts[2] in {"query", "path", "header", "body"}


def _explains(row: Row, difference: Difference) -> bool:
    return fnmatchcase(difference.address, row[0]) and fnmatchcase(difference.word, row[1])


@pytest.mark.parametrize("api", APIS)
def test_E3_nothing_of_the_standard_is_missing_or_narrower_but_for_the_recorded_deviations(api: Api) -> None:
    unexplained = [
        difference
        for difference in differences(api)
        if difference.takes_away and not any(_explains(row, difference) for row in DEVIATIONS)
    ]
    assert unexplained == []


@pytest.mark.parametrize("api", APIS)
def test_E3_what_we_add_is_listed(api: Api) -> None:
    unexplained = [
        difference
        for difference in differences(api)
        if not difference.takes_away and not any(_explains(row, difference) for row in ADDITIONS)
    ]
    assert unexplained == []


@pytest.mark.parametrize(("rows", "take_away"), [(DEVIATIONS, True), (ADDITIONS, False)])
def test_E3_the_lists_of_differences_hold_nothing_stale(rows: tuple[Row, ...], *, take_away: bool) -> None:
    found = [d for api in APIS for d in differences(api) if d.takes_away is take_away]
    assert [row for row in rows if not any(_explains(row, difference) for difference in found)] == []


def test_E3_only_the_named_rules_take_away_from_the_contract() -> None:
    assert {rule for _, _, rule in DEVIATIONS} == MAY_DEVIATE


@pytest.mark.parametrize("api", APIS)
def test_E3_the_document_tells_its_readers_of_each_deviation(api: Api) -> None:
    told = {entry["regel"] for entry in document(api)["x-afwijkingen"]}
    used = {
        row[2]
        for row in DEVIATIONS
        if any(_explains(row, difference) for difference in differences(api) if difference.takes_away)
    }
    assert told == used


def test_E3_the_two_documents_say_the_same_of_a_verwerkingsactie() -> None:
    bewerking, inzage = (document(api)["components"]["schemas"] for api in APIS)
    whole, part = bewerking["Verwerkingsactie"]["properties"], inzage["VerwerkingsactieBeperkt"]["properties"]
    own = {
        "verwerkteObjecten",
        "vertrouwelijkheid",
        "verwerkingId",
        "afnemerId",
        "tijdstip",
    }  # another reader
    assert {name: part[name] for name in part.keys() - own} == {
        name: whole[name] for name in part.keys() - own
    }


if "REFERENCE_DATA" in os.environ:

    @pytest.mark.parametrize("api", APIS)
    def test_E3_the_table_of_facts_equals_the_contract_of_the_standard(api: Api) -> None:
        source = Path(os.environ["REFERENCE_DATA"], "standaard", f"{api}-openapi.yaml")
        assert Extractor(yaml.safe_load(source.read_text(encoding="utf-8"))).facts() == standard_facts(api)
