select id, vingerafdruk, applicatie, actie_naam, handeling_naam, verwerking_naam,
    verwerkingsactiviteit_id::text as verwerkingsactiviteit_id, verwerkingsactiviteit_url, bewaartermijn, uitvoerder,
    systeem, gegevensbron, soort_afnemer_id, afnemer_oin,
    verwerkingsactiviteit_id_afnemer::text as verwerkingsactiviteit_id_afnemer, verwerkingsactiviteit_url_afnemer
from kenmerken
where id = any($1::integer[])
