select client_id, label, oins, bewerking, inzage, toegevoegd, ingetrokken
from applicatie
order by client_id, id
