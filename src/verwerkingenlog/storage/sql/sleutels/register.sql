insert into sleutel (id, doel, controle)
select * from unnest($1::smallint[], $2::text[], $3::bytea[])
