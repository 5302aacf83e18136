-- Seals and markers of records that another one holds already; blad is null for a marker.
with bereik as (
    select eerste, eerste + aantal as eind, blad from zegel
    union all
    select eerste, eerste + length(bladeren) / 32, null from ongezegeld
)
select eerste, blad
from (
    select eerste, blad,
        max(eind) over (order by eerste, blad rows between unbounded preceding and 1 preceding) as bezet
    from bereik
) as b
where bezet > eerste
order by eerste
