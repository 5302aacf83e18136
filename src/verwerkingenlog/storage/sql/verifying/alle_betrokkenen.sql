select id from betrokkene order by id limit $1
