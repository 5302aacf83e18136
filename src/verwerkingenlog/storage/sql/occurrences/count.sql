-- $1 betrokkene, $2 klassen, $3 and $4 from and until, $5 verwerkingsactiviteit or null,
-- $6 whether each occurrence counts (Inzage) or each actie once (Bewerking).
select count(*)
from voorkomen o
where o.betrokkene = $1 and o.klasse = any($2::smallint[]) and o.tijdstip >= $3 and o.tijdstip < $4
    and o.actueel and ($6 or o.eerste)
    and not exists (
        select from verwerkt_object n
        where n.betrokkene = o.betrokkene and n.actie = o.actie and n.versie > o.versie and n.herziening
        offset 0 -- keeps it a look-up per row: joined, every row meets all that the person has of the other side
    )
    and ($5::uuid is null or exists (
        select from versie v join kenmerken k on k.id = v.kenmerken
        where v.volgnummer = o.versie and v.klasse = o.klasse and k.verwerkingsactiviteit_id = $5
    ))
