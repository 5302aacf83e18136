-- Of records that are gone: the actie that is left of them in the occurrences of their persons.
select distinct o.versie, v.actie_id::text as actie_id
from verwerkt_object o join versie v on v.volgnummer = o.actie
where o.versie = any($1::bigint[])
