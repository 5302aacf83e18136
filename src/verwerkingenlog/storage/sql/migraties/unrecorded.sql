-- Those that no record of what administrators did tells of.
select nummer, naam, toegepast
from migratie m
where not exists (
    select from beheer b where b.gebeurtenis = $1 and b.inhoud::jsonb ->> 'migratie' = m.naam
)
order by nummer
