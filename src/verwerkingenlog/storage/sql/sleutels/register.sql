insert into sleutel (id, doel, controle, publiek, gemaakt, staat)
select * from unnest(
    $1::smallint[], $2::text[], $3::bytea[], $4::bytea[], $5::timestamptz[], $6::text[]
)
