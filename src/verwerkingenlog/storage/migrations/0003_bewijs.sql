-- The evidence (rules T1-T3), retention (R1-R3) and keys that can be replaced (M7).
do $$
declare
    name text;
begin
    foreach name in array array['verwerkingenlog_zegel', 'verwerkingenlog_opschoning'] loop
        if not exists (select from pg_roles where rolname = name) then
            begin
                execute format('create role %I nologin', name);
            exception when duplicate_object or unique_violation then
                null; -- made a moment ago by the migration of another database
            end;
        end if;
        if not pg_has_role(current_user, name, 'set') then
            execute format('grant %I to current_user', name);
        end if;
    end loop;
end $$;

grant usage on schema verwerkingenlog to verwerkingenlog_zegel, verwerkingenlog_opschoning;

-- The seed of the salts of this version's commitments; worth nothing without the evidence key of the ring.
alter table verwerkingenlog.versie add column zaad uuid not null default gen_random_uuid();

create index versie_afnemer on verwerkingenlog.versie (afnemer) where afnemer is not null;

-- The leaf of the version before; null where that was written before the log had leaves.
alter table verwerkingenlog.opvolging add column vorige bytea check (length(vorige) = 32);

-- staat: voorbereid (known, not used), komend (written beside the one in use), actief, gaand (being replaced),
-- oud (nothing needs it), vernietigd. publiek: the public key of one that signs.
alter table verwerkingenlog.sleutel
    drop constraint sleutel_doel_check,
    add check (doel in ('zoeken', 'onthullen', 'dienst', 'bewijs', 'ondertekenen')),
    add column staat text not null default 'actief'
        check (staat in ('voorbereid', 'komend', 'actief', 'gaand', 'oud', 'vernietigd')),
    add column publiek bytea check (length(publiek) = 32),
    add check ((doel = 'ondertekenen') = (publiek is not null));

-- The index under the search key that is to follow, while one follows another.
alter table verwerkingenlog.betrokkene add column zoekindex_nieuw bytea;
create unique index betrokkene_zoekindex_nieuw on verwerkingenlog.betrokkene (zoekindex_nieuw)
    where zoekindex_nieuw is not null;
create index betrokkene_sleutel on verwerkingenlog.betrokkene (sleutel);

-- A row without fingerprint is on its way out: nothing new can refer to it.
alter table verwerkingenlog.kenmerken alter column vingerafdruk drop not null;
alter table verwerkingenlog.objectkenmerken alter column vingerafdruk drop not null;

-- Counts the moments at which what a worker remembers of keys, persons and attributes may have become wrong.
create table verwerkingenlog.generatie (
    enig boolean primary key default true check (enig),
    nummer bigint not null
);
insert into verwerkingenlog.generatie (nummer) values (1);

-- Every write of what rests on a worker's memory passes here, in its own transaction. The lock first, and only
-- then the look: a change that was under way has ended by then, and the next one waits for this transaction.
create function verwerkingenlog.eis_generatie(verwacht bigint) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(8101986413);
    if (select nummer from verwerkingenlog.generatie) <> verwacht then
        raise exception 'Sleutels of personen zijn intussen veranderd.' using errcode = 'VL001';
    end if;
end $$;

create function verwerkingenlog.volgende_generatie() returns bigint language plpgsql as $$
declare
    volgende bigint;
begin
    perform pg_advisory_xact_lock(8101986413);
    update verwerkingenlog.generatie set nummer = nummer + 1 returning nummer into volgende;
    return volgende;
end $$;

-- A working table: a marker for each transaction, with the leaves of the records from number eerste on, until
-- they are sealed. Not a cursor over the records: the order of numbers is not that of commits.
create table verwerkingenlog.ongezegeld (
    eerste bigint primary key,
    bladeren bytea not null check (length(bladeren) > 0 and length(bladeren) % 32 = 0),
    sinds timestamptz not null default clock_timestamp()
);

-- Where the records lie in the tree: those from number eerste on are the leaves from blad on.
create table verwerkingenlog.zegel (
    blad bigint primary key,
    eerste bigint not null unique,
    aantal integer not null check (aantal > 0)
);

-- The full tiles of the tree (C2SP tlog-tiles, height 8), by level and number; 256 hashes each.
create table verwerkingenlog.tegel (
    niveau smallint not null,
    nummer bigint not null,
    hashes bytea not null check (length(hashes) = 8192),
    primary key (niveau, nummer)
);
alter table verwerkingenlog.tegel alter column hashes set storage external;

-- A working table: the tile at the right edge of each level.
create table verwerkingenlog.rand (
    niveau smallint primary key,
    hashes bytea not null
);
alter table verwerkingenlog.rand alter column hashes set storage external;

-- The head of the tree, and the checkpoint that was last signed for it. naam is the origin of the checkpoints.
create table verwerkingenlog.kop (
    enig boolean primary key default true check (enig),
    naam text not null,
    grootte bigint not null,
    wortel bytea not null,
    verzegeld timestamptz not null,
    checkpoint text
);

-- What administrators did, sealed like all records: who, when, what. inhoud is canonical JSON (JCS).
create table verwerkingenlog.beheer (
    volgnummer bigint primary key,
    tijdstip timestamptz not null,
    wie text not null,
    gebeurtenis text not null,
    inhoud text not null,
    zaad uuid not null
);

-- The versions that a purge takes away: a part of the beheer record with this number, which holds its hash.
create table verwerkingenlog.opschoning (
    beheer bigint primary key,
    versies bigint[] not null
);

-- A working table: rows that a purge may have left with nothing that refers to them.
create table verwerkingenlog.mogelijk_wees (
    tabel text not null check (tabel in ('betrokkene', 'kenmerken', 'objectkenmerken')),
    id bigint not null,
    primary key (tabel, id)
);

create or replace view verwerkingenlog.versie_volledig with (security_invoker = true) as
select
    v.volgnummer, v.actie, v.actie_id, v.nummer, v.hoogste_nummer, v.klasse, v.vertrouwelijkheid, v.vervallen,
    v.tijdstip, v.tijdstip_zone, v.tijdstip_tekst, v.tijdstip_registratie, v.verwerking_id,
    v.verwerking_id_afnemer, v.gebruiker, v.auteur_gebruiker, v.afnemer, v.afnemer_nullen,
    a.zoekindex as afnemer_zoekindex, a.sleutel as afnemer_sleutel, a.cijfertekst as afnemer_cijfertekst,
    k.applicatie, k.actie_naam, k.handeling_naam, k.verwerking_naam, k.verwerkingsactiviteit_id,
    k.verwerkingsactiviteit_url, k.bewaartermijn, k.uitvoerder, k.systeem, k.gegevensbron, k.soort_afnemer_id,
    k.afnemer_oin, k.verwerkingsactiviteit_id_afnemer, k.verwerkingsactiviteit_url_afnemer, v.zaad
from verwerkingenlog.versie v
join verwerkingenlog.kenmerken k on k.id = v.kenmerken
left join verwerkingenlog.betrokkene a on a.id = v.afnemer;

create function verwerkingenlog.is_gezegeld(record bigint) returns boolean language sql stable as $$
    select coalesce((
        select record < z.eerste + z.aantal
        from verwerkingenlog.zegel z where z.eerste <= record order by z.eerste desc limit 1
    ), false)
$$;

-- Only the functions of the purge below set this, for as long as their transaction.
create or replace function verwerkingenlog.weiger_wijziging() returns trigger language plpgsql as $$
begin
    if tg_op <> 'TRUNCATE' and coalesce(current_setting('verwerkingenlog.opschoning', true), '') <> '' then
        return null;
    end if;
    raise exception 'Het verwerkingenlog is alleen aan te vullen: % op % is geweigerd.', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;

-- Whatever a setting says: no version goes that a sealed manifest does not name.
create function verwerkingenlog.weiger_zonder_manifest() returns trigger language plpgsql as $$
declare
    record bigint := case tg_argv[0]
        when 'volgnummer' then (to_jsonb(old) ->> 'volgnummer')::bigint
        when 'versie' then (to_jsonb(old) ->> 'versie')::bigint
        else (to_jsonb(old) ->> 'actie')::bigint
    end;
    manifest bigint := current_setting('verwerkingenlog.opschoning', true)::bigint;
begin
    if exists (
        select from verwerkingenlog.opschoning o
        where o.beheer = manifest and record = any (o.versies) and verwerkingenlog.is_gezegeld(o.beheer)
    ) then
        return old;
    end if;
    raise exception 'Record % staat niet in een verzegeld manifest en blijft.', record
        using errcode = 'insufficient_privilege';
end $$;

create trigger alleen_met_manifest before delete on verwerkingenlog.versie
    for each row execute function verwerkingenlog.weiger_zonder_manifest('volgnummer');
create trigger alleen_met_manifest before delete on verwerkingenlog.verwerkt_object
    for each row execute function verwerkingenlog.weiger_zonder_manifest('versie');
create trigger alleen_met_manifest before delete on verwerkingenlog.opvolging
    for each row execute function verwerkingenlog.weiger_zonder_manifest('actie');

do $$
declare
    name text;
begin
    foreach name in array array['zegel', 'tegel', 'beheer', 'opschoning'] loop
        execute format(
            'create trigger alleen_aanvullen before update or delete or truncate on verwerkingenlog.%I'
            ' for each statement execute function verwerkingenlog.weiger_wijziging()', name);
    end loop;
end $$;

grant select on verwerkingenlog.generatie, verwerkingenlog.zegel, verwerkingenlog.tegel, verwerkingenlog.rand,
    verwerkingenlog.kop, verwerkingenlog.beheer, verwerkingenlog.opschoning, verwerkingenlog.ongezegeld
    to verwerkingenlog_dienst, verwerkingenlog_beheer, verwerkingenlog_zegel, verwerkingenlog_opschoning,
    verwerkingenlog_sleutels;
grant select on verwerkingenlog.sleutel, verwerkingenlog.migratie
    to verwerkingenlog_zegel, verwerkingenlog_opschoning;
grant select on verwerkingenlog.migratie to verwerkingenlog_sleutels;
grant insert on verwerkingenlog.ongezegeld, verwerkingenlog.beheer
    to verwerkingenlog_dienst, verwerkingenlog_beheer, verwerkingenlog_sleutels, verwerkingenlog_opschoning,
    verwerkingenlog_zegel;
revoke insert on verwerkingenlog.beheer from verwerkingenlog_dienst;
grant usage on sequence verwerkingenlog.volgnummer
    to verwerkingenlog_beheer, verwerkingenlog_sleutels, verwerkingenlog_opschoning, verwerkingenlog_zegel;

grant select, delete on verwerkingenlog.ongezegeld to verwerkingenlog_zegel;
grant insert on verwerkingenlog.zegel, verwerkingenlog.tegel to verwerkingenlog_zegel;
grant insert, update on verwerkingenlog.rand, verwerkingenlog.kop to verwerkingenlog_zegel;
grant select on verwerkingenlog.versie, verwerkingenlog.verwerkt_object, verwerkingenlog.kenmerken,
    verwerkingenlog.objectkenmerken, verwerkingenlog.opvolging, verwerkingenlog.betrokkene,
    verwerkingenlog.versie_volledig, verwerkingenlog.object_volledig
    to verwerkingenlog_zegel, verwerkingenlog_opschoning;

grant insert on verwerkingenlog.opschoning to verwerkingenlog_opschoning;
grant select, delete on verwerkingenlog.mogelijk_wees to verwerkingenlog_opschoning;
grant update on verwerkingenlog.sleutel, verwerkingenlog.generatie to verwerkingenlog_sleutels;
