"""Migration 0004 moves the one occurrence of a first version into its row; what it can't be sure of stays."""

import pytest

from tests.support.postgres import psql
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.migrate import all_migrations, migrate

BEFORE = 3
OLD_RELEASE = """
create schema verwerkingenlog;
create table verwerkingenlog.migratie (
    nummer integer primary key, naam text not null, vingerafdruk text not null,
    toegepast timestamptz default now()
);
"""
# volgnummer, actie, tijdstip, nummer, hoogste_nummer, klasse, vertrouwelijkheid, vervallen
VERSIES = """
    (1, 1, '2024-04-05', 1, 1, 0, 0, false), -- one person
    (2, 2, '2024-04-05', 1, 2, 0, 0, false), -- two
    (3, 3, '2024-04-05', 1, 0, 0, 0, false), -- none
    (4, 1, '2024-04-05', 2, 1, 2, 0, false), -- follows on 1
    (5, 5, '2024-04-05', 1, 1, 1, 1, false), -- confidential
    (6, 6, '2024-04-05', 1, 1, 0, 0, false), -- of another moment than its occurrence: someone altered one
    (7, 7, '2024-04-05', 1, 1, 0, 0, false)  -- someone added an occurrence
"""
# betrokkene, versie, actie, tijdstip, nummer, kenmerken, klasse, nullen, actueel, eerste, herziening
OBJECTEN = """
    (11, 1, 1, '2024-04-05', 1, 21, 0, 0, true, true, false),
    (11, 2, 2, '2024-04-05', 1, 21, 0, 0, true, true, false),
    (12, 2, 2, '2024-04-05', 2, 21, 0, 0, true, true, false),
    (11, 4, 1, '2024-04-05', 1, 21, 2, 0, true, true, true),
    (11, 4, 1, '2024-04-05', null, null, 0, 0, false, false, true),
    (11, 5, 5, '2024-04-05', 1, 22, 1, 3, true, true, false),
    (11, 6, 6, '2024-04-06', 1, 21, 0, 0, true, true, false),
    (11, 7, 7, '2024-04-05', 1, 21, 0, 0, true, true, false),
    (12, 7, 7, '2024-04-05', 1, 21, 0, 0, true, true, false)
"""
KENMERKEN = """
insert into verwerkingenlog.kenmerken
    (applicatie, actie_naam, handeling_naam, verwerking_naam, systeem, gegevensbron, soort_afnemer_id)
values ('', '', '', '', '', '', '')
"""
FILL = f"""
insert into verwerkingenlog.versie (
    volgnummer, actie, tijdstip, nummer, hoogste_nummer, klasse, vertrouwelijkheid, vervallen,
    tijdstip_registratie, actie_id, kenmerken, gebruiker, auteur_gebruiker, zaad
)
select volgnummer, actie, tijdstip::timestamptz, nummer, hoogste, klasse, vertrouwelijkheid, vervallen, now(),
    gen_random_uuid(), 1, '', '', gen_random_uuid()
from (values {VERSIES})
    as v (volgnummer, actie, tijdstip, nummer, hoogste, klasse, vertrouwelijkheid, vervallen);
insert into verwerkingenlog.verwerkt_object values {OBJECTEN};
"""
ENTRIES = """
select string_agg(
    concat_ws(' ', versie, actie, betrokkene, tijdstip::date, nummer, kenmerken, klasse, nullen, actueel,
        eerste, herziening),
    '; ' order by versie, nummer, betrokkene
)
from verwerkingenlog.{} where betrokkene is not null
"""


@pytest.fixture
def old_release(cluster: Cluster, database: str) -> str:
    """Give a database of the release before, with a few records."""
    psql(cluster, OLD_RELEASE, url=database)
    for step in all_migrations()[:BEFORE]:
        psql(cluster, step.text, url=database)
        done = f"{step.number}, '{step.name}', '{step.fingerprint}'"
        psql(cluster, f"insert into verwerkingenlog.migratie values ({done})", url=database)
    psql(cluster, FILL, url=database)
    return database


@pytest.mark.parametrize("cluster", [18, 16], indirect=True)
async def test_M2_T3_the_migration_moves_an_occurrence_that_is_as_its_version_says_and_no_other(
    cluster: Cluster, old_release: str
) -> None:
    before = psql(cluster, ENTRIES.format("verwerkt_object"), url=old_release)
    assert [step.number for step in await migrate(old_release)] == [BEFORE + 1]
    assert psql(cluster, ENTRIES.format("voorkomen"), url=old_release) == before
    own = "select volgnummer, betrokkene, objectkenmerken, nullen from verwerkingenlog.versie"
    assert psql(cluster, f"{own} where betrokkene is not null order by 1", url=old_release).splitlines() == [
        "1|11|21|",
        "5|11|22|3",
    ]
    kept = "select string_agg(distinct versie::text, ' ') from verwerkingenlog.verwerkt_object"
    assert psql(cluster, kept, url=old_release) == "2 4 6 7"
    derived = (
        "select string_agg(concat_ws(' ', volgnummer, actie, hoogste_nummer, vertrouwelijkheid), '; '"
        " order by volgnummer) from verwerkingenlog.{}"
    )
    told = "1 1 1 0; 2 2 2 0; 3 3 0 0; 4 1 1 0; 5 5 1 1; 6 6 1 0; 7 7 1 0"
    stored = "1; 2 2; 3 0; 4 1 1 0; 5; 6 1; 7 1"
    assert psql(cluster, derived.format("versie"), url=old_release) == stored
    psql(cluster, KENMERKEN, url=old_release)
    assert psql(cluster, derived.format("versie_volledig"), url=old_release) == told
