-- A manifest may name versions that stayed; another one may then have taken them away.
select count(distinct m.volgnummer)
from opschoning o
cross join lateral unnest(o.versies) as m (volgnummer)
where not exists (select from versie v where v.volgnummer = m.volgnummer)
