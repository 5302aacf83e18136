-- These versions, each of which this person is in, and whether it holds others too (rule G2).
select v.*, v.betrokkene is null and exists (
    select from verwerkt_object x where x.versie = v.volgnummer and x.betrokkene <> $2 and x.nummer is not null
) as onvolledig
from versie_volledig v
where v.volgnummer = any($1::bigint[])
