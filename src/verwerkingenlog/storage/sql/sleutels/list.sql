select id, doel, controle from sleutel order by id
