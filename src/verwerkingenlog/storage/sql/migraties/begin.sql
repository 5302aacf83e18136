-- Session lock: one migrating process at a time; it goes with the connection.
select pg_advisory_lock(8101986411);
create schema if not exists verwerkingenlog;
create table if not exists verwerkingenlog.migratie (
    nummer integer primary key,
    naam text not null,
    vingerafdruk text not null,
    toegepast timestamptz not null default now()
);
