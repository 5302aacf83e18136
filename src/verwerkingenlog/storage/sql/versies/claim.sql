-- In sorted order, so that two changes of many acties never wait for each other.
insert into opvolging (actie, nummer, vorige)
select * from unnest($1::bigint[], $2::integer[], $3::bytea[]) as t (actie, nummer, vorige) order by actie
