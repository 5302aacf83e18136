import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.authentication import (
    CREATE,
    HEADER,
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
from tests.support.tokens import zgw_token
from verwerkingenlog.api.auth.authenticator import Authenticator
from verwerkingenlog.api.auth.registry import Registry
from verwerkingenlog.domain.toegang import Aanroeper
from verwerkingenlog.errors import NotAllowed, NotAuthenticated
from verwerkingenlog.operations.tokens import mint


def test_S1_a_token_tells_application_user_and_scopes(authenticator: Authenticator) -> None:
    aanroeper = accepted(authenticator, signed())
    assert aanroeper == Aanroeper("zaaksysteem", "jan", CREATE, ("00000001821002193000",))
    assert accepted(authenticator, signed(), "inzage").scopes == READ


def test_S1_tokens_of_other_software_are_accepted(authenticator: Authenticator) -> None:
    token = zgw_token("zaaksysteem", SECRET, user_id="jan", iat=NOW)
    assert accepted(authenticator, token).gebruiker == "jan"


def test_S1_a_minted_token_is_accepted(authenticator: Authenticator) -> None:
    token = mint(ZAAKSYSTEEM, "jan", "Jan de Vries", now=NOW, exp=NOW + 60)
    assert accepted(authenticator, token).gebruiker == "jan"


@pytest.mark.parametrize("scheme", [b"bearer ", b"BEARER "])
def test_S1_the_scheme_may_be_in_any_case(authenticator: Authenticator, scheme: bytes) -> None:
    headers = [(b"authorization", scheme + signed().encode())]
    assert authenticator.authenticate(headers, "bewerking").gebruiker == "jan"


@pytest.mark.parametrize(
    "extra",
    [
        {"iss": "iemand anders"},
        {"iss": ...},
        {"iss": 7},
        {"user_id": ..., "user_representation": ...},
        {"user_id": None},
        {"user_representation": "Jan de Vries"},
        {"aud": "log", "onbekend": {"a": [1]}},
    ],
)
def test_S1_iss_is_not_compared_and_the_user_is_optional(
    authenticator: Authenticator, extra: dict[str, object]
) -> None:
    accepted(authenticator, signed(payload=claims(**extra)))


@pytest.mark.parametrize("extra", [{"kid": "1"}, {"cty": "JWT"}, {"client_identifier": "zaaksysteem"}])
def test_S1_harmless_headers_are_ignored(authenticator: Authenticator, extra: dict[str, object]) -> None:
    accepted(authenticator, signed({**HEADER, **extra}))


@pytest.mark.parametrize(
    "client_id", ["onbekend", "Zaaksysteem", "zaaksysteem ", "", None, 7, ["zaaksysteem"], ...]
)
def test_S1_an_unknown_client_is_refused(authenticator: Authenticator, client_id: object) -> None:
    refused(authenticator, signed(payload=claims(client_id=client_id)))


@pytest.mark.parametrize("iat", [..., None, True, "1700000000", [NOW], {}, 10**13, -(10**13), 10**400])
def test_S1_an_iat_that_is_no_moment_is_refused(authenticator: Authenticator, iat: object) -> None:
    refused(authenticator, signed(payload=claims(iat=iat)))


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"1e12"])
def test_S1_an_iat_without_end_is_refused(authenticator: Authenticator, number: bytes) -> None:
    refused(authenticator, signed(payload=b'{"client_id":"zaaksysteem","iat":%b}' % number))


@pytest.mark.parametrize("iat", [NOW, int(NOW), NOW - 3600, NOW + 60, NOW - 0.5])
def test_S1_iat_may_be_an_hour_old_and_a_minute_ahead(authenticator: Authenticator, iat: float) -> None:
    accepted(authenticator, signed(payload=claims(iat=iat)))


def test_S1_an_older_or_later_iat_is_refused_with_advice(authenticator: Authenticator) -> None:
    assert "ouder dan een uur" in refused(authenticator, signed(payload=claims(iat=NOW - 3601)))
    assert "klok" in refused(authenticator, signed(payload=claims(iat=NOW + 61)))
    assert "iat verplicht" in refused(authenticator, signed(payload=claims(iat=...)))


def test_S1_exp_and_nbf_are_honoured(authenticator: Authenticator) -> None:
    accepted(authenticator, signed(payload=claims(exp=NOW + 1, nbf=NOW + 60)))
    assert "verlopen" in refused(authenticator, signed(payload=claims(exp=NOW)))
    assert "later geldig" in refused(authenticator, signed(payload=claims(nbf=NOW + 61)))


@pytest.mark.parametrize("name", ["exp", "nbf"])
@pytest.mark.parametrize("value", [None, True, "1900000000", [], 10**400])
def test_S1_an_exp_or_nbf_that_is_no_moment_is_refused(
    authenticator: Authenticator, name: str, value: object
) -> None:
    refused(authenticator, signed(payload=claims(**{name: value})))


def test_S1_a_late_exp_does_not_stretch_the_hour(authenticator: Authenticator) -> None:
    refused(authenticator, signed(payload=claims(iat=NOW - 3601, exp=NOW + 3600)))


@pytest.mark.parametrize("name", ["user_id", "user_representation"])
@pytest.mark.parametrize("value", [7, True, ["jan"], {}, "jan\0", "jan\ud800", "x" * 256])
def test_S1_a_user_that_can_not_be_kept_is_refused(
    authenticator: Authenticator, name: str, value: object
) -> None:
    refused(authenticator, signed(payload=claims(**{name: value})))


def test_S1_a_long_user_is_accepted(authenticator: Authenticator) -> None:
    token = signed(payload=claims(user_id="é" * 255))
    assert accepted(authenticator, token).gebruiker == "é" * 255


def test_S2_an_api_that_the_registration_does_not_name_is_refused(authenticator: Authenticator) -> None:
    token = mint(PORTAAL, now=NOW)
    with pytest.raises(NotAllowed, match="Bewerking API"):
        accepted(authenticator, token)
    assert accepted(authenticator, token, "inzage").scopes == READ


def test_S2_scopes_in_a_token_count_for_nothing(authenticator: Authenticator) -> None:
    token = signed(payload=claims(scopes=["delete:confidential"], scope="delete:confidential"))
    assert accepted(authenticator, token).scopes == CREATE


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["iat", "exp", "nbf", "user_id", "user_representation"]), JSON_VALUES))
def test_S1_whatever_a_client_signs_the_answer_is_a_caller_or_a_refusal(changes: dict[str, object]) -> None:
    authenticator = Authenticator(Registry([ZAAKSYSTEEM]), Clock())
    try:
        aanroeper = accepted(authenticator, signed(payload=claims(**changes)))
    except NotAuthenticated:
        return
    assert aanroeper.client_id == "zaaksysteem"
    assert aanroeper.gebruiker.encode().find(0) == -1
