-- Waits for no row: one that a purge is removing needs no update, and whoever waits for one of these must not be
-- waited for. Row by row through the primary key, whatever the planner thinks of arrays.
with vrij as materialized (
    select nieuw.*
    from unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::smallint[], $6::bytea[])
        as nieuw (id, was, zoekindex, zoekindex_nieuw, sleutel, cijfertekst)
    cross join lateral (
        select from betrokkene b where b.id = nieuw.id and b.cijfertekst = nieuw.was for update skip locked
    ) as rij
)
update betrokkene b
set zoekindex = vrij.zoekindex, zoekindex_nieuw = vrij.zoekindex_nieuw, sleutel = vrij.sleutel,
    cijfertekst = vrij.cijfertekst
from vrij
where b.id = vrij.id
