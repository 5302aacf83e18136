-- Of each manifest, between which numbers its records lie.
select o.beheer, min(v.versie) as eerste, max(v.versie) as laatste
from opschoning o cross join lateral unnest(o.versies) as v (versie)
group by o.beheer
order by o.beheer
