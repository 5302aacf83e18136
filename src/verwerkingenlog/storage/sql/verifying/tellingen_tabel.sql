-- How many rows there are in the tables themselves.
select
    (select count(*) from versie) as versie,
    (select count(*) from versie where betrokkene is not null) as "versie/betrokkene",
    (select count(*) from verwerkt_object) as verwerkt_object,
    (select count(*) from opvolging) as opvolging,
    (select count(*) from beheer) as beheer
