select * from versie_volledig where actie_id = $1 and nummer <= $2 and nummer > $3 order by nummer desc
