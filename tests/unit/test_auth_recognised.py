"""The quick look at a token gives whom the whole check gives, or nobody; it counts nothing until taken."""

from collections.abc import Mapping

import pytest

from tests.support.authentication import (
    CREATE,
    NOW,
    PORTAAL,
    READ,
    SECRET,
    Clock,
    accepted,
    claims,
    signed,
)
from verwerkingenlog.api.auth.authenticator import Authenticator, Recognised
from verwerkingenlog.api.auth.registry import Registry
from verwerkingenlog.domain.applicatie import Applicatie


def recognised(authenticator: Authenticator, token: str) -> Recognised | None:
    return authenticator.recognise(b"Bearer " + token.encode(), "bewerking")


def taken(authenticator: Authenticator, token: str) -> Recognised:
    found = recognised(authenticator, token)
    assert found is not None
    authenticator.take(found)
    return found


def test_S1_a_token_is_recognised_as_it_is_authenticated(authenticator: Authenticator) -> None:
    first = taken(authenticator, signed())
    assert accepted(authenticator, signed()) is first.aanroeper
    again = recognised(authenticator, signed())
    assert again is not None
    assert (again.aanroeper, again.verified) == (first.aanroeper, None)


def test_S1_what_is_not_taken_is_not_remembered(authenticator: Authenticator) -> None:
    for _ in range(2):
        found = recognised(authenticator, signed())
        assert found is not None
        assert found.verified is not None


@pytest.mark.parametrize(
    "changes",
    [{"exp": NOW - 1}, {"iat": NOW - 3601}, {"iat": NOW + 61}, {"client_id": "niemand"}, {"iat": ...}],
    ids=str,
)
def test_S1_a_token_that_is_refused_is_not_recognised(
    changes: Mapping[str, object], authenticator: Authenticator
) -> None:
    assert recognised(authenticator, signed(payload=claims(**changes))) is None


@pytest.mark.parametrize("value", [b"", b"Bearer", b"Bearer x", b"Basic YTpi", b"Bearer \xff.\x00."])
def test_S1_what_is_no_token_is_not_recognised(value: bytes, authenticator: Authenticator) -> None:
    assert authenticator.recognise(value, "bewerking") is None


def test_S2_a_client_of_the_other_api_is_not_recognised(authenticator: Authenticator) -> None:
    token = signed(payload=claims(client_id="portaal"), secret="p" * 40)
    assert recognised(authenticator, token) is None
    assert authenticator.recognise(b"Bearer " + token.encode(), "inzage") is not None


def test_S1_a_token_that_was_taken_ages(authenticator: Authenticator, clock: Clock) -> None:
    taken(authenticator, signed())
    clock.now = NOW + 3600.5
    assert recognised(authenticator, signed()) is None


def test_S1_a_token_that_was_taken_ends_with_a_withdrawal(
    authenticator: Authenticator, registry: Registry
) -> None:
    taken(authenticator, signed())
    registry.replace([PORTAAL])
    assert recognised(authenticator, signed()) is None


def test_S1_a_token_that_was_taken_ends_with_another_secret(
    authenticator: Authenticator, registry: Registry
) -> None:
    taken(authenticator, signed())
    registry.replace([Applicatie("zaaksysteem", "n" * 40, "Zaaksysteem", (), CREATE, READ)])
    assert recognised(authenticator, signed()) is None


def test_S2_a_token_that_was_taken_follows_other_scopes(
    authenticator: Authenticator, registry: Registry
) -> None:
    taken(authenticator, signed())
    registry.replace([Applicatie("zaaksysteem", SECRET, "Zaaksysteem", (), CREATE | READ)])
    assert taken(authenticator, signed()).aanroeper.scopes == CREATE | READ
