-- A table like the one that holds the records of the bench, with the same columns, checks and indexes; empty.
set client_min_messages = warning;
drop schema if exists bench_copy cascade;
create schema bench_copy;
create table bench_copy.versie (like verwerkingenlog.versie_normaal including all);
