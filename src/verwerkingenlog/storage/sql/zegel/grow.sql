-- From a head of size $1 and root $2 to one of size $3 and root $4, as of $5; gives how many heads that were: 0
-- where another sealer came first.
with verlengd as (
    update kop set grootte = $3, wortel = $4, verzegeld = $5 where grootte = $1 and wortel = $2 returning naam
), tegels as (
    insert into tegel (niveau, nummer, hashes) select * from unnest($6::smallint[], $7::bigint[], $8::bytea[])
), randen as (
    insert into rand (niveau, hashes)
    select nummer - 1, hashes from unnest($9::bytea[]) with ordinality as t (hashes, nummer)
    on conflict (niveau) do update set hashes = excluded.hashes where rand.hashes <> excluded.hashes
), zegels as (
    insert into zegel (blad, eerste, aantal) select * from unnest($10::bigint[], $11::bigint[], $12::integer[])
)
select count(*) from verlengd
