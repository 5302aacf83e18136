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
