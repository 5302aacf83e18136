select count(*) from versie where actie_id = $1
