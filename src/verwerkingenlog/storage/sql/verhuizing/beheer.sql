select b.volgnummer, b.tijdstip, b.wie, b.gebeurtenis, b.inhoud, b.zaad, true as gezegeld, o.versies
from beheer b
left join opschoning o on o.beheer = b.volgnummer
where b.volgnummer > $1
order by b.volgnummer
limit 20
