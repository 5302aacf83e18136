select * from object_volledig where versie = any($1::bigint[]) order by versie, nummer
