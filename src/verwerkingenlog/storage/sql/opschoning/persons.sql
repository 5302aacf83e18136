-- The next $2 persons after $1 whom a purge may have left alone, and whether nothing refers to them now.
select w.id,
    not exists (select from voorkomen o where o.betrokkene = w.id offset 0)
    and not exists (select from versie v where v.afnemer = w.id offset 0) as vrij
from mogelijk_wees w
where w.tabel = 'betrokkene' and w.id > $1
order by w.id
limit $2
