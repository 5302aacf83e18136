"""What has passed its term goes, for all versions, and nothing else (rules R1, R2)."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.purging import NOW, TABLES, Opschoning, change, follow, regels
from tests.support.store import AUTEUR, OTHER, PERSON, a_version
from verwerkingenlog.domain.bewaarregels import Bewaarregels
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import Versie, lapsed_version
from verwerkingenlog.operations.log import Log

ACTIVITEIT = "5f0bef4c-f66f-4311-84a5-19e8bf359eaf"
ANOTHER = "6d0d2c3e-8f4b-4a52-9d2e-1b7c5a9e0f42"
TEN_YEARS_AGO = parse_tijdstip("2016-11-24T12:00:00Z")
both_versions = pytest.mark.parametrize("cluster", [18, 16], indirect=True)


async def registered(log: Log, **changes: object) -> Versie:
    versie = a_version(PERSON, **{"tijdstip": TEN_YEARS_AGO, **changes})
    await log.group_commit.register(versie)
    return versie


@both_versions
async def test_R2_what_is_past_its_term_leaves_no_row_behind(log: Log, opschonen: Opschoning) -> None:
    versie = await registered(log, bewaartermijn="P10Y")
    verslag = await opschonen()
    assert (verslag.status, verslag.acties, verslag.versies) == ("klaar", 1, 1)
    assert not await opschonen.there(versie)
    assert await opschonen.rows() == dict.fromkeys(TABLES, 0)
    await opschonen.check()


@pytest.mark.parametrize(
    ("given", "activiteit", "terms", "reden"),
    [
        ("P10Y", None, regels(), "opgegeven"),
        ("P10Y", ACTIVITEIT, Bewaarregels({ACTIVITEIT: "P20Y"}, "P20Y"), "opgegeven"),
        ("P10YT1S", ACTIVITEIT, Bewaarregels({ACTIVITEIT: "P1Y"}, "P1Y"), None),
        (None, ACTIVITEIT, Bewaarregels({ACTIVITEIT: "P10Y"}, "P20Y"), "verwerkingsactiviteit"),
        (None, ACTIVITEIT, Bewaarregels({ACTIVITEIT: "P20Y"}, "P1Y"), None),
        (None, ACTIVITEIT, Bewaarregels({ANOTHER: "P1Y"}, "P10Y"), "maximum"),
        (None, None, Bewaarregels({ACTIVITEIT: "P1Y"}, "P10Y"), "maximum"),
        (None, None, Bewaarregels({ACTIVITEIT: "P1Y"}, "P20Y"), None),
        (None, None, regels(), None),
        ("P999999999Y", None, regels("P1Y"), None),
    ],
)
async def test_R2_each_criterion_counts_only_where_the_one_before_is_missing(
    log: Log,
    opschonen: Opschoning,
    given: str | None,
    activiteit: str | None,
    terms: Bewaarregels,
    reden: str | None,
) -> None:
    versie = await registered(log, bewaartermijn=given, verwerkingsactiviteit_id=activiteit)
    planned = await opschonen.proef(terms)
    assert await opschonen.there(versie)
    done = await opschonen(terms)
    assert await opschonen.there(versie) is (reden is None)
    assert [groep["reden"] for groep in done.groepen] == [reden] * (reden is not None)
    assert planned.groepen == done.groepen


async def test_R2_all_versions_of_an_actie_go_together(log: Log, opschonen: Opschoning) -> None:
    versie = await registered(log, bewaartermijn="P1Y")
    versie = await change(log, versie, verwerkte_objecten=(OTHER,), gebruiker="medewerker-2")
    await change(log, versie, vertrouwelijkheid=Vertrouwelijkheid.VERTROUWELIJK)
    assert (await opschonen.rows(["opvolging"]))["opvolging"] == 2
    verslag = await opschonen()
    assert (verslag.acties, verslag.versies, verslag.betrokkenen) == (1, 3, 2)
    assert await opschonen.rows() == dict.fromkeys(TABLES, 0)
    await opschonen.check()


async def test_R2_an_actie_that_lapsed_goes_by_its_term_too(log: Log, opschonen: Opschoning) -> None:
    gone = await registered(log, bewaartermijn="P1Y")
    kept = await registered(log, bewaartermijn="P20Y")
    for versie in (gone, kept):
        await follow(log, lapsed_version(versie, AUTEUR, datetime.now(UTC)))
    await opschonen()
    assert (await opschonen.there(gone), await opschonen.there(kept)) == (False, True)


async def test_R2_the_term_of_the_current_version_decides(log: Log, opschonen: Opschoning) -> None:
    shortened = await registered(log, bewaartermijn="P20Y")
    lengthened = await registered(log, bewaartermijn="P1Y")
    taken_away = await registered(log, bewaartermijn="P20Y")
    moved = await registered(log, bewaartermijn="P1Y")
    await change(log, shortened, bewaartermijn="P1Y")
    await change(log, lengthened, bewaartermijn="P20Y")
    await change(log, taken_away, bewaartermijn=None)
    await change(log, moved, tijdstip=parse_tijdstip("2026-11-23T12:00:00Z"))
    verslag = await opschonen(regels("P10Y"))
    assert [await opschonen.there(each) for each in (shortened, lengthened, taken_away, moved)] == [
        False,
        True,
        False,
        True,
    ]
    assert sorted(str(groep["reden"]) for groep in verslag.groepen) == ["maximum", "opgegeven"]


@both_versions
@pytest.mark.parametrize(
    ("tijdstip", "term", "end"),
    [
        ("2024-01-31T12:00:00+01:00", "P1M", "2024-02-29T12:00:00+01:00"),
        ("2023-01-31T12:00:00+01:00", "P1M", "2023-02-28T12:00:00+01:00"),
        ("2024-02-29T12:00:00+01:00", "P1Y", "2025-02-28T12:00:00+01:00"),
        ("2024-02-29T12:00:00+01:00", "P4Y", "2028-02-29T12:00:00+01:00"),
        ("2026-03-28T12:00:00+01:00", "P1D", "2026-03-29T12:00:00+02:00"),
        ("2026-03-28T12:00:00+01:00", "PT24H", "2026-03-29T13:00:00+02:00"),
        ("2026-10-25T00:30:00+02:00", "PT2H", "2026-10-25T01:30:00+01:00"),
        ("2026-01-01T00:00:00+01:00", "P2W", "2026-01-15T00:00:00+01:00"),
        ("2025-01-31T00:00:00+01:00", "P1Y1M1DT1H1M1,5S", "2026-03-01T01:01:01.500+01:00"),
        ("2024-01-01T00:30:00+02:00", "P1M", "2024-01-31T23:30:00+01:00"),
        ("2024-06-01T00:00:00Z", "PT0.000001S", "2024-06-01T00:00:00.000001Z"),
    ],
)
async def test_R1_a_term_runs_on_the_calendar_from_tijdstip(
    log: Log, opschonen: Opschoning, tijdstip: str, term: str, end: str
) -> None:
    versie = await registered(log, tijdstip=parse_tijdstip(tijdstip), bewaartermijn=term)
    moment = datetime.fromisoformat(end)
    await opschonen(now=moment - timedelta(microseconds=1))
    assert await opschonen.there(versie)
    await opschonen(now=moment)
    assert not await opschonen.there(versie)


async def test_R2_a_dry_run_tells_how_many_from_when_and_why_and_removes_nothing(
    log: Log, opschonen: Opschoning
) -> None:
    for year in (2001, 2003, 2002):
        tijdstip = parse_tijdstip(f"{year}-01-01T00:00:00Z")
        await registered(log, tijdstip=tijdstip, bewaartermijn="P1Y", systeem="Burgerzaken")
    await registered(log, systeem="Zaken", verwerkingsactiviteit_id=ACTIVITEIT)
    await registered(log)
    before = await opschonen.rows([*TABLES, "beheer", "opschoning"])
    terms = Bewaarregels({ACTIVITEIT: "P5Y"}, "P7Y")
    verslag = await opschonen.proef(terms)
    assert (verslag.proef, verslag.acties, verslag.manifesten, verslag.maximum) == (True, 5, [], "P7Y")
    when, new_year = "2016-11-24T12:00:00.000000Z", "-01-01T00:00:00.000000Z"
    assert [list(groep.values()) for groep in verslag.groepen] == [
        ["maximum", "P7Y", "", "", 1, 1, when, when],
        ["opgegeven", "P1Y", "Burgerzaken", "", 3, 3, f"2001{new_year}", f"2003{new_year}"],
        ["verwerkingsactiviteit", "P5Y", "Zaken", ACTIVITEIT, 1, 1, when, when],
    ]
    assert await opschonen.rows([*TABLES, "beheer", "opschoning"]) == before
    assert (await opschonen(terms)).groepen == verslag.groepen


async def test_R2_moments_at_the_edge_of_the_calendar_are_told(log: Log, opschonen: Opschoning) -> None:
    await registered(log, tijdstip=parse_tijdstip("0001-01-01T00:00:00+14:00"), bewaartermijn="P1D")
    verslag = await opschonen()
    assert verslag.groepen[0]["eerste"] == "0001-01-01T00:00:00.000000Z"


async def test_R2_a_log_with_nothing_to_remove_says_so(opschonen: Opschoning) -> None:
    before = (await opschonen.rows(["beheer"]))["beheer"]
    verslag = await opschonen(regels("P1Y"), NOW)
    assert (verslag.status, verslag.acties, verslag.groepen) == ("klaar", 0, [])
    assert (await opschonen.rows(["beheer"]))["beheer"] == before + 1
