import pytest

from tests.support.authentication import (
    CREATE,
    NOW,
    PORTAAL,
    READ,
    SECRET,
    ZAAKSYSTEEM,
    Clock,
    accepted,
    claims,
    refused,
    signed,
)
from verwerkingenlog.api.auth.authenticator import Authenticator
from verwerkingenlog.api.auth.registry import Registry
from verwerkingenlog.domain.applicatie import Applicatie
from verwerkingenlog.errors import NotAllowed


def test_S1_a_remembered_token_gives_the_same_caller(authenticator: Authenticator) -> None:
    first, second = (accepted(authenticator, signed()) for _ in range(2))
    assert first is second


def test_S1_a_remembered_token_ages(authenticator: Authenticator, clock: Clock) -> None:
    token = signed(payload=claims(iat=NOW))
    accepted(authenticator, token)
    clock.now = NOW + 3600
    accepted(authenticator, token)
    clock.now = NOW + 3600.5
    refused(authenticator, token)


def test_S1_a_remembered_token_expires(authenticator: Authenticator, clock: Clock) -> None:
    token = signed(payload=claims(exp=NOW + 10))
    accepted(authenticator, token)
    clock.now = NOW + 10
    refused(authenticator, token)


def test_S1_a_remembered_token_is_refused_when_our_clock_is_set_back(
    authenticator: Authenticator, clock: Clock
) -> None:
    accepted(authenticator, signed())
    clock.now = NOW - 61
    refused(authenticator, signed())


def test_S1_a_remembered_token_ends_with_a_withdrawal(
    authenticator: Authenticator, registry: Registry
) -> None:
    accepted(authenticator, signed())
    registry.replace([PORTAAL])
    refused(authenticator, signed())


def test_S1_a_remembered_token_ends_with_another_secret(
    authenticator: Authenticator, registry: Registry
) -> None:
    accepted(authenticator, signed())
    registry.replace([Applicatie("zaaksysteem", "n" * 40, "Zaaksysteem", (), CREATE, READ)])
    refused(authenticator, signed())
    accepted(authenticator, signed(secret="n" * 40))


def test_S2_a_remembered_token_follows_other_scopes(authenticator: Authenticator, registry: Registry) -> None:
    accepted(authenticator, signed())
    registry.replace([Applicatie("zaaksysteem", SECRET, "Zaaksysteem", (), CREATE | READ)])
    assert accepted(authenticator, signed()).scopes == CREATE | READ
    with pytest.raises(NotAllowed):
        accepted(authenticator, signed(), "inzage")


def test_S1_a_change_of_another_application_does_not_touch_a_remembered_token(
    authenticator: Authenticator, registry: Registry
) -> None:
    first = accepted(authenticator, signed())
    registry.replace([Applicatie("zaaksysteem", SECRET, "Zaaksysteem", ZAAKSYSTEEM.oins, CREATE, READ)])
    assert accepted(authenticator, signed()) is first


def test_S1_no_more_is_kept_than_fits(registry: Registry, clock: Clock) -> None:
    authenticator = Authenticator(registry, clock, capacity=2)
    oldest, middle, newest = (signed(payload=claims(user_id=name)) for name in "abc")
    first = [accepted(authenticator, token, "inzage") for token in (oldest, middle, newest)]
    assert accepted(authenticator, newest, "inzage") is first[2]
    assert accepted(authenticator, oldest, "inzage") is not first[0]


def test_S1_a_long_token_is_not_kept(authenticator: Authenticator) -> None:
    token = signed(payload=claims(vulling="x" * 1000))
    first, second = (accepted(authenticator, token, "inzage") for _ in range(2))
    assert first == second
    assert first is not second
