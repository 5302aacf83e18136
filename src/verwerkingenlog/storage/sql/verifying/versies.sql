-- The rows of these records, each with what binds it to the version before; in the order that versies/insert has.
select v.volgnummer, v.tijdstip, v.tijdstip_registratie, v.betrokkene, v.actie, v.afnemer, v.actie_id::text as actie_id,
    encode(uuid_send(v.zaad), 'hex') as zaad, v.verwerking_id::text as verwerking_id,
    v.verwerking_id_afnemer::text as verwerking_id_afnemer, v.kenmerken, v.objectkenmerken, v.nummer, v.hoogste_nummer,
    v.klasse, v.vertrouwelijkheid, v.tijdstip_zone, v.nullen, v.afnemer_nullen, v.vervallen, v.tijdstip_tekst,
    v.gebruiker, v.auteur_gebruiker,
    o.nummer is not null as volgt, o.vorige,
    case when v.nummer > 1 then (
        select min(f.volgnummer) from versie f where f.actie_id = v.actie_id and f.nummer = 1
    ) else v.volgnummer end as begin
from versie v
left join opvolging o on o.actie = v.actie and o.nummer = v.nummer
where v.volgnummer = any($1::bigint[])
