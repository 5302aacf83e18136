from collections.abc import Iterator

import pytest

from tests.support.applications import ALL_SCOPES
from tests.support.client import Api, Client
from tests.support.server import Server, running_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run one server for all acceptance tests of this worker, and check its log and files at the end."""
    with running_server(tmp_path_factory.mktemp("server")) as server:
        yield server
        assert server.stop() == 0, server.log()
        server.assert_sound()


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[Client]:
    """Give the way into the server."""
    client = Client(server.url)
    yield client
    client.close()


@pytest.fixture(scope="session")
def bewerking(client: Client) -> Api:
    """Give the Bewerking API with every scope."""
    return client.bewerking(*ALL_SCOPES)


@pytest.fixture(scope="session")
def inzage(client: Client) -> Api:
    """Give the Inzage API with every scope."""
    return client.inzage(*ALL_SCOPES)
