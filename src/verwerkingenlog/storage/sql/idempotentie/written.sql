select actie_id from versie where actie_id = any($1::uuid[]) and nummer = 1
