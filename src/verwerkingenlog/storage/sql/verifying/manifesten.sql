-- Each purge on record, the hash that its record should hold of what it lists, and its row. One without the other
-- has nulls.
select coalesce(o.beheer, b.volgnummer) as beheer, o.beheer is not null as lijst, b.inhoud, (
        select encode(sha256(coalesce(string_agg(int8send(versie), '' order by versie), '')), 'hex')
        from unnest(o.versies) as versie
    ) as versies_sha256
from opschoning o
full join (select * from beheer where gebeurtenis = 'opschoning') b on b.volgnummer = o.beheer
order by 1
