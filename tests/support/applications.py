"""The applications of the tests: one for each set of scopes that a test may ask for."""

import json
from pathlib import Path
from typing import NamedTuple

VERBS = ("create", "read", "update", "delete")
NORMAL = tuple(f"{verb}:normal" for verb in VERBS)
CONFIDENTIAL = tuple(f"{verb}:confidential" for verb in VERBS)
ALL_SCOPES = (*NORMAL, *CONFIDENTIAL)
OWN_OIN = "00000001821002193000"
OTHER_OIN = "00000001003214345000"
THIRD_OIN = "00000004003214345001"


class Application(NamedTuple):
    """A client of the log; `None` for an API that its registration does not name (rule S2)."""

    bewerking: tuple[str, ...] | None = None
    inzage: tuple[str, ...] | None = None
    oins: tuple[str, ...] = ()
    name: str = ""

    @property
    def client_id(self) -> str:
        """Give the id: its name, or else what distinguishes it, in words."""
        if self.name:
            return self.name
        named = [
            f"{api}-{'-'.join(scopes).replace(':', '.') if scopes else 'zonder'}"
            for api, scopes in (("bewerking", self.bewerking), ("inzage", self.inzage))
            if scopes is not None
        ]
        return "-".join([*named, *self.oins])

    @property
    def secret(self) -> str:
        """Give a secret of at least 32 characters."""
        return f"geheim van {self.client_id}".ljust(40, "!")


def scope_sets() -> list[tuple[str, ...]]:
    """Give every set of scopes in use, each sorted as `ALL_SCOPES` is."""
    per_verb = [
        scopes
        for verb in VERBS
        for scopes in (
            (f"{verb}:normal",),
            (f"{verb}:confidential",),
            (f"{verb}:normal", f"{verb}:confidential"),
            tuple(scope for scope in ALL_SCOPES if not scope.startswith(verb)),
        )
    ]
    return [(), NORMAL, CONFIDENTIAL, ALL_SCOPES, *per_verb]


OTHER_CLIENT = Application(bewerking=ALL_SCOPES, inzage=ALL_SCOPES, name="ander")
SPEAKS_FOR_ONE = Application(bewerking=ALL_SCOPES, oins=(OTHER_OIN,))
SPEAKS_FOR_TWO = Application(bewerking=ALL_SCOPES, oins=(OTHER_OIN, THIRD_OIN))
APPLICATIONS = [
    *(Application(bewerking=scopes) for scopes in scope_sets()),
    *(Application(inzage=scopes) for scopes in scope_sets()),
    OTHER_CLIENT,
    SPEAKS_FOR_ONE,
    SPEAKS_FOR_TWO,
]


def write_applications(path: Path) -> None:
    """Write the registration of all applications; JSON is YAML too."""
    entries = [
        {
            "client_id": application.client_id,
            "secret": application.secret,
            "label": application.client_id,
            "scopes": {
                api: list(scopes)
                for api, scopes in (("bewerking", application.bewerking), ("inzage", application.inzage))
                if scopes is not None
            },
            **({"oins": list(application.oins)} if application.oins else {}),
        }
        for application in APPLICATIONS
    ]
    path.write_text(json.dumps({"applicaties": entries}, indent=1), "utf-8")
    path.chmod(0o600)
