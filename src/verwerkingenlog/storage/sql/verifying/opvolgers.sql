-- For each of these later versions ($1 its record, $2 its actieId, $3 its actie, $4 its number) that has claimed its
-- number: the leaf before it by that claim, and the records of its actie that say to be the first version or the one
-- before it. offset 0 keeps each a look-up in an index, whatever is known of how many there are.
select g.volgnummer, o.vorige as blad, w.volgnummer as ervoor, w.nummer, w.klasse
from unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::integer[]) as g (volgnummer, actie_id, actie, nummer)
cross join lateral (select * from opvolging p where p.actie = g.actie and p.nummer = g.nummer offset 0) as o
cross join lateral (
    select * from versie v where v.actie_id = g.actie_id and v.nummer in (1, g.nummer - 1) offset 0
) as w
