select coalesce(actie, volgnummer) as actie, volgnummer from versie where actie_id = any($1::uuid[]) order by volgnummer
