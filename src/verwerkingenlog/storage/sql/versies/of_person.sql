-- These versions, and whether each holds others than this person (rule G2).
select v.*, exists (
    select from verwerkt_object x where x.versie = v.volgnummer and x.betrokkene <> $2 and x.nummer is not null
) as onvolledig
from versie_volledig v
where v.volgnummer = any($1::bigint[])
