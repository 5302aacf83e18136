select vingerafdruk, id from objectkenmerken where vingerafdruk = any($1::bytea[])
