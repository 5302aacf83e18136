select v.* from versie_volledig v where v.actie_id = any($1::uuid[]) order by v.actie, v.nummer
