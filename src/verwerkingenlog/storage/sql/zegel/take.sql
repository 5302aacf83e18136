-- The oldest markers, with at most $1 bytes of leaves before the last of them.
with eerst as (
    select eerste, sum(length(bladeren)) over (order by eerste) - length(bladeren) as ervoor
    from (select eerste, bladeren from ongezegeld order by eerste limit 1000) as wachtend
)
delete from ongezegeld o using eerst
where o.eerste = eerst.eerste and eerst.ervoor < $1
returning o.eerste, o.bladeren
