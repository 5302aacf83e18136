-- The records from $1 up to and with $2, range by range, as the quick look takes them. gewoon: the columns that it
-- does not take are empty, and those that are empty for a reason agree on that reason.
select
    v.volgnummer,
    v.afnemer is null and v.afnemer_nullen is null and v.tijdstip_tekst is null
        and v.actie_id is not null and v.vervallen is not null
        and v.vertrouwelijkheid is distinct from v.klasse and (v.actie is null) = (v.nummer = 1)
        and case when v.betrokkene is null
            then v.objectkenmerken is null and v.nullen is null and v.hoogste_nummer is not null
            else v.objectkenmerken is not null and v.nullen is distinct from 0 and v.hoogste_nummer is null
                and v.nummer = 1 and not v.vervallen
        end as gewoon,
    coalesce(v.actie, v.volgnummer) as actie, v.actie_id::text as actie_id, v.nummer,
    coalesce(v.hoogste_nummer, 1) as hoogste_nummer, v.vervallen, v.klasse,
    coalesce(v.vertrouwelijkheid, v.klasse) as vertrouwelijkheid, v.kenmerken, v.tijdstip, v.tijdstip_zone,
    v.tijdstip_registratie, v.verwerking_id::text as verwerking_id,
    v.verwerking_id_afnemer::text as verwerking_id_afnemer, v.gebruiker, v.auteur_gebruiker,
    uuid_send(v.zaad) as zaad, v.betrokkene, v.objectkenmerken, coalesce(v.nullen, 0::smallint) as nullen
from unnest($1::bigint[], $2::bigint[]) as r (van, tot)
-- offset 0 keeps each a look-up in an index
cross join lateral (select * from versie where volgnummer between r.van and r.tot offset 0) as v
