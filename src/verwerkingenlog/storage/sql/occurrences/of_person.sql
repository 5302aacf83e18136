-- Of these versions, of these moments, only this person's occurrences (rule G2).
-- The sum keeps the index on versie out of it: that would read all persons of each version.
select o.versie, o.nummer, o.nullen, b.zoekindex, b.sleutel, b.cijfertekst, k.soort_object_id, k.betrokkenheid,
    k.soorten_gegevens
from voorkomen o
join betrokkene b on b.id = o.betrokkene
join objectkenmerken k on k.id = o.kenmerken
where o.betrokkene = $2 and o.tijdstip = any($3::timestamptz[]) and o.versie + 0 = any($1::bigint[])
    and o.nummer is not null
order by o.versie, o.nummer
