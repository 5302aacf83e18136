-- The manifests that were not carried out, with the acties that are still there: of each the last version that
-- the manifest names.
select m.beheer, coalesce(array_agg(a.actie) filter (where a.actie is not null), '{}') as acties,
    min(a.laatste) as eerste, max(a.laatste) as laatste
from open_opschoning m
join opschoning o using (beheer)
left join lateral (
    select coalesce(v.actie, v.volgnummer) as actie, max(v.volgnummer) as laatste
    from versie v where v.volgnummer = any(o.versies) group by 1
) a on true
group by m.beheer
order by m.beheer
