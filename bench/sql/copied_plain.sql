-- An empty table like that of the limit by pgbench.
set client_min_messages = warning;
drop schema if exists bench_plain cascade;
create schema bench_plain;
create table bench_plain.bericht (
    id bigserial primary key,
    ontvangen timestamptz not null default now(),
    inhoud jsonb not null
);
