insert into objectkenmerken (vingerafdruk, soort_object_id, betrokkenheid, soorten_gegevens)
select vingerafdruk, soort_object_id, betrokkenheid, array(select jsonb_array_elements_text(soorten::jsonb))
from unnest($1::bytea[], $2::text[], $3::text[], $4::text[]) as t (vingerafdruk, soort_object_id, betrokkenheid, soorten)
on conflict (vingerafdruk) do nothing
