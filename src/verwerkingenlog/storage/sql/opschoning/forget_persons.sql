select vergeet_betrokkenen($1)
