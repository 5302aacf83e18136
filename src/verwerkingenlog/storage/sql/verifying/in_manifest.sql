-- Which of these records these manifests name.
select v.versie
from opschoning o cross join lateral unnest(o.versies) as v (versie)
where o.beheer = any($2::bigint[]) and v.versie = any($1::bigint[])
