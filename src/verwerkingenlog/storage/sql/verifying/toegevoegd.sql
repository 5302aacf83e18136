-- Records, and occurrences of persons, whose number no seal and no marker holds.
with bereik as (
    select eerste, eerste + aantal as eind from zegel
    union all
    select eerste, eerste + length(bladeren) / 32 from ongezegeld
), gaten as (
    select max(eind) over (order by eerste) as van, lead(eerste, 1, 9223372036854775807) over (order by eerste) as tot
    from bereik
    union all
    select -9223372036854775808, coalesce(min(eerste), 9223372036854775807) from bereik
)
select r.volgnummer
from gaten g
-- offset 0 keeps each a look-up in an index: joined, the tables could be read once for every gap
cross join lateral (
    (select v.volgnummer from versie v where v.volgnummer >= g.van and v.volgnummer < g.tot offset 0)
    union
    (select b.volgnummer from beheer b where b.volgnummer >= g.van and b.volgnummer < g.tot offset 0)
    union
    (select o.versie from verwerkt_object o where o.versie >= g.van and o.versie < g.tot offset 0)
) as r
where g.tot > g.van
