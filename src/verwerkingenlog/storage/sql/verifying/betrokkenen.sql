select id, zoekindex, sleutel, cijfertekst, zoekindex_nieuw from betrokkene where id = any($1::bigint[])
