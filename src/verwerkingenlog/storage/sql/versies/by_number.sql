select * from versie_volledig where volgnummer = any($1::bigint[]) order by volgnummer
