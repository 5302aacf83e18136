insert into sleutel (id, doel, controle, publiek)
select * from unnest($1::smallint[], $2::text[], $3::bytea[], $4::bytea[])
