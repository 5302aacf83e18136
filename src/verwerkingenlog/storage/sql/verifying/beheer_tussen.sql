-- The numbers of the acts of administrators from $1 up to and with $2, range by range.
select b.volgnummer
from unnest($1::bigint[], $2::bigint[]) as r (van, tot)
join beheer b on b.volgnummer between r.van and r.tot
