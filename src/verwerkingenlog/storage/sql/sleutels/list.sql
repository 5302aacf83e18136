select id, doel, controle, staat from sleutel order by id
