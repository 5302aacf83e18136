-- One row, also before the first seal: the head, the generation of keys, how long the oldest record waits.
select
    k.naam, k.grootte, k.wortel, k.verzegeld, k.checkpoint, g.nummer as generatie,
    (select extract(epoch from clock_timestamp() - min(sinds))::float8 from ongezegeld) as wacht
from generatie g
left join kop k on true
