-- Of these versions only this person's occurrences, and whether the version holds others (rule G2).
select o.*, exists (
    select from verwerkt_object x where x.versie = o.versie and x.betrokkene <> o.betrokkene and x.nummer is not null
) as onvolledig
from object_volledig o
where o.versie = any($1::bigint[]) and o.betrokkene = $2
order by o.versie, o.nummer
