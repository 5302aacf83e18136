select distinct actie from versie where volgnummer = any($1::bigint[])
