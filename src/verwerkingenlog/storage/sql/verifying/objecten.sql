-- In the order of the parameters of versies/insert; closing rows last.
select betrokkene, versie, actie, tijdstip, nummer, kenmerken, klasse, nullen, actueel, eerste, herziening
from verwerkt_object
where versie = any($1::bigint[])
order by versie, nummer
