select volgnummer, tijdstip, wie, gebeurtenis, inhoud, zaad from beheer where volgnummer = any($1::bigint[])
