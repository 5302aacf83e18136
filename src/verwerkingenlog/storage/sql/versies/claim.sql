-- In sorted order, so that two changes of many acties never wait for each other.
insert into opvolging (actie, nummer)
select * from unnest($1::bigint[], $2::integer[]) as t (actie, nummer) order by actie
