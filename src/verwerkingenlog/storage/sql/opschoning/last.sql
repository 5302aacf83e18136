select coalesce(max(volgnummer), 0) from versie
