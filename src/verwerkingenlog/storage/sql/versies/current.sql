select * from versie_volledig where actie_id = $1 order by nummer desc limit 1
