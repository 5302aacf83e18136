-- A page of what is current about a person: $1 to $6 as in count, $7 to $9 the place before which it ends
-- (tijdstip, actieId, nummer of the occurrence), $10 an actie to leave out, $11 the length.
-- The index gives tijdstip in order; only equal moments are sorted by actieId.
select o.versie, o.nummer, o.tijdstip, v.actie_id
from voorkomen o
join versie v on v.volgnummer = o.versie and v.klasse = o.klasse
where o.betrokkene = $1 and o.klasse = any($2::smallint[]) and o.tijdstip >= $3 and o.tijdstip < $4
    and o.actueel and ($6 or o.eerste)
    and o.tijdstip <= $7 and (o.tijdstip, v.actie_id, o.nummer) < ($7, $8, $9)
    and o.actie <> $10
    and not exists (
        select from verwerkt_object n
        where n.betrokkene = o.betrokkene and n.actie = o.actie and n.versie > o.versie and n.herziening
        offset 0 -- keeps it a look-up per row: joined, every row meets all that the person has of the other side
    )
    and ($5::uuid is null or exists (
        select from kenmerken k where k.id = v.kenmerken and k.verwerkingsactiviteit_id = $5
    ))
order by o.tijdstip desc, v.actie_id desc, o.nummer desc
limit $11
