-- The least that could be called a log: the message as it came, a number and a moment.
create table bericht (
    id bigserial primary key,
    ontvangen timestamptz not null default now(),
    inhoud jsonb not null
);
