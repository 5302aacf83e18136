-- The leaf before each of these versions; nothing for a first one.
select actie, nummer, vorige from opvolging
where (actie, nummer) in (select * from unnest($1::bigint[], $2::integer[]))
