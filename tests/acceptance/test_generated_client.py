"""A supplier's path (rule E4): a client generated from what the server serves, used against that server."""

from importlib import import_module
from typing import Any

import pytest

from tests.support.acties import an_actie
from tests.support.client import BEWERKING, Api, Client
from tests.support.generated_client import generate_client


@pytest.fixture(scope="module")
def generated(client: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the name of the generated package."""
    document = client.http.get(f"{BEWERKING}/openapi.json")
    return generate_client(document.content, tmp_path_factory.mktemp("live") / "live_client").__name__


def operation(generated: str, name: str) -> Any:  # noqa: ANN401 - of generated code
    return import_module(f"{generated}.api.verwerkingsacties.{name}").sync


def test_E4_a_generated_client_logs_reads_changes_and_removes(
    generated: str, client: Client, bewerking: Api
) -> None:
    scheme, token = bewerking.authorization.split()
    base = str(client.http.base_url).rstrip("/") + BEWERKING
    models: Any = import_module(f"{generated}.models")
    with import_module(generated).AuthenticatedClient(base_url=base, token=token, prefix=scheme) as ours:
        new = models.VerwerkingsactieUitgebreidBasis.from_dict(an_actie())
        made = operation(generated, "verwerkingsactie_create")(client=ours, body=new)
        read = operation(generated, "verwerkingsactie_read")(made.actie_id, client=ours)
        assert read == made

        whole = models.VerwerkingsactieWijziging.from_dict(read.to_dict() | {"actieNaam": "Verbeterd"})
        changed = operation(generated, "verwerkingsactie_update")(made.actie_id, client=ours, body=whole)
        assert changed.actie_naam == "Verbeterd"

        assert operation(generated, "verwerkingsactie_delete")(made.actie_id, client=ours) is None
        gone = operation(generated, "verwerkingsactie_read")(made.actie_id, client=ours)
        assert (gone.status, gone.code) == (404, "not_found")
