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
-- oud (nothing needs it), vernietigd. publiek: the public key of one that signs.
create table verwerkingenlog.sleutel (
    id smallint primary key,
    doel text not null check (doel in ('zoeken', 'onthullen', 'dienst', 'bewijs', 'ondertekenen')),
    controle bytea not null,
    staat text not null default 'actief'
        check (staat in ('voorbereid', 'komend', 'actief', 'gaand', 'oud', 'vernietigd')),
    publiek bytea check (length(publiek) = 32),
    check ((doel = 'ondertekenen') = (publiek is not null))
);

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
-- klasse: 0 normaal, 1 vertrouwelijk, 2 opgeheven; vertrouwelijkheid likewise (rule M8).
-- actie is the number of the first version. tijdstip_tekst holds a spelling that tijdstip and tijdstip_zone
-- (minutes; null for Z) do not give back (rule M4). zaad is the seed of the salts of this version's commitments;
-- worth nothing without the evidence key of the ring.
-- No foreign keys here: what a version refers to can't be deleted, so a check per row would only cost.
create table verwerkingenlog.versie (
    volgnummer bigint not null,
    actie bigint not null,
    tijdstip timestamptz not null,
    tijdstip_registratie timestamptz not null,
    afnemer bigint,
    actie_id uuid not null,
    verwerking_id uuid,
    verwerking_id_afnemer uuid,
    nummer integer not null check (nummer > 0),
    hoogste_nummer integer not null,
    kenmerken integer not null,
    klasse smallint not null check (klasse between 0 and 2),
    vertrouwelijkheid smallint not null check (vertrouwelijkheid between 0 and 2),
    tijdstip_zone smallint,
    afnemer_nullen smallint,
    vervallen boolean not null,
    tijdstip_tekst text,
    gebruiker text not null,
    auteur_gebruiker text not null,
    zaad uuid not null default gen_random_uuid(),
    primary key (volgnummer, klasse)
) partition by list (klasse);

create table verwerkingenlog.versie_normaal partition of verwerkingenlog.versie for values in (0);
create table verwerkingenlog.versie_afgeschermd partition of verwerkingenlog.versie for values in (1, 2);

create index versie_actie_id on verwerkingenlog.versie (actie_id);
create index versie_verwerking_id on verwerkingenlog.versie (verwerking_id) where verwerking_id is not null;
create index versie_verwerking_id_afnemer on verwerkingenlog.versie (verwerking_id_afnemer)
    where verwerking_id_afnemer is not null;
create index versie_afnemer on verwerkingenlog.versie (afnemer) where afnemer is not null;

-- One row per occurrence of a person in a version, with what filters and sorts need.
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

-- A version with all that was stored apart, as the queries read it.
create view verwerkingenlog.versie_volledig with (security_invoker = true) as
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

-- An occurrence of a person likewise; closing rows are none.
create view verwerkingenlog.object_volledig with (security_invoker = true) as
select
    o.versie, o.nummer, o.nullen, o.betrokkene, b.zoekindex, b.sleutel, b.cijfertekst,
    k.soort_object_id, k.betrokkenheid, k.soorten_gegevens
from verwerkingenlog.verwerkt_object o
join verwerkingenlog.betrokkene b on b.id = o.betrokkene
join verwerkingenlog.objectkenmerken k on k.id = o.kenmerken
where o.nummer is not null;

create function verwerkingenlog.is_gezegeld(record bigint) returns boolean language sql stable as $$
    select coalesce((
        select record < z.eerste + z.aantal
        from verwerkingenlog.zegel z where z.eerste <= record order by z.eerste desc limit 1
    ), false)
$$;

-- Only the functions of the purge below set this, for as long as their transaction.
create function verwerkingenlog.weiger_wijziging() returns trigger language plpgsql as $$
begin
    if tg_op <> 'TRUNCATE' and coalesce(current_setting('verwerkingenlog.opschoning', true), '') <> '' then
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
        'verwerkt_object_normaal', 'verwerkt_object_afgeschermd', 'kenmerken', 'objectkenmerken', 'opvolging'] loop
        execute format(
            'create trigger alleen_aanvullen before update or delete or truncate on verwerkingenlog.%I'
            ' for each statement execute function verwerkingenlog.weiger_wijziging()', name);
    end loop;
    foreach name in array array['betrokkene', 'sleutel'] loop
        execute format(
            'create trigger niet_verwijderen before delete or truncate on verwerkingenlog.%I'
            ' for each statement execute function verwerkingenlog.weiger_wijziging()', name);
    end loop;
end $$;

grant select, insert on verwerkingenlog.versie, verwerkingenlog.verwerkt_object, verwerkingenlog.kenmerken,
    verwerkingenlog.objectkenmerken, verwerkingenlog.opvolging, verwerkingenlog.betrokkene
    to verwerkingenlog_dienst;
grant select on verwerkingenlog.versie_volledig, verwerkingenlog.object_volledig to verwerkingenlog_dienst;
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
