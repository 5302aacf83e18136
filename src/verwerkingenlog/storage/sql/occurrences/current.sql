-- Where the current version of an actie has the occurrence with this number; nothing if it has none.
select o.betrokkene, o.versie, o.tijdstip
from voorkomen o
where o.nummer = $2 and o.actueel
    and o.versie = (select v.volgnummer from versie v where v.actie_id = $1 order by v.nummer desc limit 1)
