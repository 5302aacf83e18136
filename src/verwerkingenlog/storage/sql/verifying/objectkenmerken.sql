select id, vingerafdruk, soort_object_id, betrokkenheid, soorten_gegevens
from objectkenmerken
where id = any($1::integer[])
