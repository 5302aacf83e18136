select v.* from versie_volledig v
where v.verwerking_id = $1 and not v.vervallen
    and not exists (select from versie n where n.actie_id = v.actie_id and n.nummer > v.nummer)
order by v.actie
