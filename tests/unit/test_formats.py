"""The forms of text: UUID, URI, OIN, date, length, characters."""

from datetime import date

import pytest

from verwerkingenlog.domain.formats import (
    check_characters,
    check_length,
    check_oin,
    check_uri,
    check_uuid,
    parse_date,
)

UUID = "48086bf2-11b7-4603-9526-67d7c3bb6587"


@pytest.mark.parametrize(
    "text",
    [UUID, UUID.upper(), "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
)
def test_P4_a_uuid_of_any_version_and_case_comes_out_in_lower_case(text: str) -> None:
    assert check_uuid(text) == text.lower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        UUID[1:],
        UUID + "0",
        UUID.replace("-", ""),
        f"{{{UUID}}}",
        f"urn:uuid:{UUID}",
        UUID + "\n",
        "g" + UUID[1:],
        UUID.replace("4", "٤"),
    ],
)
def test_P4_another_uuid_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="UUID"):
        check_uuid(text)


GOOD_URIS = (
    "https://voorbeeld.nl",
    "HTTP://voorbeeld.nl:8080/pad/1?a=b&c=%20d#deel",
    "https://gebruiker:geheim@voorbeeld.nl/",
    "http://[2001:db8::1]:80/x",
    "http://127.0.0.1",
    "urn:uuid:48086bf2-11b7-4603-9526-67d7c3bb6587",
    "mailto:fg@voorbeeld.nl",
    "file:///pad",
    "x+y-z.1:",
    "http://voorbeeld.nl?vraag",
    "http://voorbeeld.nl:/",
    "a:b/c//d",
    "https://voorbeeld.nl//dubbel",
    "http://h/" + "%41" * 600,
)
BAD_URIS = (
    "",
    "voorbeeld.nl/pad",
    "/pad",
    "//voorbeeld.nl",
    "1http://voorbeeld.nl",
    "ht_tp://voorbeeld.nl",
    "://voorbeeld.nl",
    "http://voor beeld.nl",
    "http://voorbeeld.nl/een pad",
    "http://voorbeeld.nl/\u00e9",
    "http://voorbeeld.nl/%",
    "http://voorbeeld.nl/%4",
    "http://voorbeeld.nl/%zz",
    "http://voorbeeld.nl/[1]",
    "http://[::1",
    "http://voorbeeld.nl:poort/",
    "http://a@b@voorbeeld.nl/",
    "http://voorbeeld.nl/#a#b",
    "http://voorbeeld.nl/<script>",
    "http://voorbeeld.nl\\pad",
    "http://voorbeeld.nl/\n",
    " http://voorbeeld.nl",
)


@pytest.mark.parametrize("text", GOOD_URIS)
def test_P4_a_uri_with_a_scheme_is_accepted(text: str) -> None:
    assert check_uri(text) == text


@pytest.mark.parametrize("text", BAD_URIS)
def test_P4_a_uri_without_a_scheme_or_with_other_characters_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        check_uri(text)


def test_P4_the_pattern_of_an_oin_holds_for_the_whole_value() -> None:
    assert check_oin("00000001821002193000") == "00000001821002193000"
    for text in ("", "0" * 19, "0" * 21, "x" + "0" * 20, "0" * 20 + "\n", "\u0660" * 20):
        with pytest.raises(ValueError, match="20 cijfers"):
            check_oin(text)


def test_G1_a_date_is_a_day_that_exists() -> None:
    assert parse_date("2024-02-29") == date(2024, 2, 29)
    assert parse_date("0001-01-01") == date.min
    assert parse_date("9999-12-31") == date.max
    for text in ("2023-02-29", "2024-13-01", "2024-00-10", "2024-01-32", "0000-01-01"):
        with pytest.raises(ValueError, match="bestaat niet"):
            parse_date(text)


@pytest.mark.parametrize(
    "text", ["", "2024-1-1", "20240101", "2024-W01-1", "01-01-2024", "2024-01-01T00:00:00Z"]
)
def test_G1_a_date_has_one_form(text: str) -> None:
    with pytest.raises(ValueError, match="Schrijf een datum"):
        parse_date(text)


def test_P4_lengths_count_code_points() -> None:
    assert check_length("😀" * 40, 40) == "😀" * 40
    with pytest.raises(ValueError, match="40 tekens"):
        check_length("e\u0301" * 21, 40)


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "b\udfffc", "\ude00\ud83d"])
def test_P4_what_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NUL"):
        check_characters(text)


def test_P4_all_other_characters_are_kept() -> None:
    text = "\x01\t\n\x7f\u200b\ufeff\uffff\U0010ffff😀"
    assert check_characters(text) == text
