-- Claims on the number of a version that is not there. offset 0 keeps each look a look-up in an index.
select o.actie, o.nummer, v.actie_id::text as actie_id
from opvolging o
cross join lateral (select w.actie_id from versie w where w.volgnummer = o.actie offset 0) as v
where not exists (select from versie n where n.actie_id = v.actie_id and n.nummer = o.nummer offset 0)
union all
select o.actie, o.nummer, null
from (
    select p.actie, p.nummer from opvolging p
    where not exists (select from versie v where v.volgnummer = p.actie offset 0)
    offset 0
) as o
where not is_gezegeld(o.actie)
    and not exists (
        select from (select eerste, bladeren from ongezegeld where eerste <= o.actie order by eerste desc limit 1) as m
        where o.actie < m.eerste + length(m.bladeren) / 32
    )
