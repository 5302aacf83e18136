-- Versions after number $1 that no marker covers, at most $2 of them. Only while nothing was ever sealed.
select v.volgnummer
from versie v
where v.volgnummer > $1 and not exists (
    select from (
        select eerste, bladeren from ongezegeld where eerste <= v.volgnummer order by eerste desc limit 1
    ) as merk
    where merk.eerste + length(merk.bladeren) / 32 > v.volgnummer
)
order by v.volgnummer
limit $2
