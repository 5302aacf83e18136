"""A client that a generator makes from our documents takes and gives what the log does."""

import json
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from tests.support.generated_client import generate_client
from verwerkingenlog.api.documents import openapi_json
from verwerkingenlog.domain.applicatie import Api

BASE_URL = "https://log.gemeente.example"


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> dict[Api, ModuleType]:
    folder = tmp_path_factory.mktemp("clients")
    apis: tuple[Api, ...] = ("bewerking", "inzage")
    return {api: generate_client(openapi_json(api, BASE_URL), folder / f"client_of_{api}") for api in apis}


def model(client: ModuleType, name: str) -> Any:  # noqa: ANN401 - of generated code
    return getattr(import_module(f"{client.__name__}.models"), name)


def example(api: Api, kind: str, name: str) -> dict[str, Any]:
    components = json.loads(openapi_json(api, BASE_URL))["components"]
    found: dict[str, Any] = components[kind][name]["content"]["application/json"]["example"]
    return found


@pytest.mark.parametrize("api", ["bewerking", "inzage"])
def test_E4_the_client_has_a_function_for_every_operation(clients: dict[Api, ModuleType], api: Api) -> None:
    for path in json.loads(openapi_json(api, BASE_URL))["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                package, name = operation["tags"][0], operation["operationId"]
                module = f"{clients[api].__name__}.api.{package}.{name}".replace("-", "_")
                assert callable(import_module(module).sync_detailed)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("VerwerkingsactieUitgebreidBasis", "VerwerkingsactieUitgebreidBasis"),
        ("VerwerkingsactieUitgebreid", "VerwerkingsactieWijziging"),
        ("PatchRequestBody", "PatchRequestBody"),
        ("Zoekvraag", "Zoekvraag"),
    ],
)
def test_E4_the_client_sends_the_example_as_it_is(
    clients: dict[Api, ModuleType], body: str, name: str
) -> None:
    sent = example("bewerking", "requestBodies", body)
    assert model(clients["bewerking"], name).from_dict(sent).to_dict() == sent


@pytest.mark.parametrize(
    ("api", "answer", "name"),
    [
        ("bewerking", "Verwerkingsactie", "VerwerkingsactieUitgebreid"),
        ("inzage", "VerwerktObject", "VerwerktObjectUitgebreid"),
    ],
)
def test_M5_the_client_reads_the_example_with_its_empty_elements(
    clients: dict[Api, ModuleType], api: Api, answer: str, name: str
) -> None:
    served = example(api, "responses", answer)
    read = model(clients[api], name).from_dict(served).to_dict()
    in_utc = json.loads(json.dumps(served).replace('17Z"', '17+00:00"'))  # how Python writes the same moment
    assert read == in_utc


def test_U1_what_the_client_read_it_can_send_back(clients: dict[Api, ModuleType]) -> None:
    read = model(clients["bewerking"], "VerwerkingsactieUitgebreid").from_dict(
        example("bewerking", "responses", "Verwerkingsactie")
    )
    sent = model(clients["bewerking"], "VerwerkingsactieWijziging").from_dict(read.to_dict())
    assert sent.to_dict() == read.to_dict()
