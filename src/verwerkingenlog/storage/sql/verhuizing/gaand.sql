-- What a sealed manifest names and a purge that is under way has not taken away yet.
select distinct v.actie
from opschoning o
cross join lateral unnest(o.versies) as m (volgnummer)
join versie v on v.volgnummer = m.volgnummer
where is_gezegeld(o.beheer)
