select client_id, label, secret, oins, bewerking, inzage
from applicatie
where ingetrokken is null
order by client_id
