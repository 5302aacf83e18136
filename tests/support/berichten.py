"""Messages of the Bewerking API as a client would write them, for tests without a server."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from verwerkingenlog.errors import InvalidInput

Json = dict[str, Any]

NEW: Json = {"vertrouwelijkheid": "normaal", "tijdstip": "2024-04-05T14:35:42+01:00", "verwerkteObjecten": []}
OBJECT: Json = {"objecttype": "persoon", "soortObjectId": "BSN", "objectId": "999993653"}
WHOLE: Json = {
    "actieNaam": "Zoeken personen",
    "handelingNaam": "Intake",
    "verwerkingNaam": "Huwelijk",
    "verwerkingId": "48086bf2-11b7-4603-9526-67d7c3bb6587",
    "verwerkingsactiviteitId": "5f0bef4c-f66f-4311-84a5-19e8bf359eaf",
    "verwerkingsactiviteitUrl": "https://voorbeeld.nl/verwerkingsactiviteiten/1",
    "vertrouwelijkheid": "normaal",
    "bewaartermijn": "P10Y",
    "uitvoerder": "00000001821002193000",
    "systeem": "Zaaksysteem 2.1",
    "gebruiker": "medewerker-7",
    "gegevensbron": "Burgerzaken",
    "soortAfnemerId": "OIN",
    "afnemerId": "00000001821002193000",
    "verwerkingsactiviteitIdAfnemer": "c5b9f4e7-8c79-41b9-91e2-6268419cb167",
    "verwerkingsactiviteitUrlAfnemer": "https://voorbeeld.nl/verwerkingsactiviteiten/2",
    "verwerkingIdAfnemer": "4b698de3-ffba-45e7-8697-a283ec863db2",
    "tijdstip": "2024-04-05T14:35:42.123456789+01:00",
    "verwerkteObjecten": [
        {
            **OBJECT,
            "betrokkenheid": "Getuige",
            "verwerkteSoortenGegevens": [{"soortGegeven": "BSN"}, {"soortGegeven": "Adres"}],
        }
    ],
}
READ_ONLY: Json = {"url": "https://x", "actieId": "x", "tijdstipRegistratie": "x"}


def codes(read: Callable[..., object], *arguments: object, **options: object) -> dict[str, str]:
    """Give the names and codes of the faults with which this reader refuses these arguments."""
    with pytest.raises(InvalidInput) as caught:
        read(*arguments, **options)
    return {fault.name: fault.code for fault in caught.value.faults}


def body(message: object, **changes: object) -> bytes:
    """Give a message as bytes, with these elements changed."""
    if isinstance(message, dict):
        message = message | changes
    return json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")


def with_object(**changes: object) -> bytes:
    """Give a new actie about one person, with these elements of the object changed."""
    return body(NEW, verwerkteObjecten=[OBJECT | changes])


_WORDS = st.one_of(
    st.sampled_from(
        [
            "",
            "BSN",
            "bsn",
            "OIN",
            "oIn",
            "Persoon",
            "persoon",
            "PERSOON",
            "normaal",
            "Normaal",
            "OPGEHEVEN",
            "vertrouwelijk",
            "vertrouwelij\u212a",
            "999993653",
            "0",
            "00000001821002193000",
            "P10Y",
            "P1W2D",
            "48086bf2-11b7-4603-9526-67d7c3bb6587",
            "48086BF2-11b7-4603-9526-67d7c3bb6587",
            "x" * 41,
            "é" * 242,
            "https://voorbeeld.nl/a",
            "a b",
            "x" * 243,
            "http:" + "x" * 2037,
            "http:" + "x" * 2038,
            "\x00",
            "�",
            "2024-04-05T14:35:42Z",
            "2024-04-05T14:35:42",
            "2024-02-30T14:35:42Z",
            '":',
            '\\":',
            "\\",
            '" :',
        ]
    ),
    st.text(max_size=6),
)
_VALUES = st.one_of(_WORDS, _WORDS, st.none(), st.just([]), st.just({}), st.integers(), st.booleans())
_NAMES = st.sampled_from([*WHOLE, *READ_ONLY, "versie", "vervallen", "onvolledig", "onbekend", "actienaam"])
_NAMES_OF_OBJECT = st.sampled_from(
    [*WHOLE["verwerkteObjecten"][0], "url", "verwerktObjectId", "onbekend", "verwerkingsactie"]
)
_SOORTEN = st.lists(st.one_of(st.builds(lambda text: {"soortGegeven": text}, _VALUES), _VALUES), max_size=3)


@st.composite
def objects(draw: st.DrawFn) -> Json:
    """Give a verwerkt object that is good, or nearly so."""
    object_: Json = dict(draw(st.sampled_from([OBJECT, WHOLE["verwerkteObjecten"][0]])))
    object_.update(draw(st.dictionaries(_NAMES_OF_OBJECT, _VALUES, max_size=draw(st.integers(0, 1)))))
    if draw(st.booleans()):
        object_["verwerkteSoortenGegevens"] = draw(_SOORTEN)
    if draw(st.integers(0, 9)) == 0:
        del object_[draw(st.sampled_from(sorted(object_)))]
    return object_


@st.composite
def acties(draw: st.DrawFn) -> Json:
    """Give an actie that is good, or nearly so."""
    actie: Json = dict(draw(st.sampled_from([NEW, WHOLE, WHOLE])))
    if draw(st.booleans()):
        actie["verwerkteObjecten"] = draw(st.lists(st.one_of(objects(), objects(), _VALUES), max_size=3))
    actie.update(draw(st.dictionaries(_NAMES, _VALUES, max_size=draw(st.integers(0, 2)))))
    if draw(st.integers(0, 9)) == 0:
        del actie[draw(st.sampled_from(sorted(actie)))]
    return actie


def written(value: object, draw: st.DrawFn) -> str:
    """Write JSON as a client may: with spaces, escapes and now and then a name twice."""
    space = st.sampled_from(["", "", "", " ", "\n", "\t \r"])
    gap = draw(space)
    if isinstance(value, dict):
        pairs = [(_text(name, draw), written(item, draw)) for name, item in value.items()]
        if pairs and draw(st.integers(0, 19)) == 0:
            pairs.insert(0, (pairs[-1][0], written(draw(_VALUES), draw)))
        before = draw(st.sampled_from(["", "", "", "", " "]))
        return "{" + gap + f",{gap}".join(f"{name}{before}:{gap}{item}" for name, item in pairs) + gap + "}"
    if isinstance(value, list):
        return "[" + gap + f"{gap},".join(written(item, draw) for item in value) + "]"
    return _text(value, draw) if isinstance(value, str) else json.dumps(value)


def _text(text: str, draw: st.DrawFn) -> str:
    style = draw(st.integers(0, 9))
    if style == 0:
        return (
            '"' + "".join(f"\\u{ord(character):04x}" for character in text if ord(character) < 0x10000) + '"'
        )
    return json.dumps(text, ensure_ascii=style > 3)
