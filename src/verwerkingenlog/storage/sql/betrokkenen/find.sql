select zoekindex, id from betrokkene where zoekindex = any($1::bytea[])
