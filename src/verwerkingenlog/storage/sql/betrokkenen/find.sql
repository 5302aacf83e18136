-- The second column holds values only while one search key follows another. The index on it is partial, and an
-- array that is a parameter does not tell the planner that it suits; so the statement says it.
select key as zoekindex, id
from unnest($1::bytea[]) as key
join betrokkene on zoekindex = key or (zoekindex_nieuw = key and zoekindex_nieuw is not null)
