insert into ongezegeld (eerste, bladeren) select * from unnest($1::bigint[], $2::bytea[])
