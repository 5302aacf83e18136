select distinct coalesce(actie, volgnummer) as actie from versie where volgnummer = any($1::bigint[])
