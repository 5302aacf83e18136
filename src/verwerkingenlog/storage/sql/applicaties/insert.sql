insert into applicatie (client_id, label, secret, oins, bewerking, inzage, toegevoegd)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (client_id) where ingetrokken is null do nothing
returning id
