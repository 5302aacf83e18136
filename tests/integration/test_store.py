"""What is stored comes back, current is what is newest, and a batch harms none of its records."""

import asyncio
import functools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support.postgres import psql
from tests.support.store import AUTEUR, OTHER, PERSON, a_version, an_actie, log_on
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Klasse, Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import (
    Versie,
    Verwerkingsactie,
    VerwerktObject,
    actie_id_from,
    betrokkenen_of,
    first_version,
    lapsed_version,
    next_version,
)
from verwerkingenlog.errors import IdempotencyPending, Overloaded
from verwerkingenlog.operations.log import Log, microseconds
from verwerkingenlog.storage import reading
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.idempotency import KEPT, Claim, find, forget, remember
from verwerkingenlog.storage.reading import AFTER_ALL, BEFORE_ALL, FIRST, Beyond, Selection

both_versions = pytest.mark.parametrize("cluster", [18, 16], indirect=True)


async def current(log: Log, actie_id: str) -> Versie:
    async with log.pool.acquire() as connection:
        record = await reading.current(connection, log.ring, actie_id)
    assert record is not None
    return record.versie


async def shown(
    log: Log, person: VerwerktObject, klassen: frozenset[Klasse] = frozenset(Klasse)
) -> list[str]:
    """Give the actieIds that are current about a person, newest first."""
    async with log.pool.acquire() as connection:
        number = await log.writer.betrokkenen.find(connection, betrokkenen_of([person])[0])
        selection = Selection(number or 0, klassen, BEFORE_ALL, AFTER_ALL, None, each_occurrence=False)
        found = await reading.page(connection, selection, Beyond(FIRST, older=True, but=0), 100)
        assert await reading.count(connection, selection) == len(found)
    return [entry.place.actie_id for entry in found]


async def succeed(log: Log, before: Versie, after: Versie) -> bool:
    async with log.pool.acquire() as connection:
        record = await reading.current(connection, log.ring, before.actie_id)
        assert record is not None
        return await log.writer.succeed(connection, [(record._replace(versie=before), after)])


def changed(before: Versie, **changes: object) -> Versie:
    return next_version(before, replace(before.inhoud, **changes), AUTEUR, datetime.now(UTC))


@both_versions
async def test_M2_a_version_comes_back_as_it_was_written(log: Log) -> None:
    versie = a_version(
        VerwerktObject("bsn", "000000012", betrokkenheid="Getuige", soorten_gegevens=("Naam", "Adres")),
        VerwerktObject("Personeelsnummer", "0012"),
        soort_afnemer_id="BSN",
        afnemer_id="012345678",
        verwerking_id="48086bf2-11b7-4603-9526-67d7c3bb6587",
        bewaartermijn="P10Y",
    )
    await log.group_commit.register(versie)
    assert await current(log, versie.actie_id) == versie


words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
empty_or = functools.partial(st.one_of, st.none())
moments = st.builds(
    "{}{}{}".format,
    st.datetimes().map(lambda moment: moment.isoformat(timespec="seconds")),
    st.sampled_from(["", ".1", ".12", ".123", ".123456", ".123456789", ".000", ".100000"]),
    st.sampled_from(["Z", "z", "+00:00", "-00:00", "+01:00", "-23:59", "+23:59"]),
)
objects = st.builds(
    VerwerktObject,
    st.sampled_from(["BSN", "bsn"]),
    st.from_regex(r"[0-9]{1,9}", fullmatch=True),
    betrokkenheid=words,
    soorten_gegevens=st.lists(words, max_size=3).map(tuple),
) | st.builds(VerwerktObject, words.filter(lambda soort: soort.lower() != "bsn"), words)
contents = st.builds(
    Verwerkingsactie,
    tijdstip=moments.map(parse_tijdstip),
    vertrouwelijkheid=st.sampled_from([Vertrouwelijkheid.NORMAAL, Vertrouwelijkheid.VERTROUWELIJK]),
    verwerkte_objecten=st.lists(objects, max_size=4).map(tuple),
    actie_naam=words,
    handeling_naam=words,
    verwerking_naam=words,
    systeem=words,
    gebruiker=words,
    gegevensbron=words,
    bewaartermijn=empty_or(st.just("P10Y")),
    verwerking_id=empty_or(st.uuids().map(str)),
    verwerking_id_afnemer=empty_or(st.uuids().map(str)),
    verwerkingsactiviteit_id=empty_or(st.uuids().map(str)),
    verwerkingsactiviteit_url=empty_or(st.just("https://var.example/1")),
    uitvoerder=empty_or(st.just("00000001821002193000")),
    soort_afnemer_id=words,
    afnemer_id=empty_or(st.sampled_from(["00000001821002193000", "12345"])),
)


@given(inhoud=contents)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_M4_M5_M7_whatever_is_accepted_comes_back(log: Log, inhoud: Verwerkingsactie) -> None:
    versie = first_version(actie_id_from(log.random(16)), inhoud, AUTEUR, log.clock())
    await log.group_commit.register(versie)
    assert await current(log, versie.actie_id) == versie


@pytest.mark.parametrize(
    "text",
    [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59.999999999-23:59",
        "2024-02-29t12:00:00.100000000z",
        "2024-02-29T12:00:00.120+00:00",
        "2024-02-29T12:00:00-00:00",
        "2024-02-29T12:00:00.000Z",
    ],
)
async def test_M4_every_spelling_of_a_moment_comes_back(log: Log, text: str) -> None:
    versie = a_version(tijdstip=parse_tijdstip(text))
    await log.group_commit.register(versie)
    assert (await current(log, versie.actie_id)).inhoud.tijdstip.text == text


@both_versions
async def test_M8_an_actie_that_turns_confidential_leaves_the_normal_partition(
    log: Log, cluster: Cluster, database: str
) -> None:
    before = a_version()
    await log.group_commit.register(before)
    after = changed(before, vertrouwelijkheid=Vertrouwelijkheid.VERTROUWELIJK)
    assert await succeed(log, before, after)
    assert await shown(log, PERSON, frozenset({Klasse.NORMAAL})) == []
    assert await shown(log, PERSON, frozenset({Klasse.VERTROUWELIJK})) == [before.actie_id]
    # Who may see the normal partition alone sees there that nothing is current, and not why.
    newest = psql(
        cluster,
        "select actueel, nummer is null from verwerkingenlog.verwerkt_object_normaal"
        " order by versie desc limit 1",
        url=database,
    )
    assert newest == "f|t"


@both_versions
async def test_M8_once_confidential_never_normal_again(log: Log) -> None:
    versie = a_version(vertrouwelijkheid=Vertrouwelijkheid.VERTROUWELIJK)
    await log.group_commit.register(versie)
    after = changed(versie, vertrouwelijkheid=Vertrouwelijkheid.NORMAAL)
    assert await succeed(log, versie, after)
    assert await shown(log, PERSON, frozenset({Klasse.NORMAAL})) == []
    assert await shown(log, PERSON, frozenset({Klasse.OPGEHEVEN})) == [versie.actie_id]


async def test_G2_a_person_who_is_dropped_has_nothing_current(log: Log) -> None:
    versie = a_version(PERSON, OTHER)
    await log.group_commit.register(versie)
    assert await succeed(log, versie, changed(versie, verwerkte_objecten=(OTHER,)))
    assert await shown(log, PERSON) == []
    assert await shown(log, OTHER) == [versie.actie_id]


async def test_G2_a_person_who_returns_is_current_again(log: Log) -> None:
    one = a_version(PERSON, OTHER)
    await log.group_commit.register(one)
    two = changed(one, verwerkte_objecten=(OTHER,))
    three = changed(two, verwerkte_objecten=(OTHER, PERSON))
    assert await succeed(log, one, two)
    assert await succeed(log, two, three)
    assert await shown(log, PERSON) == [one.actie_id]


async def test_D1_what_is_vervallen_is_current_for_nobody(log: Log) -> None:
    versie = a_version(PERSON, OTHER)
    await log.group_commit.register(versie)
    lapsed = lapsed_version(versie, AUTEUR, datetime.now(UTC))
    assert await succeed(log, versie, lapsed)
    assert await shown(log, PERSON) == await shown(log, OTHER) == []
    assert await current(log, versie.actie_id) == lapsed


async def test_M2_the_newest_version_counts_whichever_worker_wrote_it(log: Log) -> None:
    early, late = log_on(log.pool, log.ring), log_on(log.pool, log.ring)
    await early.group_commit.register(a_version(OTHER))  # takes its block of numbers first
    versie = a_version()
    await late.group_commit.register(versie)
    assert await succeed(early, versie, changed(versie, verwerkte_objecten=(OTHER,)))
    assert await shown(late, PERSON) == []


async def test_M2_of_two_changes_of_one_version_only_one_is_written(log: Log) -> None:
    versie = a_version()
    await log.group_commit.register(versie)
    outcomes = await asyncio.gather(
        *(succeed(log, versie, changed(versie, actie_naam=str(number))) for number in range(8))
    )
    assert sorted(outcomes) == [False] * 7 + [True]
    assert (await current(log, versie.actie_id)).nummer == 2


async def test_W1_changes_of_many_acties_are_written_together_or_not(log: Log) -> None:
    versies = [a_version() for _ in range(5)]
    for versie in versies:
        await log.group_commit.register(versie)
    await succeed(log, versies[3], changed(versies[3], actie_naam="eerder"))
    async with log.pool.acquire() as connection:
        records = [await reading.current(connection, log.ring, versie.actie_id) for versie in versies]
        stale = [
            (record._replace(versie=versie), changed(versie, actie_naam="later"))
            for record, versie in zip(records, versies, strict=True)
            if record is not None
        ]
        assert not await log.writer.succeed(connection, stale)
    assert [(await current(log, versie.actie_id)).inhoud.actie_naam for versie in versies] == [
        "Zoeken personen"
    ] * 3 + ["eerder", "Zoeken personen"]


@both_versions
async def test_P2_one_bad_record_harms_no_other_of_its_batch(log: Log) -> None:
    good = [a_version() for _ in range(20)]
    bad = a_version(actie_naam="\0")  # PostgreSQL refuses it; the edge would have
    outcomes = await asyncio.gather(
        *(log.group_commit.register(versie) for versie in [*good[:10], bad, *good[10:]]),
        return_exceptions=True,
    )
    assert isinstance(outcomes.pop(10), Exception)
    assert all(isinstance(outcome, int) for outcome in outcomes)
    for versie in good:
        assert await current(log, versie.actie_id) == versie


def a_claim(versie: Versie, key: bytes = b"k", now: datetime | None = None) -> Claim:
    return Claim(key, b"body", versie.actie_id, microseconds(now or versie.tijdstip_registratie))


@both_versions
async def test_P6_of_many_calls_with_one_key_one_is_written(log: Log) -> None:
    other = log_on(log.pool, log.ring)
    versies = [a_version() for _ in range(10)]
    outcomes = await asyncio.gather(
        *(
            worker.group_commit.register(versie, a_claim(versie))
            for worker, versie in zip([log, other] * 5, versies, strict=True)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, IdempotencyPending) for outcome in outcomes) == 9
    assert len(await shown(log, PERSON)) == 1


async def test_P6_a_key_is_free_again_after_a_day(log: Log) -> None:
    now = datetime.now(UTC)
    first, early, late = a_version(), a_version(), a_version()
    await log.group_commit.register(first, a_claim(first, now=now))
    with pytest.raises(IdempotencyPending):
        await log.group_commit.register(early, a_claim(early, now=now + timedelta(microseconds=KEPT - 1)))
    await log.group_commit.register(late, a_claim(late, now=now + timedelta(microseconds=KEPT)))


async def test_P6_forgetting_keys_waits_for_nobody_and_makes_nobody_wait(log: Log) -> None:
    now = datetime.now(UTC)
    taken, old = a_version(), a_version()
    await log.group_commit.register(taken, a_claim(taken, b"taken", now))
    await log.group_commit.register(old, a_claim(old, b"old", now))
    late = now + timedelta(microseconds=KEPT)
    async with log.pool.acquire() as taking, log.pool.acquire() as forgetting, taking.transaction():
        # In this order of locks, the other way round than by time, each would wait for the other.
        again = a_version()
        assert await remember(taking, [a_claim(again, b"taken", late)]) == {again.actie_id}
        await forgetting.execute("set lock_timeout = '1s'")
        await forget(forgetting, microseconds(late))
        assert await find(forgetting, b"old", 0) is None
        assert await find(forgetting, b"taken", 0) is not None


async def test_E2_a_full_queue_refuses(log: Log) -> None:
    small = log_on(log.pool, log.ring, capacity=2)
    outcomes = await asyncio.gather(
        *(small.group_commit.register(a_version()) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, Overloaded) for outcome in outcomes) == 3


async def test_P2_a_caller_that_goes_away_harms_no_other(log: Log) -> None:
    gone, stays = a_version(), a_version()
    going = asyncio.create_task(log.group_commit.register(gone))
    staying = asyncio.create_task(log.group_commit.register(stays))
    await asyncio.sleep(0)
    going.cancel()
    await staying
    await log.group_commit.drain()
    assert await current(log, stays.actie_id) == stays


async def test_P4_more_objects_than_a_worker_remembers_persons(log: Log) -> None:
    many = a_version(*(VerwerktObject("nummer", str(number)) for number in range(101_000)))
    await log.group_commit.register(many)
    assert (await current(log, many.actie_id)).inhoud == an_actie(*many.inhoud.verwerkte_objecten)
