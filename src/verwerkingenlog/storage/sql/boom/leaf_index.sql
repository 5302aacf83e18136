-- A look-up per record in the index on eerste; a record that is not sealed gives no row.
select v.volgnummer, z.blad + v.volgnummer - z.eerste as blad
from unnest($1::bigint[]) as v (volgnummer)
cross join lateral (
    select blad, eerste, aantal from zegel where eerste <= v.volgnummer order by eerste desc limit 1
) as z
where v.volgnummer < z.eerste + z.aantal
