-- One spelling of each person that any version of the actie was ever about.
select distinct on (o.betrokkene) o.*
from versie v join object_volledig o on o.versie = v.volgnummer
where v.actie_id = $1
order by o.betrokkene, o.versie, o.nummer
