-- Waits for no row: one that a purge is removing needs no update, and whoever waits for one of these must not be
-- waited for.
with vrij as (
    select id from betrokkene where id = any($1::bigint[]) order by id for update skip locked
)
update betrokkene b
set zoekindex = nieuw.zoekindex, zoekindex_nieuw = nieuw.zoekindex_nieuw, sleutel = nieuw.sleutel,
    cijfertekst = nieuw.cijfertekst
from unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::smallint[], $6::bytea[])
    as nieuw (id, was, zoekindex, zoekindex_nieuw, sleutel, cijfertekst)
join vrij using (id)
where b.id = nieuw.id and b.cijfertekst = nieuw.was
