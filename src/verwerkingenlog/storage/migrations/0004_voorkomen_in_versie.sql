-- The one occurrence of a first version comes to lie in the row of the version itself (ADR 0012): a row and an
-- index entry less for nearly every actie. This writes the tables of versions and occurrences anew, which takes
-- as long as reading and writing them does: stop all servers, and what runs beside them. A server of the release
-- before can't write here any more.
set local statement_timeout = 0;

drop view verwerkingenlog.versie_volledig, verwerkingenlog.object_volledig;

-- Out of the way with all their names.
create schema verwerkingenlog_vorig;
alter table verwerkingenlog.versie set schema verwerkingenlog_vorig;
alter table verwerkingenlog.versie_normaal set schema verwerkingenlog_vorig;
alter table verwerkingenlog.versie_afgeschermd set schema verwerkingenlog_vorig;

-- One row per version of an actie, append-only (rule M2).
-- klasse: 0 normaal, 1 vertrouwelijk, 2 opgeheven; vertrouwelijkheid likewise, null where it is the same (rule M8).
-- actie is the number of the first version; null in that one itself. tijdstip_tekst holds a spelling that tijdstip
-- and tijdstip_zone (minutes; null for Z) do not give back (rule M4). zaad is the seed of the salts of this
-- version's commitments; worth nothing without the evidence key of the ring.
-- betrokkene, objectkenmerken and nullen (null for none) are the one occurrence of a first version that has no
-- other: number 1, and the highest, so that hoogste_nummer is null. Such a version has no rows of verwerkt_object.
-- No foreign keys here: what a version refers to can't be deleted, so a check per row would only cost.
-- The order of the columns is the one with the least padding.
create table verwerkingenlog.versie (
    volgnummer bigint not null,
    tijdstip timestamptz not null,
    tijdstip_registratie timestamptz not null,
    betrokkene bigint,
    actie bigint,
    afnemer bigint,
    actie_id uuid not null,
    zaad uuid not null,
    verwerking_id uuid,
    verwerking_id_afnemer uuid,
    kenmerken integer not null,
    objectkenmerken integer,
    nummer integer not null check (nummer > 0),
    hoogste_nummer integer,
    klasse smallint not null,
    vertrouwelijkheid smallint check (vertrouwelijkheid between 0 and 2),
    tijdstip_zone smallint,
    nullen smallint,
    afnemer_nullen smallint,
    vervallen boolean not null,
    tijdstip_tekst text,
    gebruiker text not null,
    auteur_gebruiker text not null,
    check ((actie is null) = (nummer = 1)),
    check (
        case when betrokkene is null
            then objectkenmerken is null and nullen is null and hoogste_nummer is not null
            else objectkenmerken is not null and hoogste_nummer is null and nummer = 1 and not vervallen
        end
    )
) partition by list (klasse);

create table verwerkingenlog.versie_normaal partition of verwerkingenlog.versie for values in (0);
create table verwerkingenlog.versie_afgeschermd partition of verwerkingenlog.versie for values in (1, 2);

-- Only what is exactly as it would be read from the version's row: anything else stays, and is found.
with enig as (
    select o.versie from verwerkingenlog.verwerkt_object o group by o.versie having count(*) = 1
), eigen as (
    select o.versie, o.klasse, o.tijdstip, o.betrokkene, o.kenmerken, o.nullen
    from verwerkingenlog.verwerkt_object o join enig using (versie)
    where o.actie = o.versie and o.nummer = 1 and o.actueel and o.eerste and not o.herziening
)
insert into verwerkingenlog.versie (
    volgnummer, tijdstip, tijdstip_registratie, betrokkene, actie, afnemer, actie_id, zaad, verwerking_id,
    verwerking_id_afnemer, kenmerken, objectkenmerken, nummer, hoogste_nummer, klasse, vertrouwelijkheid,
    tijdstip_zone, nullen, afnemer_nullen, vervallen, tijdstip_tekst, gebruiker, auteur_gebruiker
)
select
    v.volgnummer, v.tijdstip, v.tijdstip_registratie, o.betrokkene, case when v.nummer > 1 then v.actie end,
    v.afnemer, v.actie_id, v.zaad, v.verwerking_id, v.verwerking_id_afnemer, v.kenmerken, o.kenmerken, v.nummer,
    case when o.betrokkene is null then v.hoogste_nummer end, v.klasse, nullif(v.vertrouwelijkheid, v.klasse),
    v.tijdstip_zone, nullif(o.nullen, 0), v.afnemer_nullen, v.vervallen, v.tijdstip_tekst, v.gebruiker,
    v.auteur_gebruiker
from verwerkingenlog_vorig.versie v
left join eigen o on o.versie = v.volgnummer and o.klasse = v.klasse and o.tijdstip = v.tijdstip
    and v.nummer = 1 and v.hoogste_nummer = 1 and not v.vervallen
order by v.volgnummer;

drop table verwerkingenlog_vorig.versie;
drop schema verwerkingenlog_vorig;

alter table verwerkingenlog.verwerkt_object disable trigger user;
alter table verwerkingenlog.verwerkt_object_normaal disable trigger user;
alter table verwerkingenlog.verwerkt_object_afgeschermd disable trigger user;
create temporary table blijft on commit drop as
select o.* from verwerkingenlog.verwerkt_object o
where not exists (
    select from verwerkingenlog.versie v where v.volgnummer = o.versie and v.betrokkene is not null
);
truncate verwerkingenlog.verwerkt_object;
insert into verwerkingenlog.verwerkt_object select * from blijft;
alter table verwerkingenlog.verwerkt_object enable trigger user;
alter table verwerkingenlog.verwerkt_object_normaal enable trigger user;
alter table verwerkingenlog.verwerkt_object_afgeschermd enable trigger user;

-- No number is given twice, so that each partition may guard its own; it tells a write that was done already.
create unique index versie_normaal_volgnummer on verwerkingenlog.versie_normaal (volgnummer)
    with (fillfactor = 100);
create unique index versie_afgeschermd_volgnummer on verwerkingenlog.versie_afgeschermd (volgnummer)
    with (fillfactor = 100);
create index versie_actie_id on verwerkingenlog.versie (actie_id);
create index versie_betrokkene on verwerkingenlog.versie (betrokkene, tijdstip) where betrokkene is not null;
create index versie_verwerking_id on verwerkingenlog.versie (verwerking_id) where verwerking_id is not null;
create index versie_verwerking_id_afnemer on verwerkingenlog.versie (verwerking_id_afnemer)
    where verwerking_id_afnemer is not null;
create index versie_afnemer on verwerkingenlog.versie (afnemer) where afnemer is not null;

-- Every occurrence of a person, wherever it lies. Closing rows are here too, and have no nummer; what has no
-- betrokkene is none: a condition that left it out would keep PostgreSQL from reading both in the order of an index.
create view verwerkingenlog.voorkomen with (security_invoker = true) as
select betrokkene, versie, actie, tijdstip, nummer, kenmerken, klasse, nullen, actueel, eerste, herziening
from verwerkingenlog.verwerkt_object
union all
select
    betrokkene, volgnummer, volgnummer, tijdstip, nummer, objectkenmerken, klasse, coalesce(nullen, 0::smallint),
    betrokkene is not null, true, false
from verwerkingenlog.versie;

-- A version with all that was stored apart, as the queries read it.
create view verwerkingenlog.versie_volledig with (security_invoker = true) as
select
    v.volgnummer, coalesce(v.actie, v.volgnummer) as actie, v.actie_id, v.nummer,
    coalesce(v.hoogste_nummer, 1) as hoogste_nummer, v.klasse,
    coalesce(v.vertrouwelijkheid, v.klasse) as vertrouwelijkheid, v.vervallen,
    v.tijdstip, v.tijdstip_zone, v.tijdstip_tekst, v.tijdstip_registratie, v.verwerking_id,
    v.verwerking_id_afnemer, v.gebruiker, v.auteur_gebruiker, v.betrokkene, v.afnemer, v.afnemer_nullen,
    a.zoekindex as afnemer_zoekindex, a.sleutel as afnemer_sleutel, a.cijfertekst as afnemer_cijfertekst,
    k.applicatie, k.actie_naam, k.handeling_naam, k.verwerking_naam, k.verwerkingsactiviteit_id,
    k.verwerkingsactiviteit_url, k.bewaartermijn, k.uitvoerder, k.systeem, k.gegevensbron, k.soort_afnemer_id,
    k.afnemer_oin, k.verwerkingsactiviteit_id_afnemer, k.verwerkingsactiviteit_url_afnemer, v.zaad
from verwerkingenlog.versie v
join verwerkingenlog.kenmerken k on k.id = v.kenmerken
left join verwerkingenlog.betrokkene a on a.id = v.afnemer;

-- An occurrence of a person likewise; closing rows are none.
create view verwerkingenlog.object_volledig with (security_invoker = true) as
select
    o.versie, o.nummer, o.nullen, o.betrokkene, b.zoekindex, b.sleutel, b.cijfertekst,
    k.soort_object_id, k.betrokkenheid, k.soorten_gegevens
from verwerkingenlog.voorkomen o
join verwerkingenlog.betrokkene b on b.id = o.betrokkene
join verwerkingenlog.objectkenmerken k on k.id = o.kenmerken
where o.nummer is not null;

do $$
declare
    name text;
begin
    foreach name in array array['versie', 'versie_normaal', 'versie_afgeschermd'] loop
        execute format(
            'create trigger alleen_aanvullen before update or delete or truncate on verwerkingenlog.%I'
            ' for each statement execute function verwerkingenlog.weiger_wijziging(''DELETE'')', name);
        execute format(
            'create trigger alleen_met_manifest after delete on verwerkingenlog.%I referencing old table as weg'
            ' for each statement execute function verwerkingenlog.weiger_zonder_manifest(''volgnummer'')', name);
    end loop;
end $$;

grant select, insert on verwerkingenlog.versie to verwerkingenlog_dienst;
grant select on verwerkingenlog.versie to verwerkingenlog_zegel, verwerkingenlog_opschoning;
grant select on verwerkingenlog.voorkomen, verwerkingenlog.versie_volledig, verwerkingenlog.object_volledig
    to verwerkingenlog_dienst, verwerkingenlog_zegel, verwerkingenlog_opschoning;

-- What is never changed can be frozen at the first look, and then needs no other.
alter table verwerkingenlog.versie_normaal set (autovacuum_freeze_min_age = 0);
alter table verwerkingenlog.versie_afgeschermd set (autovacuum_freeze_min_age = 0);
alter table verwerkingenlog.verwerkt_object_normaal set (autovacuum_freeze_min_age = 0);
alter table verwerkingenlog.verwerkt_object_afgeschermd set (autovacuum_freeze_min_age = 0);

-- Every row of ongezegeld goes within a second. In the row itself up to a page, and not compressed: hashes can't
-- be. Vacuumed whenever anyone looks, so that its pages are used again; to give them back would only make writers
-- wait.
alter table verwerkingenlog.ongezegeld alter column bladeren set storage external;
alter table verwerkingenlog.ongezegeld set (
    toast_tuple_target = 8160, vacuum_truncate = off, autovacuum_vacuum_threshold = 100,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0, toast.autovacuum_vacuum_threshold = 100,
    toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_cost_delay = 0, toast.vacuum_truncate = off
);

alter table verwerkingenlog.rand set (
    toast.autovacuum_vacuum_threshold = 100, toast.autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_cost_delay = 0, toast.vacuum_truncate = off
);

-- Carry out a manifest. Gives the acties that stay: they were changed after it was made.
-- Before an actie goes, its next version number is claimed as by a change (opvolging). So a change that was
-- first is seen; one that comes later waits, and then finds the version gone that it follows on.
create or replace function verwerkingenlog.voer_opschoning_uit(manifest bigint) returns bigint[]
language plpgsql security definer set search_path = verwerkingenlog, pg_temp as $$
declare
    genoemd bigint[] := open_manifest(manifest);
    weg bigint[];
    acties bigint[];
    uuids uuid[];
    blijven bigint[];
begin
    if genoemd is null then
        raise exception 'Manifest % is niet verzegeld, al uitgevoerd of veranderd.', manifest
            using errcode = 'insufficient_privilege';
    end if;
    perform begin_opschoning(manifest);
    with aanwezig as (
        select coalesce(v.actie, v.volgnummer) as actie, (array_agg(v.actie_id))[1] as actie_id,
            max(v.nummer) as nummer, count(*) as aantal, min(v.tijdstip_registratie) as sinds
        from versie v where v.volgnummer = any (genoemd) group by 1
    ), geclaimd as (
        insert into opvolging (actie, nummer)
        select a.actie, a.nummer + 1 from aanwezig a
        where a.aantal = 1 + (select count(*) from opvolging o where o.actie = a.actie)
        order by a.actie
        on conflict do nothing
        returning actie
    )
    select coalesce(array_agg(actie) filter (where g.actie is not null), '{}'),
        coalesce(array_agg(actie) filter (where g.actie is null), '{}'),
        coalesce(array_agg(actie_id) filter (where g.actie is not null and sinds > now() - interval '25 hours'), '{}')
    into acties, blijven, uuids
    from aanwezig left join geclaimd g using (actie);

    select coalesce(array_agg(v.volgnummer), '{}') into weg
    from versie v where v.volgnummer = any (genoemd) and coalesce(v.actie, v.volgnummer) = any (acties);
    with objecten as (
        delete from verwerkt_object where versie = any (weg) returning betrokkene, kenmerken
    ), versies as (
        delete from versie where volgnummer = any (weg) returning betrokkene, objectkenmerken, afnemer, kenmerken
    )
    insert into mogelijk_wees (tabel, id)
    select 'betrokkene', betrokkene from objecten
    union select 'betrokkene', betrokkene from versies where betrokkene is not null
    union select 'betrokkene', afnemer from versies where afnemer is not null
    union select 'objectkenmerken', kenmerken from objecten where kenmerken is not null
    union select 'objectkenmerken', objectkenmerken from versies where objectkenmerken is not null
    union select 'kenmerken', kenmerken from versies
    on conflict do nothing;
    delete from opvolging where actie = any (acties);
    -- An answer that is remembered holds the actieId, for a day at most; so older acties need no look.
    delete from idempotentie where uuids <> '{}' and actie_id = any (uuids);
    delete from open_opschoning where beheer = manifest;
    perform set_config('verwerkingenlog.opschoning', '', true);
    return blijven;
end $$;

-- Remove those of these persons whom nothing refers to, and give how many. Under the lock that every write of a
-- person passes: no write is under way, and one that remembers the number of a person is refused from here on.
create or replace function verwerkingenlog.vergeet_betrokkenen(ids bigint[]) returns bigint
language plpgsql security definer set search_path = verwerkingenlog, pg_temp as $$
declare
    aantal bigint;
begin
    perform begin_opschoning(0);
    perform volgende_generatie();
    -- offset 0 keeps each a look-up per person: joined, it could read the whole log under the lock
    delete from betrokkene b
    where b.id = any (ids)
        and not exists (select from voorkomen o where o.betrokkene = b.id offset 0)
        and not exists (select from versie v where v.afnemer = b.id offset 0);
    get diagnostics aantal = row_count;
    delete from mogelijk_wees where tabel = 'betrokkene' and id = any (ids);
    perform set_config('verwerkingenlog.opschoning', '', true);
    return aantal;
end $$;

-- Remove the rows without fingerprint that nothing refers to, and give how many. It needs no lock: nothing new
-- comes to refer to them. What still is referred to waits until a purge takes the last that does so.
create or replace function verwerkingenlog.verwijder_kenmerken() returns bigint
language plpgsql security definer set search_path = verwerkingenlog, pg_temp as $$
declare
    aantal bigint;
    aantal_objecten bigint;
begin
    perform begin_opschoning(0);
    delete from kenmerken k
    where k.vingerafdruk is null and k.id in (select id from mogelijk_wees where tabel = 'kenmerken')
        and not exists (select from versie v where v.kenmerken = k.id);
    get diagnostics aantal = row_count;
    delete from objectkenmerken k
    where k.vingerafdruk is null and k.id in (select id from mogelijk_wees where tabel = 'objectkenmerken')
        and not exists (select from verwerkt_object o where o.kenmerken = k.id)
        and not exists (select from versie v where v.objectkenmerken = k.id);
    get diagnostics aantal_objecten = row_count;
    delete from mogelijk_wees where tabel <> 'betrokkene';
    perform set_config('verwerkingenlog.opschoning', '', true);
    return aantal + aantal_objecten;
end $$;

-- The tables are new to the planner, however many rows they have.
analyze verwerkingenlog.versie, verwerkingenlog.verwerkt_object;
