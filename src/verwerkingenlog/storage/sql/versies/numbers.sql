select nextval('volgnummer')
