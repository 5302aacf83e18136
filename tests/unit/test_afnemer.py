"""Who may see who the afnemer was."""

import pytest

from tests.support.berichten import NEW, OBJECT, body
from verwerkingenlog.api.bewerking.invoer import read_new
from verwerkingenlog.domain.betrokkene import identify

READER = identify("BSN", "099990342")[0]
OBJECTS = [
    OBJECT | {"objectId": "99990342"},
    OBJECT | {"objectId": "999993653"},
    OBJECT | {"soortObjectId": "A-nummer", "objectId": "A-1"},
]


@pytest.mark.parametrize(
    ("soort", "afnemer", "shown"),
    [
        ("", None, True),
        ("OIN", "00000001821002193000", True),
        ("", "00000001821002193000", True),
        ("BSN", "99990342", True),
        ("bsn", "099990342", True),
        ("BSN", "999993653", False),
        ("bsn", "999994748", False),
        ("", "999994748", False),
        ("burgerservicenummer", "999993653", False),
        ("A-nummer", "A-1", False),
        ("", "A-1", False),
    ],
)
def test_G2_I4_only_an_organisation_or_the_reader_self_is_shown_as_afnemer(
    soort: str, afnemer: str | None, *, shown: bool
) -> None:
    actie = read_new(body(NEW, soortAfnemerId=soort, afnemerId=afnemer, verwerkteObjecten=OBJECTS))
    assert actie.may_show_afnemer_to(READER) is shown
