-- The next $2 versions after number $1: the number of the last, and the kenmerken that they have.
select max(volgnummer) as laatste, array_agg(distinct kenmerken) as kenmerken
from (select volgnummer, kenmerken from versie where volgnummer > $1 order by volgnummer limit $2) as deel
