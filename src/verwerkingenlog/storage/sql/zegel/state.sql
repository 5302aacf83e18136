-- One row, also before the first seal: the head, the keys that sign, and how long the oldest record waits.
select
    k.naam, k.grootte, k.wortel, k.verzegeld, k.checkpoint,
    array(
        select id from sleutel where doel = 'ondertekenen' and staat in ('actief', 'gaand') order by id
    ) as sleutels,
    (select extract(epoch from clock_timestamp() - min(sinds))::float8 from ongezegeld) as wacht
from (values (true)) as een (rij)
left join kop k on een.rij
