select * from versie_volledig where actie_id = $1 and nummer = $2
