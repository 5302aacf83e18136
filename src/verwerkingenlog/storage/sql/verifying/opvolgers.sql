-- Of these later versions, that is those that are tied as they should be to the version before: that version's
-- number (more than one row where more than one says to be it), whether it lies in the same partition, its leaf.
select v.volgnummer, o.vorige, b.volgnummer as ervoor, (b.klasse = 0) = (v.klasse = 0) as zelfde_deel
from unnest($1::bigint[]) as g (volgnummer)
-- offset 0 keeps each a look-up in an index, whatever is known of how many there are
cross join lateral (select * from versie w where w.volgnummer = g.volgnummer offset 0) as v
cross join lateral (select * from opvolging p where p.actie = v.actie and p.nummer = v.nummer offset 0) as o
cross join lateral (select * from versie w where w.actie_id = v.actie_id offset 0) as b
where b.nummer = v.nummer - 1
    and v.actie = (select min(f.volgnummer) from versie f where f.actie_id = v.actie_id and f.nummer = 1)
