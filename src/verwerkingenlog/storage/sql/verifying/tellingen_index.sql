-- How many rows there are by the indexes that a verification looks with, and those by which readers find acties.
select
    (select count(*) from versie where volgnummer >= -9223372036854775808) as versie,
    (select count(*) from versie where actie_id >= '00000000-0000-0000-0000-000000000000') as "versie/actie_id",
    (select count(*) from versie where betrokkene >= -9223372036854775808) as "versie/betrokkene",
    (select count(*) from verwerkt_object where versie >= -9223372036854775808) as verwerkt_object,
    (select count(*) from verwerkt_object where betrokkene >= -9223372036854775808) as "verwerkt_object/betrokkene",
    (select count(*) from opvolging where actie >= -9223372036854775808) as opvolging,
    (select count(*) from beheer where volgnummer >= -9223372036854775808) as beheer
