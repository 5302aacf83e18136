"""Schemathesis against the live server, from its own documents: all phases, stateful, all checks.

Where a rule prescribes a refusal that a schema can't express, `PRESCRIBED` names the rule.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pytest
import schemathesis
from schemathesis.config import (
    GenerationConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.core.failures import Failure
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import Interaction, ScenarioRecorder

from tests.support.applications import OTHER_CLIENT
from tests.support.bulk import lines
from tests.support.client import BEWERKING, BEWIJS, INZAGE, Client

EXAMPLES = {"bewerking": 60, "inzage": 60, "bewijs": 60}
"""Examples per operation, and scenarios of the state machine."""
STATEFUL = {"bewerking", "inzage"}
"""Where the answer to one operation leads to another."""
BASES = {"bewerking": BEWERKING, "inzage": INZAGE, "bewijs": BEWIJS}


class Refusal(NamedTuple):
    """What a rule prescribes: which requests (by method and path), which status, which faults."""

    rule: str
    request: str
    status: int
    faults: str = ""


PRESCRIBED = [
    Refusal("P4: an afnemer of soort OIN is an OIN", "(POST|PUT) .*", 400, r"(\d+\.)?afnemerId pattern"),
    Refusal("P6: the same key with another body", "POST .*/verwerkingsacties(/_bulk)?", 422),
    Refusal("M7: a BSN has 1 to 9 digits", ".*", 400, r"(\d+\.)?(verwerkteObjecten\.\d+\.)?objectId pattern"),
    Refusal("G1: the end lies after the beginning", "(GET|POST) .*", 400, "eindDatum invalid"),
    Refusal("G5: a link works as it was given", "GET .*/_vervolg/.*", 400, "cursor invalid"),
    Refusal("G2: a partial actie cannot be put back", "PUT .*", 400, "onvolledig .*"),
    Refusal("U1, D1: the actie exists", "(PUT|DELETE) .*", 400, "actieId unknown"),
    Refusal("U3: an id names one object", "PUT .*", 400, r"verwerkteObjecten\.\d+\.verwerktObjectId .*"),
    Refusal("W3: the verwerking exists", "PATCH .*", 400, "verwerkingId(Afnemer)? unknown"),
    Refusal(
        "W3: exactly one of two parameters", "PATCH .*", 400, "verwerkingId(Afnemer)? (required|invalid)"
    ),
    Refusal("E5: the version is current", "(PUT|DELETE) .*", 412),
    Refusal("E5: a tag has the form of the document", "(PUT|DELETE) .*", 400, "If-Match format"),
]


@schemathesis.serializer("application/x-ndjson", "application/ndjson")
def as_lines(_: schemathesis.SerializationContext, value: object) -> bytes:
    """Write a list as the document says: an element a line."""
    return lines(value) if isinstance(value, list) else json.dumps(value).encode()


KEEPS_HISTORY = re.compile(r"GET .*/versies")
"""What a DELETE leaves (D1, H1): `use_after_free` expects nothing to be left."""

DURATION = re.compile(r'"P[0-9.,YMWDTHS]+(?:"| \.\.\.) is not (.*)/properties/bewaartermijn:', re.DOTALL)
"""A bewaartermijn as it was given (P4, R1): the checker knows RFC 3339's durations, not all of ISO 8601."""

VIOLATES_FORMAT = re.compile("in body - violates `(format|pattern)`")
"""An empty text stands for null (M5), which the schema of an element with a format does not say."""


class Run:
    """One run of the engine: how many cases there were, and what failed without a rule that prescribes it."""

    def __init__(self, stream: Iterator[events.EngineEvent]) -> None:
        self.cases: Counter[str] = Counter()
        self.failures: set[str] = set()
        for event in stream:
            if isinstance(event, events.ScenarioFinished):
                self.cases[event.phase.value] += len(event.recorder.interactions)
                self._judge(event.recorder)
            elif isinstance(event, events.NonFatalError):
                self.failures.add(f"{event.label}: {event.value}")
            elif isinstance(event, events.FatalError):
                raise event.exception

    def _judge(self, recorder: ScenarioRecorder) -> None:
        for case_id, checks in recorder.checks.items():
            for check in checks:
                if check.failure_info is not None:
                    told = _unexplained(
                        check.name, check.failure_info.failure, recorder.interactions[case_id]
                    )
                    self.failures.update(told)


def _unexplained(check: str, failure: Failure, interaction: Interaction) -> list[str]:
    path = interaction.request.uri.partition("?")[0]
    request = f"{interaction.request.method} {path}"
    status = interaction.response.status_code if interaction.response else 0
    faults = _faults(interaction)
    if check == "use_after_free" and KEEPS_HISTORY.fullmatch(request):
        return []
    if (
        check == "negative_data_rejection"
        and VIOLATES_FORMAT.search(failure.message)
        and _has_empty(interaction)
    ):
        return []
    if check == "negative_data_rejection" and _refuses_some(interaction):
        return []
    if check == "response_schema_conformance" and DURATION.match(failure.message):
        return []
    if check == "positive_data_acceptance" and all(
        _prescribed(request, status, fault) or _is_guess(interaction, fault) for fault in faults
    ):
        return []
    headers = _headers(interaction)
    headers.pop("authorization", None)
    sent = f"{request} {headers} {interaction.request.body!r:.500}"
    return [f"{check}: {sent} {status} {faults} {failure.title}: {failure.message[:300]}"]


def _is_guess(interaction: Interaction, fault: str) -> bool:
    """Tell whether the fault is in a header that the checker filled with an empty element of an answer (M5).

    It guesses that a header takes what an answer holds under the same name, and writes null as a text.
    """
    name, _, code = fault.partition(" ")
    return code == "format" and _headers(interaction).get(name.lower()) == ["null"]


def _headers(interaction: Interaction) -> dict[str, list[str]]:
    return {name.lower(): values for name, values in interaction.request.headers.items()}


def _has_empty(interaction: Interaction) -> bool:
    return b'""' in (interaction.request.body or b"")


def _refuses_some(interaction: Interaction) -> bool:
    """Tell whether a bulk was answered with a refusal inside: `perStuk=ja` (P2)."""
    if interaction.response is None or "/_bulk?" not in interaction.request.uri:
        return False
    answer = json.loads(interaction.response.content)
    return interaction.response.status_code == 200 and answer["geweigerd"] > 0


def _faults(interaction: Interaction) -> list[str]:
    if interaction.response is None or interaction.response.status_code != 400:
        return [""]
    found = json.loads(interaction.response.content)["invalidParams"]
    return [f"{each['name']} {each['code']}" for each in found]


def _prescribed(request: str, status: int, fault: str) -> bool:
    return any(
        status == each.status and re.fullmatch(each.request, request) and re.fullmatch(each.faults, fault)
        for each in PRESCRIBED
    )


@pytest.mark.parametrize("api", EXAMPLES)
def test_E1_E4_S4_the_server_keeps_to_its_own_document(client: Client, api: str) -> None:
    caller = client.as_application(OTHER_CLIENT)  # it has every scope of both APIs
    project = ProjectConfig(
        headers={"Authorization": caller.authorization},
        continue_on_failure=True,
        generation=GenerationConfig(
            max_examples=EXAMPLES[api], deterministic=True, database="none", no_shrink=True
        ),
    )
    config = SchemathesisConfig(seed=1, projects=ProjectsConfig(default=project))
    schema = schemathesis.openapi.from_url(f"{client.url}{BASES[api]}/openapi.json", config=config)
    run = Run(from_schema(schema).execute())
    print(f"\nschemathesis, {api}: {run.cases.total()} cases {dict(run.cases)}")  # noqa: T201 - asked for
    assert set(run.cases) == {"examples", "coverage", "fuzzing", *(["stateful"] if api in STATEFUL else [])}
    assert not run.failures, "\n".join(sorted(run.failures))
