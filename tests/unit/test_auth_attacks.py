import hashlib
import json
import logging
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.authentication import (
    HEADER,
    PORTAAL,
    SECRET,
    ZAAKSYSTEEM,
    Clock,
    accepted,
    bearer,
    claims,
    encode,
    refused,
    signed,
)
from verwerkingenlog.api.auth.authenticator import Authenticator
from verwerkingenlog.api.auth.registry import Registry
from verwerkingenlog.errors import NotAuthenticated


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"")],
        [(b"authorization", b"Bearer")],
        [(b"authorization", b"Bearer ")],
        [(b"authorization", b"Basic emFha3N5c3RlZW06Z2VoZWlt")],
        [(b"authorization", signed().encode())],
        [(b"authorization", b"Bearer  " + signed().encode())],
        [(b"authorization", b"Bearer\t" + signed().encode())],
        [(b"x-authorization", b"Bearer " + signed().encode())],
    ],
)
def test_S1_a_call_without_a_token_is_refused(
    authenticator: Authenticator, headers: list[tuple[bytes, bytes]]
) -> None:
    with pytest.raises(NotAuthenticated):
        authenticator.authenticate(headers, "bewerking")


def test_S1_two_headers_are_refused_even_if_equal(authenticator: Authenticator) -> None:
    both = bearer(signed()) + bearer(signed())
    with pytest.raises(NotAuthenticated):
        authenticator.authenticate(both, "bewerking")
    joined = [(b"authorization", b"Bearer %b, Bearer %b" % ((signed().encode(),) * 2))]
    with pytest.raises(NotAuthenticated):
        authenticator.authenticate(joined, "bewerking")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
def test_S1_none_algorithm_is_refused(authenticator: Authenticator, alg: str) -> None:
    token = signed({"typ": "JWT", "alg": alg})
    unsigned = token.rpartition(".")[0]
    for attempt in (token, f"{unsigned}.", unsigned, f"{unsigned}.{encode(bytes(32))}"):
        refused(authenticator, attempt)


@pytest.mark.parametrize(
    "alg", ["HS384", "HS512", "hs256", "HS256 ", "RS256", "ES256", "PS256", "EdDSA", "dir"]
)
def test_S1_other_algorithms_are_refused(authenticator: Authenticator, alg: str) -> None:
    digest = {"HS384": hashlib.sha384, "HS512": hashlib.sha512}.get(alg, hashlib.sha256)
    refused(authenticator, signed({"typ": "JWT", "alg": alg}, digest=digest))


@pytest.mark.parametrize(
    "header", [{}, {"alg": None}, {"alg": ["HS256"]}, {"alg": {"HS256": 1}}, {"alg": 256}]
)
def test_S1_a_header_without_a_plain_algorithm_is_refused(
    authenticator: Authenticator, header: dict[str, object]
) -> None:
    refused(authenticator, signed({"typ": "JWT", **header}))


def test_S1_key_confusion_is_refused(authenticator: Authenticator) -> None:
    """What is public, or of another client, is no key: neither a public key nor an empty or zero secret."""
    public_key = (
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n"
    )
    for secret in (public_key, "", "\0" * 32, "zaaksysteem", PORTAAL.secret):
        refused(authenticator, signed(secret=secret))


@pytest.mark.parametrize(
    "extra",
    [
        {"jku": "https://aanvaller.example/jwks"},
        {"x5u": "https://aanvaller.example/cert"},
        {"jwk": {"kty": "oct", "k": encode(b"k" * 32)}},
        {"x5c": ["MIIB"]},
        {"x5t": "abc"},
        {"x5t#S256": "abc"},
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"b64": False},
        {"zip": "DEF"},
        {"enc": "A128GCM"},
    ],
)
def test_S1_headers_that_bring_a_key_or_a_rule_are_refused(
    authenticator: Authenticator, extra: dict[str, object]
) -> None:
    refused(authenticator, signed({**HEADER, **extra}))


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token + "=",
        lambda token: token + ".",
        lambda token: token + "." + token.partition(".")[0],
        lambda token: token + "\n",
        lambda token: token + " ",
        lambda token: "." + token,
        lambda token: token.partition(".")[2],
        lambda token: token.rpartition(".")[0],
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: token[:-1],
        lambda token: token[:-2],
        lambda token: token.replace(".", "=.", 1),
        lambda token: token.replace(".", "..", 1),
        lambda token: token.replace(".", "é.", 1),
        lambda token: token[:5] + "+" + token[6:],
        lambda token: json.dumps(
            dict(zip(("protected", "payload", "signature"), token.split("."), strict=True))
        ),
    ],
)
def test_S1_another_form_than_three_segments_is_refused(
    authenticator: Authenticator, change: Callable[[str], str]
) -> None:
    refused(authenticator, change(signed()))


def test_S1_stray_bits_in_base64_are_refused(authenticator: Authenticator) -> None:
    token = signed()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(token[-1])
    assert last % 4 == 0
    for stray in (1, 2, 3):
        refused(authenticator, token[:-1] + alphabet[last + stray])


def test_S1_standard_base64_is_refused(authenticator: Authenticator) -> None:
    for number in range(100):
        token = signed(payload=claims(user_id=f"{number}???>>>"))
        if "-" in token or "_" in token:
            refused(authenticator, token.replace("-", "+").replace("_", "/"))
            return


def test_S1_tokens_over_8_kib_are_refused(authenticator: Authenticator) -> None:
    def padded(size: int) -> str:
        return signed(payload=claims(vulling="x" * size))

    largest = max((token for token in map(padded, range(5900, 6060)) if len(token) <= 8192), key=len)
    accepted(authenticator, largest)
    refused(authenticator, padded(6060))
    refused(authenticator, padded(1_000_000))


DUPLICATES = [
    b'{"iat":1700000000,"client_id":"portaal","client_id":"zaaksysteem"}',
    b'{"iat":1700000000,"client_id":"zaaksysteem","cl\\u0069ent_id":"zaaksysteem"}',
    b'{"iat":1700000000,"client_id":"zaaksysteem","iat":1700000000}',
    b'{"iat":1700000000,"client_id":"zaaksysteem","a":{"b":1,"b":1}}',
]


@pytest.mark.parametrize("payload", DUPLICATES)
def test_S1_duplicate_claims_are_refused(authenticator: Authenticator, payload: bytes) -> None:
    refused(authenticator, signed(payload=payload))


def test_S1_duplicate_headers_in_the_token_are_refused(authenticator: Authenticator) -> None:
    refused(authenticator, signed(b'{"alg":"none","alg":"HS256"}'))
    refused(authenticator, signed(b'{"alg":"HS256","alg":"HS256"}'))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"HS256"',
        b"{",
        b"{'alg':'HS256'}",
        b'{"alg":"HS256","iat":1700000000,"client_id":"zaaksysteem",}',
        b'{"alg":"HS256","iat":NaN,"client_id":"zaaksysteem"}',
        b'{"alg":"HS256","iat":1700000000,"client_id":"zaaksysteem","a":Infinity}',
        b'{"alg":"HS256","iat":1700000000,"client_id":"zaaksysteem","a":"\xff"}',
        b'{"alg":"HS256","iat":1700000000,"client_id":"zaaksysteem"} {}',
        b'\xef\xbb\xbf{"alg":"HS256","iat":1700000000,"client_id":"zaaksysteem"}',
        '{"alg":"HS256","iat":1700000000,"client_id":"zaaksysteem"}'.encode("utf-16"),
        b'{"alg":"HS256","iat":' + b"1" * 5000 + b',"client_id":"zaaksysteem"}',
        b'{"alg":"HS256","a":' + b"[" * 5900,
        b'{"alg":"HS256","a":' + b'{"a":' * 1150,
    ],
)
def test_S1_what_is_no_json_object_in_utf8_is_refused(authenticator: Authenticator, raw: bytes) -> None:
    refused(authenticator, signed(payload=raw))
    refused(authenticator, signed(raw))


def test_S1_an_unknown_client_is_refused_whatever_it_signs_with(authenticator: Authenticator) -> None:
    """An unknown client costs the same HMAC; the key of that work must open nothing."""
    for secret in ("\0" * 32, "", SECRET):
        refused(authenticator, signed(payload=claims(client_id="onbekend"), secret=secret))


def test_S1_a_wrong_signature_is_refused(authenticator: Authenticator) -> None:
    token = signed()
    other = signed(payload=claims(user_id="piet"))
    refused(authenticator, token.rpartition(".")[0] + "." + other.rpartition(".")[2])
    refused(authenticator, signed(secret=SECRET + "!"))


def test_S3_what_is_wrong_with_a_stranger_is_not_told(authenticator: Authenticator) -> None:
    """Without the secret every answer is the same: it tells neither which clients exist nor what failed."""
    attempts = [
        "",
        "x",
        signed({"alg": "none"}),
        signed({**HEADER, "jku": "https://x.example"}),
        signed(payload=claims(client_id="onbekend")),
        signed(secret="een ander geheim"),
        signed(payload=claims(iat=1), secret="een ander geheim"),
        signed(payload=claims(user_id=7), secret="een ander geheim"),
    ]
    assert len({refused(authenticator, attempt) for attempt in attempts}) == 1


def test_S1_no_token_reaches_the_log(authenticator: Authenticator, caplog: pytest.LogCaptureFixture) -> None:
    attempts = ["", "x.y.z", signed({"alg": "none"}), signed(secret="fout"), signed(payload=claims(exp=1))]
    with caplog.at_level(logging.DEBUG):
        accepted(authenticator, signed())
        for attempt in attempts:
            refused(authenticator, attempt)
    assert [record.levelname for record in caplog.records] == ["INFO"] * len(attempts)
    assert "eyJ" not in caplog.text
    assert "jan" not in caplog.text


@given(st.binary(max_size=200))
def test_S1_whatever_bytes_come_the_answer_is_a_refusal(value: bytes) -> None:
    authenticator = Authenticator(Registry([ZAAKSYSTEEM]), Clock())
    for attempt in (value, b"Bearer " + value):
        with pytest.raises(NotAuthenticated):
            authenticator.authenticate([(b"authorization", attempt)], "bewerking")


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_S1_changing_any_byte_of_a_token_is_refused(place: int, difference: int) -> None:
    token = bytearray(signed().encode())
    token[place % len(token)] ^= difference
    with pytest.raises(NotAuthenticated):
        Authenticator(Registry([ZAAKSYSTEEM]), Clock()).authenticate(
            [(b"authorization", b"Bearer " + bytes(token))], "bewerking"
        )
