-- A page of acties from number $1 on, each with all its versions. The limit is no parameter: a plan for any
-- limit would read whole tables.
with eersten as (
    select volgnummer, actie_id from versie where nummer = 1 and volgnummer > $1 order by volgnummer limit 200
)
select v.*
from eersten e
join versie_volledig v on v.actie_id = e.actie_id
order by v.actie, v.nummer
