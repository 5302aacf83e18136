-- The seals of the leaves from $1 up to $2.
select blad, eerste, aantal
from zegel
where blad >= coalesce((select max(blad) from zegel where blad <= $1), 0) and blad < $2 and blad + aantal > $1
order by blad
