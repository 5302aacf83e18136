select vingerafdruk, id from kenmerken where vingerafdruk = any($1::bytea[])
