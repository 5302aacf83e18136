-- Claims on the number of a version that is not there.
select o.actie, o.nummer, v.actie_id::text as actie_id
from opvolging o
join versie v on v.volgnummer = o.actie
where not exists (select from versie n where n.actie_id = v.actie_id and n.nummer = o.nummer)
union all
select o.actie, o.nummer, null
from opvolging o
where not exists (select from versie v where v.volgnummer = o.actie) and not is_gezegeld(o.actie)
    and not exists (
        select from (select eerste, bladeren from ongezegeld where eerste <= o.actie order by eerste desc limit 1) as m
        where o.actie < m.eerste + length(m.bladeren) / 32
    )
