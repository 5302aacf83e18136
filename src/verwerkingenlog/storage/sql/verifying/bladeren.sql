-- Where each of these records lies in the tree, and the leaf that the tree has there; of one that is not sealed
-- yet, the leaf in its marker; of one that nothing tells of, neither.
select v.volgnummer, z.blad + v.volgnummer - z.eerste as blad, coalesce(
    substr(t.hashes, ((z.blad + v.volgnummer - z.eerste) % 256 * 32 + 1)::integer, 32),
    case when z.blad is not null then (
        select substr(r.hashes, ((z.blad + v.volgnummer - z.eerste) % 256 * 32 + 1)::integer, 32)
        from rand r where r.niveau = 0
    ) end,
    substr(m.bladeren, ((v.volgnummer - m.eerste) * 32 + 1)::integer, 32)
) as hash
from unnest($1::bigint[]) as v (volgnummer)
left join lateral (
    select r.blad, r.eerste, r.aantal
    from (select * from zegel where eerste <= v.volgnummer order by eerste desc limit 1) r
    where v.volgnummer < r.eerste + r.aantal
) z on true
left join kop k on true
-- a tile beyond the tree is none of it
left join tegel t on t.niveau = 0 and t.nummer = (z.blad + v.volgnummer - z.eerste) / 256
    and (k.grootte is null or t.nummer < k.grootte / 256)
left join lateral (
    select r.eerste, r.bladeren
    from (select * from ongezegeld where eerste <= v.volgnummer order by eerste desc limit 1) r
    where v.volgnummer < r.eerste + length(r.bladeren) / 32
) m on z.blad is null
