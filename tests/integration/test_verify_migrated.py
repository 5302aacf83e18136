"""Rule T3: a log of the release before is sound once it was migrated, and what was altered in it is found."""

import pytest

from tests.integration.test_tampering import ONE
from tests.support.tampering import Copy, Tampering, named
from verwerkingenlog.operations.verificatie.bevinding import Wat
from verwerkingenlog.storage.migrate import all_migrations, migrate

BEFORE = 3
KEEP = """
create schema bewaard;
do $$ declare name text; begin
    for name in select relname from pg_class where relnamespace = 'verwerkingenlog'::regnamespace
        and relkind in ('r', 'p') and not relispartition
    loop execute format('create table bewaard.%I as table verwerkingenlog.%I', name, name); end loop;
end $$;
create table bewaard.uitgegeven as select last_value from verwerkingenlog.volgnummer;
update bewaard.versie set actie = coalesce(actie, volgnummer), hoogste_nummer = coalesce(hoogste_nummer, 1),
    vertrouwelijkheid = coalesce(vertrouwelijkheid, klasse);
insert into bewaard.verwerkt_object
select o.* from verwerkingenlog.voorkomen o join bewaard.versie v on v.volgnummer = o.versie
where v.betrokkene is not null;
alter table bewaard.versie drop betrokkene, drop objectkenmerken, drop nullen;
drop schema verwerkingenlog cascade;
"""
"""Puts all rows aside, those of versions and occurrences as the release before had them."""
NO_SCHEMA = """
create schema verwerkingenlog;
create table verwerkingenlog.migratie (
    nummer integer primary key, naam text not null, vingerafdruk text not null,
    toegepast timestamptz not null default now()
);
"""
PUT_BACK = """
do $$ declare name text; given text; begin
    for name in select relname from pg_class where relnamespace = 'bewaard'::regnamespace
        and relname not in ('uitgegeven', 'migratie')
    loop
        select string_agg(quote_ident(attname), ', ') into given from pg_attribute
        where attrelid = format('bewaard.%I', name)::regclass and attnum > 0 and not attisdropped;
        execute format('delete from verwerkingenlog.%I', name);
        execute format('insert into verwerkingenlog.%I (%s) overriding system value'
            ' select %s from bewaard.%I', name, given, given, name);
    end loop;
end $$;
select setval('verwerkingenlog.volgnummer', last_value) from bewaard.uitgegeven;
drop schema bewaard cascade;
"""


@pytest.fixture
def before(tampering: Tampering) -> Copy:
    """Give a sealed log of every shape as the release before would have made it."""
    copy = tampering.copy()
    copy.do(KEEP + NO_SCHEMA)
    for step in all_migrations()[:BEFORE]:
        copy.do(step.text)
        done = f"{step.number}, '{step.name}', '{step.fingerprint}'"
        copy.do(f"insert into verwerkingenlog.migratie (nummer, naam, vingerafdruk) values ({done})")
    copy.do(PUT_BACK)
    return copy


async def test_T3_a_migrated_log_is_sound(before: Copy, tampering: Tampering) -> None:
    moving = "select count(*) from verwerkt_object where nummer is not null and not herziening"
    assert before.value(moving) > 1
    await migrate(before.url)
    assert before.do(f"select {ONE}")
    assert await before.strict([tampering.checkpoint]) == []


@pytest.mark.parametrize(
    "change",
    [
        "tijdstip = tijdstip + interval '1 second'",
        "nullen = 1",
        "actueel = false",
        "eerste = false",
        "herziening = true",
        "nummer = 2",
        "betrokkene = betrokkene + 1",
        "actie = actie - 1",
    ],
)
async def test_T3_what_was_altered_before_a_migration_is_found_after_it(before: Copy, change: str) -> None:
    number = before.value(
        "select max(versie) from verwerkt_object o join versie v on v.volgnummer = o.versie"
        " where v.hoogste_nummer = 1 and v.nummer = 1"
    )
    before.do(f"update verwerkt_object set {change} where versie = {number}")
    await migrate(before.url)
    findings = await before.verifier()
    assert named(findings) == {number}
    assert {one.plek.wat for one in findings} == {Wat.VERSIE}
