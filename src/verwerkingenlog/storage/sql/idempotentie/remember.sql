-- Gives the acties that now hold their key, also one whose first attempt was thought lost; where an earlier
-- call holds it, nothing is given.
insert into idempotentie (sleutel, inhoud, actie_id, verloopt)
select * from unnest($1::bytea[], $2::bytea[], $3::uuid[], $4::timestamptz[])
on conflict (sleutel) do update
    set inhoud = excluded.inhoud, actie_id = excluded.actie_id, verloopt = excluded.verloopt
    where idempotentie.verloopt <= $5 or idempotentie.actie_id = excluded.actie_id
returning actie_id
