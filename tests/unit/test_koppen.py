"""The headers of a client: why it reads, its idempotency key, the version that it means."""

import pytest

from tests.support.berichten import codes
from verwerkingenlog.api.koppen import read_idempotency_key, read_if_match, read_leesgegevens
from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid

OIN = "00000001821002193000"
ID = "5f0bef4c-f66f-4311-84a5-19e8bf359eaf"
URL = "https://voorbeeld.nl/verwerkingsactiviteiten/1"


def headers(**values: str) -> list[tuple[bytes, bytes]]:
    given = [
        (name.replace("_", "-").lower().encode(), value.encode("latin-1")) for name, value in values.items()
    ]
    return [(b"host", b"x"), *given, (b"accept", b"*/*")]


def test_L2_a_reader_may_say_nothing() -> None:
    assert read_leesgegevens(headers(), required=False) == Leesgegevens()


def test_L2_what_a_reader_says_is_read() -> None:
    given = headers(
        OIN=OIN,
        VerwerkingsactiviteitId=ID.upper(),
        VerwerkingsactiviteitUrl=URL,
        VerwerkingId=f" {ID}\t",
        Vertrouwelijkheid="Vertrouwelijk",
        Bewaartermijn="150",
    )
    assert read_leesgegevens(given, required=True) == Leesgegevens(
        oin=OIN,
        verwerkingsactiviteit_id=ID,
        verwerkingsactiviteit_url=URL,
        verwerking_id=ID,
        vertrouwelijkheid=Vertrouwelijkheid.VERTROUWELIJK,
        bewaartermijn="P150Y",
    )
    assert read_leesgegevens(headers(Bewaartermijn="P6M"), required=False).bewaartermijn == "P6M"


def test_L2_a_setting_demands_three_headers() -> None:
    three = {"OIN": OIN, "VerwerkingsactiviteitId": ID, "VerwerkingsactiviteitUrl": URL}
    read_leesgegevens(headers(**three), required=True)
    assert codes(read_leesgegevens, headers(VerwerkingId=ID), required=True) == dict.fromkeys(
        three, "required"
    )


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("OIN", "123", "pattern"),
        ("OIN", OIN + "0", "pattern"),
        ("VerwerkingsactiviteitId", "x", "format"),
        ("VerwerkingsactiviteitUrl", "x", "format"),
        ("VerwerkingsactiviteitUrl", "https://x/" + "x" * 2042, "max_length"),
        ("VerwerkingsactiviteitUrl", "https://x/\u00e9", "format"),
        ("VerwerkingId", ID + "0", "format"),
        ("Vertrouwelijkheid", "opgeheven", "enum"),
        ("Vertrouwelijkheid", "geheim", "enum"),
        ("Bewaartermijn", "10000", "format"),
        ("Bewaartermijn", "-P1Y", "format"),
        *((name, "", "empty") for name in ("OIN", "VerwerkingId", "Vertrouwelijkheid", "Bewaartermijn")),
    ],
)
def test_L2_a_malformed_header_is_named(name: str, text: str, code: str) -> None:
    assert codes(read_leesgegevens, headers(**{name: text}), required=False) == {name: code}


def test_L2_a_repeated_header_is_named_and_all_faults_are_told_at_once() -> None:
    given = headers(OIN=OIN, VerwerkingId="x") + headers(OIN=OIN)
    assert codes(read_leesgegevens, given, required=False) == {"OIN": "duplicate", "VerwerkingId": "format"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('"abc-1"', "abc-1"),
        ("abc-1", "abc-1"),
        (' "abc-1" ', "abc-1"),
        (r'"a\"b\\c"', r"a\"b\c".replace("\\", "", 1)),
        ("x" * 255, "x" * 255),
        ('"' + "x" * 255 + '"', "x" * 255),
        ('a"b', 'a"b'),
    ],
)
def test_P6_an_idempotency_key_stands_with_or_without_quotes(text: str, key: str) -> None:
    assert read_idempotency_key(headers(Idempotency_Key=text)) == key


def test_P6_a_key_is_not_needed() -> None:
    assert read_idempotency_key(headers()) is None


@pytest.mark.parametrize(
    "text", ["", '""', "x" * 256, '"' + "x" * 256 + '"', '"abc', "a\u00e9", "a\tb", r'"a\b"']
)
def test_P6_an_empty_long_or_malformed_key_is_refused(text: str) -> None:
    assert set(codes(read_idempotency_key, headers(Idempotency_Key=text))) == {"Idempotency-Key"}


def test_P6_two_keys_are_refused() -> None:
    given = headers(Idempotency_Key="a") + headers(Idempotency_Key="b")
    assert codes(read_idempotency_key, given) == {"Idempotency-Key": "duplicate"}


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ('"a"', ('"a"',)),
        ('"a", "b"', ('"a"', '"b"')),
        ('"a,b" , ,W/"c","d"', ('"a,b"', '"d"')),
        ('W/"a"', ()),
        ('""', ('""',)),
        ("*", "*"),
        (" * ", "*"),
    ],
)
def test_E5_if_match_gives_the_strong_tags(text: str, tags: object) -> None:
    assert read_if_match(headers(If_Match=text)) == tags


def test_E5_if_match_may_be_absent_or_stand_on_more_lines() -> None:
    assert read_if_match(headers()) is None
    assert read_if_match(headers(If_Match='"a"') + headers(If_Match='W/"b", "c"')) == ('"a"', '"c"')


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        '"a',
        "'a'",
        '"a" "b"',
        '"a", *',
        'w/"a"',
        'W/ "a"',
        '"a b"',
        ",",
        ", " * 5000 + "x",
        '"a"' + " ,\t" * 5000 + "x",
    ],
)
def test_E5_a_malformed_if_match_is_refused(text: str) -> None:
    assert codes(read_if_match, headers(If_Match=text)) == {"If-Match": "format"}
