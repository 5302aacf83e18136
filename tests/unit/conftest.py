"""What the tests of tokens share: two applications, and a clock that is set."""

import pytest

from tests.support.authentication import PORTAAL, ZAAKSYSTEEM, Clock
from verwerkingenlog.api.auth.authenticator import Authenticator
from verwerkingenlog.api.auth.registry import Registry


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry() -> Registry:
    return Registry([ZAAKSYSTEEM, PORTAAL])


@pytest.fixture
def authenticator(registry: Registry, clock: Clock) -> Authenticator:
    return Authenticator(registry, clock)
