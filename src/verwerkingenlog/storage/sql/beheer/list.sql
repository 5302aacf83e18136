select volgnummer, tijdstip, wie, gebeurtenis, inhoud, zaad, is_gezegeld(volgnummer) as gezegeld
from beheer
where volgnummer > $1
order by volgnummer
limit $2
