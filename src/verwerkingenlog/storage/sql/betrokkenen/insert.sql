insert into betrokkene (zoekindex, zoekindex_nieuw, sleutel, cijfertekst)
select nieuw.*
from eis_generatie($5), unnest($1::bytea[], $2::bytea[], $3::smallint[], $4::bytea[]) as nieuw
on conflict do nothing
