-- The records of these versions (actieId, number).
select v.actie_id::text as actie_id, v.nummer, v.volgnummer
from unnest($1::uuid[], $2::integer[]) as w (actie_id, nummer)
join versie v on v.actie_id = w.actie_id and v.nummer = w.nummer
