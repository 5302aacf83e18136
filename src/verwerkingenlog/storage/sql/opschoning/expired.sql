-- The current versions with a number after $6, up to $7, of which the term had passed at moment $8 (rule R2).
-- $1 to $5: per kenmerken the months, days, hours and seconds of the term; they are added in that order.
select v.volgnummer, coalesce(v.actie, v.volgnummer) as actie, v.actie_id, v.nummer, v.kenmerken, v.tijdstip
from versie v
join unnest($1::integer[], $2::integer[], $3::integer[], $4::integer[], $5::float8[])
    as t (kenmerken, maanden, dagen, uren, seconden) using (kenmerken)
where v.volgnummer > $6 and v.volgnummer <= $7
    and v.tijdstip + make_interval(months => maanden, days => dagen, hours => uren, secs => seconden) <= $8
    and not exists (select from opvolging o where o.actie = coalesce(v.actie, v.volgnummer) and o.nummer > v.nummer)
order by v.volgnummer
