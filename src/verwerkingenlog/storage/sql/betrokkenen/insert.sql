insert into betrokkene (zoekindex, sleutel, cijfertekst)
select * from unnest($1::bytea[], $2::smallint[], $3::bytea[])
on conflict (zoekindex) do nothing
