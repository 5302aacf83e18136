-- The head, if it is there, beside how far the seals go.
select k.naam, k.grootte, k.wortel, k.checkpoint, k.verzegeld,
    coalesce((select z.blad + z.aantal from zegel z order by z.blad desc limit 1), 0) as verzegeld_tot,
    coalesce(pg_sequence_last_value('volgnummer'), 0) as uitgegeven
from (values (true)) as een (enig) left join kop k using (enig)
