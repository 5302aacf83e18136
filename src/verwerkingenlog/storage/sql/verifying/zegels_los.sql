-- Seals that do not begin at the leaf where the one before them ends, and that leaf.
select blad, eerste, aantal, verwacht
from (select blad, eerste, aantal, coalesce(lag(blad + aantal) over (order by blad), 0) as verwacht from zegel) as z
where blad <> verwacht
order by blad
