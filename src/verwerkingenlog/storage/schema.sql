-- The schema as it is now, to read: a test proves that the migrations lead to exactly this.

create schema verwerkingenlog;

create table verwerkingenlog.migratie (
    nummer integer primary key,
    naam text not null,
    vingerafdruk text not null,
    toegepast timestamptz not null default now()
);

-- Roles belong to the cluster, so another database may have made them already.
do $$
declare
    name text;
begin
    foreach name in array array['verwerkingenlog_dienst', 'verwerkingenlog_sleutels', 'verwerkingenlog_beheer',
        'verwerkingenlog_zegel', 'verwerkingenlog_opschoning'] loop
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

revoke all on schema verwerkingenlog from public;
grant usage on schema verwerkingenlog
    to verwerkingenlog_dienst, verwerkingenlog_sleutels, verwerkingenlog_beheer, verwerkingenlog_zegel,
    verwerkingenlog_opschoning;

-- Which keys the ring beside this database must hold; never the keys themselves (rule M7).
-- staat: voorbereid (known, not used), komend (written beside the one in use), actief, gaand (being replaced),
-- oud (nothing needs it), vernietigd. publiek: the public key of one that signs. gemaakt: null for the oldest keys.
create table verwerkingenlog.sleutel (
    id smallint primary key,
    doel text not null check (doel in ('zoeken', 'onthullen', 'dienst', 'bewijs', 'ondertekenen')),
    controle bytea not null,
    staat text not null default 'actief'
        check (staat in ('voorbereid', 'komend', 'actief', 'gaand', 'oud', 'vernietigd')),
    publiek bytea check (length(publiek) = 32),
    gemaakt timestamptz,
    check ((doel = 'ondertekenen') = (publiek is not null))
);
create unique index sleutel_een_per_staat on verwerkingenlog.sleutel (doel, staat)
    where staat in ('voorbereid', 'komend', 'actief', 'gaand');

-- One row per person. Every other table holds only its id, so deleting this row shreds the person.
-- zoekindex_nieuw: the index under the search key that is to follow, while one follows another.
create table verwerkingenlog.betrokkene (
    id bigint generated always as identity primary key,
    zoekindex bytea not null unique,
    sleutel smallint not null references verwerkingenlog.sleutel (id),
    cijfertekst bytea not null,
    zoekindex_nieuw bytea
);
create unique index betrokkene_zoekindex_nieuw on verwerkingenlog.betrokkene (zoekindex_nieuw)
    where zoekindex_nieuw is not null;
create index betrokkene_sleutel on verwerkingenlog.betrokkene (sleutel);

-- The attributes of a version that repeat together; stored once, found by their fingerprint. A row without one
-- is on its way out: nothing new can refer to it.
create table verwerkingenlog.kenmerken (
    id integer generated always as identity primary key,
    vingerafdruk bytea unique,
    applicatie text not null,
    actie_naam text not null,
    handeling_naam text not null,
    verwerking_naam text not null,
    verwerkingsactiviteit_id uuid,
    verwerkingsactiviteit_url text,
    bewaartermijn text,
    uitvoerder text,
    systeem text not null,
    gegevensbron text not null,
    soort_afnemer_id text not null,
    afnemer_oin text,
    verwerkingsactiviteit_id_afnemer uuid,
    verwerkingsactiviteit_url_afnemer text
);

-- The same for what is said of an occurrence of a person.
create table verwerkingenlog.objectkenmerken (
    id integer generated always as identity primary key,
    vingerafdruk bytea unique,
    soort_object_id text not null,
    betrokkenheid text not null,
    soorten_gegevens text[] not null
);

-- A worker takes a thousand numbers at a time.
create sequence verwerkingenlog.volgnummer as bigint increment by 1000;

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

-- One row per occurrence of a person in a version that does not hold it itself, with what filters and sorts need.
-- The newest row of a person for an actie decides: where it is not actueel, nothing of that actie is current
-- for this person. Such a closing row is written in the partition that the person leaves; it says no reason,
-- and has a nummer only where the version is complete and vervallen.
-- eerste: the first occurrence of this person in the version. herziening: of a version after the first.
create table verwerkingenlog.verwerkt_object (
    betrokkene bigint not null,
    versie bigint not null,
    actie bigint not null,
    tijdstip timestamptz not null,
    nummer integer,
    kenmerken integer,
    klasse smallint not null check (klasse between 0 and 2),
    nullen smallint not null,
    actueel boolean not null,
    eerste boolean not null,
    herziening boolean not null,
    check (not actueel or nummer is not null),
    check ((nummer is null) = (kenmerken is null))
) partition by list (klasse);

create table verwerkingenlog.verwerkt_object_normaal
    partition of verwerkingenlog.verwerkt_object for values in (0);
create table verwerkingenlog.verwerkt_object_afgeschermd
    partition of verwerkingenlog.verwerkt_object for values in (1, 2);

create index verwerkt_object_betrokkene on verwerkingenlog.verwerkt_object (betrokkene, tijdstip);
create index verwerkt_object_versie on verwerkingenlog.verwerkt_object (versie);
create index verwerkt_object_herziening on verwerkingenlog.verwerkt_object (betrokkene, actie, versie)
    where herziening;

-- What is never changed can be frozen at the first look, and then needs no other.
alter table verwerkingenlog.versie_normaal set (autovacuum_freeze_min_age = 0);
alter table verwerkingenlog.versie_afgeschermd set (autovacuum_freeze_min_age = 0);
alter table verwerkingenlog.verwerkt_object_normaal set (autovacuum_freeze_min_age = 0);
alter table verwerkingenlog.verwerkt_object_afgeschermd set (autovacuum_freeze_min_age = 0);

-- Uniqueness cannot span partitions, so every version after the first claims its number here; the primary key
-- decides each race between two changes of one actie. vorige: the leaf of the version before; null where that
-- was written before the log had leaves.
create table verwerkingenlog.opvolging (
    actie bigint not null,
    nummer integer not null check (nummer > 1),
    vorige bytea check (length(vorige) = 32),
    primary key (actie, nummer)
);

-- A working table: which POST was answered under which Idempotency-Key (rule P6). Keys and bodies are kept as
-- HMACs, since a client may put anything in them.
create table verwerkingenlog.idempotentie (
    sleutel bytea primary key,
    inhoud bytea not null,
    actie_id uuid not null,
    verloopt timestamptz not null
);
create index idempotentie_verloopt on verwerkingenlog.idempotentie (verloopt);

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
-- Every row goes within a second. In the row itself up to a page, and not compressed: hashes can't be. Vacuumed
-- whenever anyone looks, so that its pages are used again; to give them back would only make writers wait.
alter table verwerkingenlog.ongezegeld alter column bladeren set storage external;
alter table verwerkingenlog.ongezegeld set (
    toast_tuple_target = 8160, vacuum_truncate = off, autovacuum_vacuum_threshold = 100,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0, toast.autovacuum_vacuum_threshold = 100,
    toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_cost_delay = 0, toast.vacuum_truncate = off
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
alter table verwerkingenlog.rand set (
    toast.autovacuum_vacuum_threshold = 100, toast.autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_cost_delay = 0, toast.vacuum_truncate = off
);

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

-- A working table: the manifests that were not carried out yet.
create table verwerkingenlog.open_opschoning (
    beheer bigint primary key
);

-- A working table: rows that a purge may have left with nothing that refers to them.
create table verwerkingenlog.mogelijk_wees (
    tabel text not null check (tabel in ('betrokkene', 'kenmerken', 'objectkenmerken')),
    id bigint not null,
    primary key (tabel, id)
);

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

create function verwerkingenlog.is_gezegeld(record bigint) returns boolean language sql stable as $$
    select coalesce((
        select record < z.eerste + z.aantal
        from verwerkingenlog.zegel z where z.eerste <= record order by z.eerste desc limit 1
    ), false)
$$;

-- The arguments of a trigger are what the purge may do there. Only its functions below set this setting, for as
-- long as their transaction.
create function verwerkingenlog.weiger_wijziging() returns trigger language plpgsql as $$
begin
    if tg_op = any (tg_argv) and coalesce(current_setting('verwerkingenlog.opschoning', true), '') <> '' then
        return null;
    end if;
    raise exception 'Het verwerkingenlog is alleen aan te vullen: % op % is geweigerd.', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;

-- Even the owner is refused; a statement trigger does not pass from a parent to its partitions.
do $$
declare
    name text;
begin
    foreach name in array array['versie', 'versie_normaal', 'versie_afgeschermd', 'verwerkt_object',
        'verwerkt_object_normaal', 'verwerkt_object_afgeschermd', 'opvolging'] loop
        execute format(
            'create trigger alleen_aanvullen before update or delete or truncate on verwerkingenlog.%I'
            ' for each statement execute function verwerkingenlog.weiger_wijziging(''DELETE'')', name);
    end loop;
    foreach name in array array['kenmerken', 'objectkenmerken'] loop
        execute format(
            'create trigger alleen_aanvullen before update or delete or truncate on verwerkingenlog.%I'
            ' for each statement execute function verwerkingenlog.weiger_wijziging(''DELETE'', ''UPDATE'')', name);
    end loop;
end $$;
create trigger niet_verwijderen before delete or truncate on verwerkingenlog.betrokkene
    for each statement execute function verwerkingenlog.weiger_wijziging('DELETE');
create trigger niet_verwijderen before delete or truncate on verwerkingenlog.sleutel
    for each statement execute function verwerkingenlog.weiger_wijziging();

-- Of these a purge takes the fingerprint, before it takes the row; their content stays what it was.
create trigger inhoud_blijft before update on verwerkingenlog.kenmerken for each row
    when (new.vingerafdruk is not null or to_jsonb(new) - 'vingerafdruk' <> to_jsonb(old) - 'vingerafdruk')
    execute function verwerkingenlog.weiger_wijziging();
create trigger inhoud_blijft before update on verwerkingenlog.objectkenmerken for each row
    when (new.vingerafdruk is not null or to_jsonb(new) - 'vingerafdruk' <> to_jsonb(old) - 'vingerafdruk')
    execute function verwerkingenlog.weiger_wijziging();

grant select, insert on verwerkingenlog.versie, verwerkingenlog.verwerkt_object, verwerkingenlog.kenmerken,
    verwerkingenlog.objectkenmerken, verwerkingenlog.opvolging, verwerkingenlog.betrokkene
    to verwerkingenlog_dienst;
grant select on verwerkingenlog.voorkomen, verwerkingenlog.versie_volledig, verwerkingenlog.object_volledig
    to verwerkingenlog_dienst;
grant select on verwerkingenlog.sleutel to verwerkingenlog_dienst, verwerkingenlog_beheer;
grant usage on sequence verwerkingenlog.volgnummer to verwerkingenlog_dienst;
grant select, insert, update, delete on verwerkingenlog.idempotentie to verwerkingenlog_dienst;
grant select, insert on verwerkingenlog.sleutel to verwerkingenlog_sleutels;
grant select, update on verwerkingenlog.betrokkene to verwerkingenlog_sleutels;

grant select on verwerkingenlog.migratie to verwerkingenlog_dienst;

-- The applications that the command line registers (rules S1, S2). A registration never changes: it is
-- withdrawn and followed by a new one, so that it stays known who could do what, and when.
-- secret: encrypted under the key ring, bound to the client_id; a withdrawn registration keeps none.
-- bewerking, inzage: the scopes per API; null where the registration does not name the API.
create table verwerkingenlog.applicatie (
    id bigint generated always as identity primary key,
    client_id text not null,
    label text not null,
    secret bytea,
    oins text[] not null,
    bewerking text[],
    inzage text[],
    toegevoegd timestamptz not null,
    ingetrokken timestamptz,
    check ((ingetrokken is null) = (secret is not null))
);

create unique index applicatie_geldig on verwerkingenlog.applicatie (client_id) where ingetrokken is null;

create function verwerkingenlog.meld_applicaties() returns trigger language plpgsql as $$
begin
    perform pg_notify('verwerkingenlog_applicaties', '');
    return null;
end $$;

-- In the database, so that a change by any hand reaches every worker.
create trigger melden after insert or update or delete on verwerkingenlog.applicatie
    for each statement execute function verwerkingenlog.meld_applicaties();

grant select on verwerkingenlog.applicatie to verwerkingenlog_dienst;
grant select, insert, update (secret, ingetrokken) on verwerkingenlog.applicatie to verwerkingenlog_beheer;
grant select on verwerkingenlog.migratie to verwerkingenlog_beheer;

-- The versions that may go by this manifest: those that its record in the log told of. None where it is not
-- sealed, was carried out, or is not the one that was told of.
create function verwerkingenlog.open_manifest(manifest bigint) returns bigint[] language sql stable as $$
    select o.versies
    from verwerkingenlog.opschoning o
    join verwerkingenlog.open_opschoning using (beheer)
    join verwerkingenlog.beheer b on b.volgnummer = o.beheer and b.gebeurtenis = 'opschoning'
    where o.beheer = manifest and verwerkingenlog.is_gezegeld(o.beheer)
        and b.inhoud::jsonb ->> 'versies_sha256' = (
            select encode(sha256(string_agg(int8send(versie), '' order by versie)), 'hex')
            from unnest(o.versies) as versie
        )
$$;

-- Whatever a setting says: no version goes that an open manifest does not name. Of all rows of a statement at
-- once: row by row it would cost more than the purge itself.
create function verwerkingenlog.weiger_zonder_manifest() returns trigger language plpgsql as $$
declare
    record bigint;
begin
    execute format('select %I::bigint from weg except select unnest($1) limit 1', tg_argv[0]) into record
        using verwerkingenlog.open_manifest(nullif(current_setting('verwerkingenlog.opschoning', true), '')::bigint);
    if record is not null then
        raise exception 'Record % staat niet in een verzegeld manifest en blijft.', record
            using errcode = 'insufficient_privilege';
    end if;
    return null;
end $$;

do $$
declare
    name text;
    kolom text;
begin
    for name, kolom in values ('versie', 'volgnummer'), ('versie_normaal', 'volgnummer'),
        ('versie_afgeschermd', 'volgnummer'), ('verwerkt_object', 'versie'), ('verwerkt_object_normaal', 'versie'),
        ('verwerkt_object_afgeschermd', 'versie'), ('opvolging', 'actie') loop
        execute format(
            'create trigger alleen_met_manifest after delete on verwerkingenlog.%I referencing old table as weg'
            ' for each statement execute function verwerkingenlog.weiger_zonder_manifest(%L)', name, kolom);
    end loop;
end $$;

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
    verwerkingenlog.voorkomen, verwerkingenlog.versie_volledig, verwerkingenlog.object_volledig
    to verwerkingenlog_zegel, verwerkingenlog_opschoning;

grant insert on verwerkingenlog.opschoning to verwerkingenlog_opschoning;
grant select, insert, delete on verwerkingenlog.open_opschoning to verwerkingenlog_opschoning;
grant select, delete on verwerkingenlog.mogelijk_wees to verwerkingenlog_opschoning;
grant update on verwerkingenlog.sleutel, verwerkingenlog.generatie to verwerkingenlog_sleutels;

-- An actie that a purge took gets no next version. At the commit, so that whoever waited for the purge sees what
-- it left, and whoever brings a history in may claim its numbers before its versions are there.
create function verwerkingenlog.eis_begin() returns trigger language plpgsql as $$
begin
    if not exists (select from verwerkingenlog.versie v where v.volgnummer = new.actie) then
        raise exception 'Verwerkingsactie % is intussen opgeschoond.', new.actie using errcode = 'unique_violation';
    end if;
    return null;
end $$;

-- Not for the claims of the purge itself: it takes them back in its own transaction.
create constraint trigger begin_bestaat after insert on verwerkingenlog.opvolging
    deferrable initially deferred for each row
    when (coalesce(current_setting('verwerkingenlog.opschoning', true), '') = '')
    execute function verwerkingenlog.eis_begin();

-- The purge. Each function sees what others committed while it waited for them: a statement of its own after
-- each lock, which a transaction of another isolation would not give.
create function verwerkingenlog.begin_opschoning(manifest bigint) returns void language plpgsql as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'Opschonen gaat alleen in een transactie met isolatie read committed.'
            using errcode = 'invalid_transaction_state';
    end if;
    perform set_config('verwerkingenlog.opschoning', manifest::text, true);
end $$;

-- Carry out a manifest. Gives the acties that stay: they were changed after it was made.
-- Before an actie goes, its next version number is claimed as by a change (opvolging). So a change that was
-- first is seen; one that comes later waits, and then finds the version gone that it follows on.
create function verwerkingenlog.voer_opschoning_uit(manifest bigint) returns bigint[]
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
create function verwerkingenlog.vergeet_betrokkenen(ids bigint[]) returns bigint
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

-- Take the fingerprint from these rows, so that nothing new comes to refer to them.
create function verwerkingenlog.trek_kenmerken_terug(kenmerken_ids integer[], objectkenmerken_ids integer[])
returns void language plpgsql security definer set search_path = verwerkingenlog, pg_temp as $$
begin
    perform begin_opschoning(0);
    perform volgende_generatie();
    update kenmerken set vingerafdruk = null where id = any (kenmerken_ids);
    update objectkenmerken set vingerafdruk = null where id = any (objectkenmerken_ids);
    perform set_config('verwerkingenlog.opschoning', '', true);
end $$;

-- Remove the rows without fingerprint that nothing refers to, and give how many. It needs no lock: nothing new
-- comes to refer to them. What still is referred to waits until a purge takes the last that does so.
create function verwerkingenlog.verwijder_kenmerken() returns bigint
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

revoke execute on function verwerkingenlog.voer_opschoning_uit, verwerkingenlog.vergeet_betrokkenen,
    verwerkingenlog.trek_kenmerken_terug, verwerkingenlog.verwijder_kenmerken from public;
grant execute on function verwerkingenlog.voer_opschoning_uit, verwerkingenlog.vergeet_betrokkenen,
    verwerkingenlog.trek_kenmerken_terug, verwerkingenlog.verwijder_kenmerken to verwerkingenlog_opschoning;
