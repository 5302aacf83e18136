import logging
from pathlib import Path
from typing import Any

import pytest
from rich.pretty import pretty_repr

from verwerkingenlog.domain.applicatie import Applicatie, parse_applicatie, parse_applicaties
from verwerkingenlog.domain.toegang import Scope
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.storage.applicatiebestand import Applicatiebestand

SECRET = "een geheim van meer dan 32 tekens"
FROM_THE_ISSUE = """
applicaties:
  - client_id: zaaksysteem
    secret: "een geheim van meer dan 32 tekens"
    label: Zaaksysteem
    oins: ["00000001821002193000"]
    scopes:
      bewerking: ["create:normal", "read:normal"]
      inzage: []
  - client_id: burgerportaal
    secret_env: GEHEIM_PORTAAL
    label: Burgerportaal
    scopes:
      inzage: ["read:normal"]
"""


def entry(**changes: object) -> dict[str, Any]:
    given = {"client_id": "zaaksysteem", "secret": SECRET, "scopes": {"bewerking": []}, **changes}
    return {name: value for name, value in given.items() if value is not ...}


def faults_of(document: object) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        parse_applicaties(document, {})
    assert SECRET not in str(caught.value)
    return str(caught.value).splitlines()


def bestand(path: Path, text: str | bytes) -> Applicatiebestand:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Applicatiebestand(path, {"GEHEIM_PORTAAL": "p" * 32})


def read(path: Path, text: str | bytes) -> tuple[Applicatie, ...]:
    file = bestand(path, text)
    return file.parse(file.content())


def test_S2_the_file_of_the_documentation_is_read(tmp_path: Path) -> None:
    zaaksysteem, portaal = read(tmp_path / "applicaties.yaml", FROM_THE_ISSUE)
    assert zaaksysteem == Applicatie(
        "zaaksysteem",
        SECRET,
        "Zaaksysteem",
        ("00000001821002193000",),
        frozenset({Scope.CREATE_NORMAL, Scope.READ_NORMAL}),
        frozenset(),
    )
    assert portaal.secret == "p" * 32
    assert portaal.oins == ()


def test_S2_an_api_that_is_not_named_is_not_granted() -> None:
    applicatie = parse_applicatie(entry(scopes={"inzage": []}), {})
    assert applicatie.scopes("bewerking") is None
    assert applicatie.scopes("inzage") == frozenset()


def test_S2_registered_for_bewerking_gives_create_normal() -> None:
    assert parse_applicatie(entry(scopes={"bewerking": []}), {}).bewerking == frozenset({Scope.CREATE_NORMAL})
    assert parse_applicatie(entry(scopes={"inzage": []}), {}).inzage == frozenset()


def test_S1_the_secret_is_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    applicatie = parse_applicatie(entry(), {})
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("%s %r", applicatie, [applicatie])
    shown = [repr(applicatie), str(applicatie), f"{applicatie}", pretty_repr(applicatie), caplog.text]
    assert all("zaaksysteem" in text and SECRET not in text for text in shown)


def test_S1_all_faults_are_told_at_once() -> None:
    faults = faults_of(
        {
            "applicaties": [
                {"client_id": 7, "secret": "kort", "kleur": "rood", "scopes": {"bewerking": ["write"]}},
                entry(oins=["123"], label=None),
                "zaaksysteem",
                entry(client_id="double"),
                entry(client_id="double"),
            ],
            "versie": 1,
        }
    )
    named = [
        "bestand: het veld 'versie'",
        "applicaties.0: het veld 'kleur'",
        "applicaties.0.client_id:",
        "applicaties.0.secret:",
        "applicaties.0.scopes.bewerking:",
        "applicaties.1 (zaaksysteem).label:",
        "applicaties.1 (zaaksysteem).oins:",
        "applicaties.2:",
        "client_id double",
    ]
    assert all(any(fault.startswith(name) for fault in faults) for name in named), faults


@pytest.mark.parametrize("document", [None, [], "x", {}, {"applicaties": None}, {"applicaties": {}}])
def test_S1_a_file_without_a_list_is_refused(document: object) -> None:
    assert "applicaties:" in faults_of(document)[0]


def test_S1_an_empty_list_is_accepted() -> None:
    assert parse_applicaties({"applicaties": []}, {}) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": ...},
        {"client_id": ""},
        {"client_id": "-zaak"},
        {"client_id": "zaak systeem"},
        {"client_id": "zaak\nsysteem"},
        {"client_id": "zaaksysteem\n"},
        {"client_id": "zaaksystéém"},
        {"client_id": "z" * 256},
        {"client_id": 123},
        {"secret": ...},
        {"secret": "x" * 31},
        {"secret": "x" * 1025},
        {"secret": 12345678901234567890123456789012},
        {"secret": "x" * 32 + "\n"},
        {"secret": "x" * 32 + "\ud800"},
        {"secret": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJMY"},
        {"secret": "-----BEGIN PUBLIC KEY----- MFkwEwYHKoZI"},
        {"secret_env": "GEHEIM"},
        {"secret": ..., "secret_env": "ONBEKEND"},
        {"secret": ..., "secret_env": ["GEHEIM"]},
        {"label": "x" * 256},
        {"label": "a\x00b"},
        {"label": 5},
        {"oins": "00000001821002193000"},
        {"oins": [1821002193000]},
        {"oins": ["0000000182100219300"]},
        {"oins": ["0000000182100219300٣"]},
        {"oins": ["00000001821002193000", "00000001821002193000"]},
        {"scopes": ...},
        {"scopes": ["create:normal"]},
        {"scopes": {"var": []}},
        {"scopes": {"bewerking": None}},
        {"scopes": {"bewerking": "create:normal"}},
        {"scopes": {"bewerking": ["Create:normal"]}},
        {"scopes": {"bewerking": ["read:normal", "read:normal"]}},
        {"scopes": {"inzage": [{"read": "normal"}]}},
        {"roles": []},
    ],
)
def test_S1_a_registration_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    faults = faults_of({"applicaties": [entry(**changes)]})
    assert len(faults) == 1
    with pytest.raises(ConfigurationError):
        parse_applicatie(entry(**changes), {})


def test_S1_a_secret_from_the_environment_obeys_the_same_rules() -> None:
    given = entry(secret=..., secret_env="GEHEIM")
    assert parse_applicatie(given, {"GEHEIM": SECRET}).secret == SECRET
    with pytest.raises(ConfigurationError, match="32 tot 1024 tekens"):
        parse_applicatie(given, {"GEHEIM": "kort"})


@pytest.mark.parametrize(
    "text",
    [
        FROM_THE_ISSUE.replace("label: Zaaksysteem", f"label: Zaaksysteem\n    secret: {'y' * 32}"),
        FROM_THE_ISSUE + "applicaties: []\n",
        'applicaties:\n  - secret: "een geheim van meer dan 32 tekens\n',
        "applicaties: [\n" * 5000,
        "applicaties: !!python/object/apply:os.getcwd []",
        b"applicaties: \xff",
        b"",
    ],
    ids=["key twice", "list twice", "open quote", "deep", "python tag", "not UTF-8", "empty"],
)
def test_S1_a_broken_file_is_refused_without_repeating_it(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"applicaties\.yaml") as caught:
        read(tmp_path / "applicaties.yaml", text)
    assert "een geheim" not in str(caught.value)


def test_S1_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"weg\.yaml is niet te lezen"):
        Applicatiebestand(tmp_path / "weg.yaml", {}).content()
