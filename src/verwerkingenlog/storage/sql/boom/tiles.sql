-- Full tiles, and where one is not full yet, the edge of its level. One statement, so all are of one moment.
select t.niveau, t.nummer, t.hashes
from unnest($1::smallint[], $2::bigint[]) as w (niveau, nummer)
join tegel t on t.niveau = w.niveau and t.nummer = w.nummer
union all
select r.niveau, w.nummer, r.hashes
from unnest($1::smallint[], $2::bigint[]) as w (niveau, nummer)
join rand r on r.niveau = w.niveau
join kop k on k.grootte >> (8 * (r.niveau + 1)) = w.nummer
