select versie, count(*) as aantal from verwerkt_object where versie = any($1::bigint[]) group by versie
