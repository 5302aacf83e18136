-- The occurrences of persons in these records, wherever they lie.
select versie, betrokkene, kenmerken, nullen, nummer
from verwerkt_object
where versie = any($1::bigint[]) and nummer is not null
union all
select volgnummer, betrokkene, objectkenmerken, coalesce(nullen, 0::smallint), nummer
from versie
where volgnummer = any($1::bigint[]) and betrokkene is not null
