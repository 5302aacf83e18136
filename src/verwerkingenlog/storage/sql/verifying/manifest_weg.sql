-- What these manifests list and is not there.
select v.versie
from opschoning o cross join lateral unnest(o.versies) as v (versie)
where o.beheer = any($1::bigint[]) and not exists (select from versie x where x.volgnummer = v.versie)
