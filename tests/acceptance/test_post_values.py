"""What each element of an actie may hold (rule P4)."""

from typing import Any

import pytest

from tests.support.acties import an_actie, an_object, bsn
from tests.support.applications import OWN_OIN
from tests.support.client import ACTIES, Api, faulty

LONG_TEXTS = ["actieNaam", "handelingNaam", "verwerkingNaam", "systeem", "gegevensbron", "soortAfnemerId"]
UUIDS = ["verwerkingId", "verwerkingsactiviteitId", "verwerkingsactiviteitIdAfnemer", "verwerkingIdAfnemer"]
URIS = ["verwerkingsactiviteitUrl", "verwerkingsactiviteitUrlAfnemer"]
EMOJI = "\N{GRINNING FACE}"


def test_P4_the_required_elements_are_all_named_at_once(bewerking: Api) -> None:
    assert faulty(bewerking.post(ACTIES, {})) == ["tijdstip", "vertrouwelijkheid", "verwerkteObjecten"]


def test_P4_the_required_elements_inside_are_all_named_at_once(bewerking: Api) -> None:
    objects: list[dict[str, Any]] = [
        {},
        an_object(bsn(), verwerkteSoortenGegevens=[{}, {"soortGegeven": "x"}]),
    ]
    answer = bewerking.post(ACTIES, an_actie(verwerkteObjecten=objects))
    assert faulty(answer) == [
        "verwerkteObjecten.0.objectId",
        "verwerkteObjecten.0.objecttype",
        "verwerkteObjecten.0.soortObjectId",
        "verwerkteObjecten.1.verwerkteSoortenGegevens.0.soortGegeven",
    ]


def test_P4_all_faults_are_named_at_once(bewerking: Api) -> None:
    wrong = an_actie(
        actieNaam="a" * 243,
        verwerkingId="geen uuid",
        vertrouwelijkheid="geheim",
        bewaartermijn="10 jaar",
        uitvoerder="1",
        tijdstip="gisteren",
        verwerkteObjecten=[an_object(bsn()), an_object("x"), an_object(bsn(), objecttype="dier")],
    )
    assert faulty(bewerking.post(ACTIES, wrong)) == sorted(
        [
            "actieNaam",
            "verwerkingId",
            "vertrouwelijkheid",
            "bewaartermijn",
            "uitvoerder",
            "tijdstip",
            "verwerkteObjecten.1.objectId",
            "verwerkteObjecten.2.objecttype",
        ]
    )


@pytest.mark.parametrize(
    ("name", "length"),
    [*((name, 242) for name in LONG_TEXTS), ("gebruiker", 40)],
    ids=str,
)
def test_P4_lengths_count_code_points(bewerking: Api, name: str, length: int) -> None:
    longest = EMOJI * length
    changes = {"afnemerId": None} if name == "soortAfnemerId" else {}
    assert bewerking.register(an_actie(**changes, **{name: longest}))[name] == longest
    assert faulty(bewerking.post(ACTIES, an_actie(**changes, **{name: longest + "a"}))) == [name]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"soortObjectId": "s" * 243}, "soortObjectId"),
        ({"soortObjectId": "Zaak", "objectId": "s" * 41}, "objectId"),
        ({"betrokkenheid": EMOJI * 243}, "betrokkenheid"),
        (
            {"verwerkteSoortenGegevens": [{"soortGegeven": "s" * 243}]},
            "verwerkteSoortenGegevens.0.soortGegeven",
        ),
    ],
)
def test_P4_lengths_inside_an_object(bewerking: Api, changes: dict[str, Any], name: str) -> None:
    object_ = an_object(bsn()) | changes
    answer = bewerking.post(ACTIES, an_actie(verwerkteObjecten=[object_]))
    assert faulty(answer) == [f"verwerkteObjecten.0.{name}"]


@pytest.mark.parametrize("name", UUIDS)
def test_P4_a_uuid_of_any_version_and_case_comes_back_in_lower_case(bewerking: Api, name: str) -> None:
    for uuid in ("5F0BEF4C-F66F-1311-84A5-19E8BF359EAF", "00000000-0000-0000-0000-000000000000"):
        assert bewerking.register(an_actie(**{name: uuid}))[name] == uuid.lower()
    wrong: object
    for wrong in ("5f0bef4cf66f431184a519e8bf359eaf", "{5f0bef4c-f66f-4311-84a5-19e8bf359eaf}", "x", 1, []):
        assert faulty(bewerking.post(ACTIES, an_actie(**{name: wrong}))) == [name]


@pytest.mark.parametrize("name", URIS)
def test_P4_a_uri_has_a_scheme(bewerking: Api, name: str) -> None:
    for uri in ("https://var.example/a?b=c#d", "urn:uuid:5f0bef4c-f66f-4311-84a5-19e8bf359eaf"):
        assert bewerking.register(an_actie(**{name: uri}))[name] == uri
    longest = "https://var.example/".ljust(2042, "a")
    assert bewerking.register(an_actie(**{name: longest}))[name] == longest
    for wrong in ("var.example/a", "/a", "://a", longest + "a", "https://var.example/a b", 1):
        assert faulty(bewerking.post(ACTIES, an_actie(**{name: wrong}))) == [name]


@pytest.mark.parametrize(
    "duration", ["P10Y", "P2W", "P1Y2M3DT4H5M6S", "PT0.5S", "P1.5Y", "P0D", "PT36H", "P1,5Y"]
)
def test_P4_a_duration_comes_back_as_it_was_given(bewerking: Api, duration: str) -> None:
    assert bewerking.register(an_actie(bewaartermijn=duration))["bewaartermijn"] == duration


@pytest.mark.parametrize(
    "duration",
    [
        "-P1Y",
        "+P1Y",
        "P-1Y",
        "P1W2D",
        "P1Y1W",
        "P1.5Y2M",
        "P",
        "PT",
        "P1YT",
        "1Y",
        "P1S",
        "P1H",
        "10",
        "p10y ",
        10,
    ],
)
def test_P4_what_is_not_a_duration_is_refused(bewerking: Api, duration: object) -> None:
    assert faulty(bewerking.post(ACTIES, an_actie(bewaartermijn=duration))) == ["bewaartermijn"]


@pytest.mark.parametrize("oin", [OWN_OIN + "0", OWN_OIN[:-1], "x" + OWN_OIN, OWN_OIN + "\n", "\uff11" * 20])
def test_P4_the_pattern_of_an_oin_holds_for_the_whole_value(bewerking: Api, oin: str) -> None:
    assert faulty(bewerking.post(ACTIES, an_actie(uitvoerder=oin))) == ["uitvoerder"]


def test_P4_an_afnemer_is_an_oin_where_its_soort_says_so(bewerking: Api) -> None:
    for soort in ("OIN", "oin", "Oin"):
        wrong = an_actie(soortAfnemerId=soort, afnemerId="1234")
        assert faulty(bewerking.post(ACTIES, wrong)) == ["afnemerId"]
        assert bewerking.register(an_actie(soortAfnemerId=soort, afnemerId=OWN_OIN))["afnemerId"] == OWN_OIN
    other = bewerking.register(an_actie(soortAfnemerId="KvK-nummer", afnemerId="12345678"))
    assert (other["soortAfnemerId"], other["afnemerId"]) == ("KvK-nummer", "12345678")


def test_P4_a_soort_without_an_afnemer_and_the_reverse_are_accepted(bewerking: Api) -> None:
    without_id = bewerking.register(an_actie(soortAfnemerId="OIN", afnemerId=""))
    assert (without_id["soortAfnemerId"], without_id["afnemerId"]) == ("OIN", None)
    without_soort = bewerking.register(an_actie(soortAfnemerId="", afnemerId="abc"))
    assert (without_soort["soortAfnemerId"], without_soort["afnemerId"]) == ("", "abc")


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\udc00", "a\\udfffb"])
@pytest.mark.parametrize("name", ["actieNaam", "gebruiker", "verwerkingsactiviteitUrl"])
def test_P4_nul_and_lone_surrogates_are_refused(bewerking: Api, name: str, escape: str) -> None:
    body = (
        '{"vertrouwelijkheid": "normaal", "tijdstip": "2024-04-05T14:35:42Z", "verwerkteObjecten": [],'
        f' "{name}": "https://{escape}"}}'
    )
    answer = bewerking.post(ACTIES, content=body, headers={"Content-Type": "application/json"})
    assert faulty(answer)[0] in {name, "body"}


def test_P4_other_control_characters_and_scripts_come_back_unchanged(bewerking: Api) -> None:
    text = "\x01\t\n\x7f\x85\u2028é̈ŵ漢字\U0001f600\u202e"
    actie = bewerking.register(an_actie(actieNaam=text, gebruiker=text))
    assert bewerking.get(actie["url"]).json()["actieNaam"] == text


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"actieNaam": 1}, ["actieNaam"]),
        ({"actieNaam": ["a"]}, ["actieNaam"]),
        ({"actieNaam": {"a": 1}}, ["actieNaam"]),
        ({"actieNaam": True}, ["actieNaam"]),
        ({"vertrouwelijkheid": 1}, ["vertrouwelijkheid"]),
        ({"vertrouwelijkheid": ["normaal"]}, ["vertrouwelijkheid"]),
        ({"verwerkteObjecten": {}}, ["verwerkteObjecten"]),
        ({"verwerkteObjecten": "BSN"}, ["verwerkteObjecten"]),
        ({"verwerkteObjecten": [1, None]}, ["verwerkteObjecten.0", "verwerkteObjecten.1"]),
        (
            {"verwerkteObjecten": [an_object("12", verwerkteSoortenGegevens="BSN")]},
            ["verwerkteObjecten.0.verwerkteSoortenGegevens"],
        ),
        (
            {"verwerkteObjecten": [an_object("12", verwerkteSoortenGegevens=["BSN"])]},
            ["verwerkteObjecten.0.verwerkteSoortenGegevens.0"],
        ),
    ],
)
def test_P4_wrong_types_are_named(bewerking: Api, changes: dict[str, Any], names: list[str]) -> None:
    assert faulty(bewerking.post(ACTIES, an_actie(**changes))) == names
