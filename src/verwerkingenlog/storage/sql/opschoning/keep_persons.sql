delete from mogelijk_wees where tabel = 'betrokkene' and id = any($1::bigint[])
