select id, zoekindex, zoekindex_nieuw, sleutel, cijfertekst from betrokkene where id > $1 order by id limit $2
