-- The rows of verwerkt_object of the records from $1 up to and with $2, range by range; closing rows last.
select o.versie, o.betrokkene, o.actie, o.tijdstip, o.nummer, o.kenmerken, o.klasse, o.nullen, o.actueel, o.eerste,
    o.herziening
from unnest($1::bigint[], $2::bigint[]) as r (van, tot)
cross join lateral (select * from verwerkt_object where versie between r.van and r.tot offset 0) as o
order by o.versie, o.nummer
