"""The quick reading never says more than the careful one, which knows everything that is wrong."""

import json

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from tests.support.berichten import NEW, OBJECT, WHOLE, acties, body, written
from verwerkingenlog.api.bewerking import careful
from verwerkingenlog.api.bewerking.invoer import read_new
from verwerkingenlog.api.bewerking.wire import read_quickly
from verwerkingenlog.errors import InvalidInput


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    return written(draw(acties()), draw).encode("utf-8", "surrogatepass")


@settings(max_examples=600, deadline=None)
@given(body=bodies(), whole=st.booleans())
@example(body=b"", whole=False)
@example(body=b"[" * 5000, whole=False)
def test_P4_P5_U1_what_the_quick_reading_accepts_the_careful_one_reads_alike(
    body: bytes, *, whole: bool
) -> None:
    quick = read_quickly(body, whole=whole)
    event("quick" if quick else "careful")
    if quick is not None:
        assert careful.read_carefully(body, careful.WHOLE if whole else careful.NEW) == quick


@settings(max_examples=200, deadline=None)
@given(body=bodies())
def test_P4_P5_a_body_is_read_or_refused_and_never_anything_else(body: bytes) -> None:
    try:
        read_new(body)
    except InvalidInput as error:
        faults = error.faults
    else:
        return
    assert faults
    assert all(part for fault in faults for part in fault)
    json.dumps(faults, ensure_ascii=False).encode()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_P4_any_bytes_are_read_or_refused(body: bytes) -> None:
    assert read_quickly(body, whole=False) is None
    with pytest.raises(InvalidInput):
        read_new(body)


@pytest.mark.parametrize("message", [NEW, WHOLE, {**NEW, "verwerkteObjecten": [OBJECT] * 1000}])
@pytest.mark.parametrize("indent", [None, 2])
def test_P4_ordinary_messages_are_read_quickly(message: dict[str, object], indent: int | None) -> None:
    assert read_quickly(json.dumps(message, indent=indent).encode(), whole=False) is not None


def test_U1_an_ordinary_whole_message_is_read_quickly() -> None:
    assert read_quickly(body(WHOLE), whole=True) is not None
    assert read_quickly(body(NEW), whole=True) is None
