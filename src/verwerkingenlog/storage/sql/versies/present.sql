select volgnummer from versie where volgnummer = any($1::bigint[])
